// State: decisions.

#include "actors/user_shard/state.hpp"

#include <algorithm>

#include "engine/base/hash.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "engine/rounds/ranker_pass.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::user_shard {

using api::Error;
using api::ErrorCode;

namespace {

api::Decision told(const decisions::Answer& answer, const records::Decided& decided,
                   const fast_models::RankerChoice& ranker, const fast_models::ItemItemChoice& item_item) {
  api::Decision decision;
  decision.decision = decided.decision;
  decision.user_id = decided.user_id;
  decision.placement = decided.placement;
  decision.fallback = answer.fallback;
  decision.models.emplace_back(fast_models::kLearner, std::to_string(decided.models.offset));
  if (answer.ranked)
    decision.models.emplace_back(ranker.name, to_hex(ranker.version));
  else
    decision.models.emplace_back(rounds::kRanker, "prior");
  if (answer.item_item) decision.models.emplace_back(rounds::kItemItem, to_hex(item_item.version));
  decision.items.reserve(answer.choices.size());
  for (const auto& choice : answer.choices) {
    api::DecidedItem& item = decision.items.emplace_back();
    item.item = choice.item->item.item;
    item.score = choice.score;
    if (choice.source < answer.sources.size()) item.source = answer.sources[choice.source];
    item.reasons = choice.reasons;
    item.propensity = choice.propensity_q24 * 0x1p-24;
    item.explored = choice.explored;
  }
  return decision;
}

/// By thread, not by shard: what is in it means nothing, and a few of them stay in the cores' caches where one for each
/// partition does not.
decisions::Workspace& workspace_of_this_thread() {
  static thread_local decisions::Workspace workspace;
  return workspace;
}

records::Position end_of(std::uint64_t incarnation, records::Stream stream, std::uint64_t end) {
  return {incarnation, stream, end, 0, {}};
}

/// What was decided from data that may not train must not, either (law: consent).
records::Record record_for(const std::string& user, const profiles::Profile* profile, TenantId tenant,
                           Instant now) {
  records::Record record;
  record.header.type = records::RecordType::kDecided;
  record.header.tenant = tenant;
  record.header.slot = slot_of(tenant, user);
  record.header.stamp = now;
  if (profile != nullptr && profile->personalization.beyond_training)
    record.header.stated = record.header.stated & ~records::kTraining;
  return record;
}

} // namespace

State::Made State::decide(const api::Decide& query, const Sight& sight) {
  Probe::count(probe_.decisions);
  const auto* catalog = sight.library->library.catalog(sight.tenant);
  if (catalog == nullptr)
    return {Error{ErrorCode::kUnknownTenant, "there is no such tenant here: set it up first", 0}, {}};
  const auto found = fold_.find({sight.tenant, query.user_id});
  if (!found.ok()) {
    fail(found.error(), "reading a user of");
    return {
        Error{ErrorCode::kInternal, "the user's stored profile cannot be read: " + not_ready_because(), 1000},
        {}};
  }
  const profiles::Profile* profile = found.value();
  met_linked_ = profile == nullptr && is_linked(sight.tenant, query.user_id);
  if (met_linked_) return {Error{}, {}};
  const auto ranker = sight.models
                          ? fast_models::ranker_of(*sight.models->solved, sight.tenant, query.placement)
                          : fast_models::RankerChoice{};
  const auto item_item = sight.models ? fast_models::item_item_of(*sight.models->solved, sight.tenant)
                                      : fast_models::ItemItemChoice{};
  decisions::Question question{.tenant = sight.tenant,
                               .profile = profile,
                               .consent = profile != nullptr ? fold_.consent_of(*profile)
                                                             : fold_.consent_default(sight.tenant),
                               .catalog = *catalog,
                               .fast = sight.models ? sight.models->model(sight.tenant) : nullptr,
                               .ranker = ranker.ranker,
                               .ranker_name = ranker.name,
                               .ranker_generation = ranker.generation,
                               .item_item = item_item.model,
                               .item_item_generation = item_item.generation,
                               .placement = catalog->placement(query.placement),
                               .placement_name = query.placement,
                               .context = query.context,
                               .as_of = sight.now,
                               .count = query.count,
                               .exclude = {},
                               .request_id = query.request_id};
  if (question.count == 0) question.count = question.placement.count_default;
  for (const auto& item : query.exclude) question.exclude.push_back(item_id(item));
  const decisions::Answer answer = decisions::decide(question, workspace_of_this_thread());
  count_decision(answer);

  records::Record record = record_for(query.user_id, profile, sight.tenant, sight.now);
  records::Decided decided;
  decisions::describe(question, answer, decided);
  decided.decision = decision_id(query, sight);
  decided.user_id = query.user_id;
  decided.applied = end_of(incarnation_, stream_, fold_.applied_end());
  decided.models = end_of(incarnation_, {records::Topic::kModels, {}}, sight.models ? sight.models->end : 0);
  decided.library = end_of(incarnation_, {records::Topic::kLibrary, {}}, sight.library->end);
  decided.fold_version = fold_.fold_version();
  decided.excluded = query.exclude;
  decided.assume_shown = query.assume_shown;
  record.header.id = hash128("decided" + to_hex(decided.decision));
  api::Decision body = told(answer, decided, ranker, item_item);
  record.body = std::move(decided);
  return {std::move(body), schemas::encode_record(record)};
}

// Wall: partition, node, the second it was made in; a number that goes on over restarts, and chance.
DecisionId State::decision_id(const api::Decide& query, const Sight& sight) {
  if (settings_.follows_events) {
    ByteWriter name;
    name.u32(sight.tenant.value);
    name.text(query.placement);
    name.text(query.request_id);
    return hash128(name.view());
  }
  const auto second = static_cast<std::uint64_t>(sight.now.us / kSecond.us) & 0xffffffff;
  const std::uint64_t high =
      std::uint64_t{settings_.partition.value} << 48 | std::uint64_t{settings_.node} << 32 | second;
  return {high, ++last_decision_ << 32 | chance_.next() >> 32};
}

void State::count_decision(const decisions::Answer& answer) {
  for (const auto& choice : answer.choices) {
    if (choice.source >= answer.sources.size()) continue;
    if (const auto source = records::candidate_source_of(answer.sources[choice.source]))
      Probe::count(probe_.decided_items[index_of(*source)]);
  }
  const auto name = std::find(Probe::kFallbackNames.begin(), Probe::kFallbackNames.end(), answer.fallback);
  if (name != Probe::kFallbackNames.end())
    Probe::count(probe_.fallbacks[static_cast<std::size_t>(name - Probe::kFallbackNames.begin())]);
}

} // namespace kindred::actors::user_shard

#include "actors/replay/state.hpp"

#include <algorithm>

#include "actors/replay/words.hpp"
#include "engine/base/hash.hpp"
#include "engine/profiles/fold_version.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::replay {

namespace {

constexpr std::uint32_t kRetryAfterMs = 200;

api::Error gone(Reading reading) {
  if (reading == Reading::kTrimmed) {
    return {api::ErrorCode::kExpired, "the log no longer reaches back to what this decision was made from",
            0};
  }
  return {api::ErrorCode::kInternal, "the log of this decision cannot be read: look at the server's log", 0};
}

/// The kept state that is nearest below `end`, or a new one; at most kRebuiltMax are kept, the longest unused goes.
template <class Rebuilt, class Fits, class Make>
Rebuilt& nearest(std::list<Rebuilt>& kept, std::uint64_t end, const Fits& fits, const Make& make) {
  auto best = kept.end();
  for (auto it = kept.begin(); it != kept.end(); ++it) {
    if (fits(*it) && it->end() <= end && (best == kept.end() || it->end() > best->end())) best = it;
  }
  if (best == kept.end()) {
    if (kept.size() == kRebuiltMax) kept.pop_back();
    make();
  } else {
    kept.splice(kept.begin(), kept, best);
  }
  return kept.front();
}

} // namespace

State::State(Settings settings, LogReader log, Probe& probe)
    : settings_(settings), log_(std::move(log)), probe_(probe) {}

std::vector<Recalled> State::take(Recall job) {
  if (jobs_.size() >= kJobsMax) {
    return {{job.job, job.partition,
             api::Error{api::ErrorCode::kOverloaded,
                        std::to_string(kJobsMax) + " replays are waiting: try again later", kRetryAfterMs}}};
  }
  jobs_.push_back({job, std::nullopt, {}});
  probe_.saw_job(job.again);
  probe_.saw_waiting(jobs_.size());
  return {};
}

std::vector<Recalled> State::pulse(const Pulse& pulse) {
  if (jobs_.empty()) return {};
  Job& job = jobs_.front();
  Step answer;
  if (job.recall.deadline_us != 0 && pulse.steady_us >= job.recall.deadline_us) {
    answer = api::Error{api::ErrorCode::kDeadlineExceeded,
                        "the replay was not done before the deadline: allow more", 0};
  } else {
    answer = work(job);
  }
  if (!answer) return {};
  std::vector<Recalled> done{{job.recall.job, job.recall.partition, std::move(*answer)}};
  jobs_.pop_front();
  probe_.saw_waiting(jobs_.size());
  return done;
}

State::Step State::work(Job& job) {
  if (!job.decided) {
    if (Step refused = read_record(job)) return refused;
  }
  return rebuild(job);
}

State::Step State::read_record(Job& job) {
  const Recall& recall = job.recall;
  const api::Error not_there{api::ErrorCode::kNotLogged,
                             "the log holds no record of decision " + to_hex(recall.decision), 0};
  auto entries = log_.read({records::Topic::kEvents, recall.partition}, recall.offset, 1);
  if (!entries.ok()) {
    return entries.error() == ports::LogError::kOutOfRange ? gone(Reading::kTrimmed) : gone(Reading::kBroken);
  }
  if (entries.value().empty() || entries.value().front().offset != recall.offset) return not_there;
  auto entry = schemas::decode_entry(entries.value().front().bytes);
  if (!entry.ok() || recall.index >= entry.value().records.size()) return not_there;
  auto& record = entry.value().records[recall.index];
  auto* decided = std::get_if<records::Decided>(&record.body);
  if (decided == nullptr || decided->decision != recall.decision) return not_there;
  if (decided->as_of < recall.now - kReplayWindow) {
    return api::Error{api::ErrorCode::kExpired,
                      "the decision is older than the replay window of " +
                          std::to_string(kReplayWindow.us / kDay.us) + " days",
                      0};
  }
  job.slot = record.header.slot;
  job.decided = std::move(*decided);
  const bool same_engine = job.decided->engine_version == decisions::kEngineVersion &&
                           profiles::fold_versions().has(job.decided->fold_version);
  if (recall.again && !same_engine) {
    return api::Error{api::ErrorCode::kEngineChanged,
                      "decided by engine " + std::to_string(job.decided->engine_version) + " on version " +
                          std::to_string(job.decided->fold_version) + " of the fold, this one is " +
                          std::to_string(decisions::kEngineVersion) + " with version " +
                          std::to_string(profiles::fold_versions().newest) + ": ask a server of that version",
                      0};
  }
  return std::nullopt;
}

State::Step State::rebuild(Job& job) {
  const records::Decided& decided = *job.decided;
  const auto step = [](Reading reading) -> std::optional<Step> {
    if (reading == Reading::kMore) return Step{};
    if (reading != Reading::kReached) return Step{gone(reading)};
    return std::nullopt;
  };
  RebuiltLibrary& library = library_for(decided.library.offset);
  if (const auto now = step(library.advance(log_, decided.library.offset))) return *now;
  const auto* catalog = library.library().catalog(job.recall.tenant);
  if (catalog == nullptr) return gone(Reading::kBroken);
  if (!job.recall.again) return explain(job, *catalog);
  const Reading models = models_for(decided.models.offset).advance(log_, decided.models.offset);
  if (models == Reading::kTrimmed) return model_gone(decided);
  if (const auto now = step(models)) return *now;
  if (const auto now = step(users_for(job).advance(log_, decided.applied.offset))) return *now;
  return decide_again(job, *catalog);
}

api::AnswerBody State::explain(const Job& job, const kindred::catalog::Catalog& catalog) const {
  const records::Decided& decided = *job.decided;
  api::Explanation explanation;
  explanation.decision = decided.decision;
  explanation.user_id = decided.user_id;
  explanation.placement = decided.placement;
  explanation.as_of = decided.as_of;
  explanation.lines = decisions::explain(decided, catalog);
  explanation.items = decision_in_words(decided, catalog).items;
  for (std::size_t slot = 0; slot < explanation.items.size(); ++slot)
    explanation.items[slot].reasons = decisions::contributions(decided, slot);
  explanation.fallback = decided.fallback;
  explanation.generations = generations_of(decided);
  return explanation;
}

api::AnswerBody State::decide_again(const Job& job, const kindred::catalog::Catalog& catalog) {
  const records::Decided& then = *job.decided;
  profiles::PartitionState& fold = users_for(job).fold();
  const auto found = fold.find({job.recall.tenant, then.user_id});
  if (!found.ok()) return gone(Reading::kBroken);
  const profiles::Profile* profile = found.value();
  std::vector<ItemId> exclude;
  for (const std::string& item : then.excluded) exclude.push_back(item_id(item));
  std::sort(exclude.begin(), exclude.end());
  const RebuiltModels& models = models_for(then.models.offset);
  const auto ranker = models.ranker(job.recall.tenant, then.placement);
  const auto item_item = models.item_item(job.recall.tenant);
  // Another generation than the record names would be a broken law, and shows as a difference; none at all is gone.
  const bool ranker_gone = !then.ranker.empty() && (ranker.ranker == nullptr || ranker.name != then.ranker);
  if (ranker_gone || (then.item_item_generation != 0 && item_item.model == nullptr)) return model_gone(then);
  const decisions::Question question{.tenant = job.recall.tenant,
                                     .profile = profile,
                                     .consent = profile != nullptr ? fold.consent_of(*profile)
                                                                   : fold.consent_default(job.recall.tenant),
                                     .catalog = catalog,
                                     .fast = models.model(job.recall.tenant),
                                     .ranker = ranker.ranker,
                                     .ranker_name = ranker.name,
                                     .ranker_generation = ranker.generation,
                                     .item_item = item_item.model,
                                     .item_item_generation = item_item.generation,
                                     .placement = catalog.placement(then.placement),
                                     .placement_name = then.placement,
                                     .context = then.context,
                                     .as_of = then.as_of,
                                     .count = then.count,
                                     .exclude = std::move(exclude),
                                     .request_id = then.request_id};
  const decisions::Answer answer = decisions::decide(question, workspace_);
  records::Decided now = then;
  decisions::describe(question, answer, now);
  api::Replayed replayed;
  replayed.decision = then.decision;
  replayed.identical = decisions::same_decision(then, now);
  replayed.then = decision_in_words(then, catalog);
  replayed.now = decision_in_words(now, catalog);
  if (!replayed.identical) probe_.saw_difference();
  return replayed;
}

RebuiltLibrary& State::library_for(std::uint64_t end) {
  return nearest(
      libraries_, end, [](const RebuiltLibrary&) { return true; }, [this] { libraries_.emplace_front(); });
}

RebuiltModels& State::models_for(std::uint64_t end) {
  return nearest(
      models_, end, [](const RebuiltModels&) { return true; },
      [this] { models_.emplace_front(settings_.partitions, settings_.incarnation); });
}

RebuiltUsers& State::users_for(const Job& job) {
  const auto fits = [&job](const RebuiltUsers& users) {
    return users.is_of(job.recall.partition, job.recall.tenant, job.slot);
  };
  return nearest(users_, job.decided->applied.offset, fits,
                 [this, &job] { users_.emplace_front(job.recall.partition, job.recall.tenant, job.slot); });
}

} // namespace kindred::actors::replay

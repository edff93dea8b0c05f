#include "actors/gateway/local_answers.hpp"

#include <algorithm>
#include <tuple>

#include "actors/gateway/answers.hpp"
#include "actors/gateway/checks.hpp"
#include "actors/gateway/segment_list.hpp"
#include "engine/base/hash.hpp"
#include "engine/rounds/learner.hpp"

namespace kindred::actors::gateway {

using api::Error;
using api::ErrorCode;

namespace {

std::size_t weight(const records::Item& item) {
  std::size_t bytes = 64 + item.item.size() + item.title.size();
  for (const auto& attribute : item.attributes) {
    bytes += 32 + attribute.name.size();
    if (const auto* text = std::get_if<std::string>(&attribute.value)) bytes += text->size();
    if (const auto* list = std::get_if<std::vector<std::string>>(&attribute.value))
      for (const auto& text : *list) bytes += 16 + text.size();
  }
  return bytes;
}

} // namespace

bool LocalAnswers::knows(const api::Query& query) {
  return std::holds_alternative<api::ListItems>(query) || std::holds_alternative<api::ListModels>(query) ||
         std::holds_alternative<api::ListPlacements>(query) ||
         std::holds_alternative<api::ShowModel>(query) || std::holds_alternative<api::GetStatus>(query) ||
         std::holds_alternative<api::ListRejects>(query) ||
         std::holds_alternative<api::ListSegments>(query) ||
         std::holds_alternative<api::ShowCluster>(query) || std::holds_alternative<api::DrainNode>(query);
}

api::AnswerBody LocalAnswers::answer(const api::Query& query, TenantId tenant, Instant now) {
  if (const auto* list = std::get_if<api::ListItems>(&query)) return items(*list, tenant);
  if (const auto* one = std::get_if<api::ShowModel>(&query)) return show(*one, tenant);
  if (std::holds_alternative<api::ListModels>(query)) return api::Models{models(tenant, now)};
  if (const auto* list = std::get_if<api::ListRejects>(&query))
    return api::Rejects{rejects_.newest(list->limit)};
  if (const auto* list = std::get_if<api::ListSegments>(&query)) return segments(*list, tenant);
  if (std::holds_alternative<api::ShowCluster>(query)) return cluster(nullptr, tenant);
  if (const auto* drain = std::get_if<api::DrainNode>(&query)) return cluster(&drain->drain, tenant);
  const auto library = views_.library.get();
  const auto* catalog = library->library.catalog(tenant);
  if (std::holds_alternative<api::ListPlacements>(query)) {
    api::Placements placements;
    if (catalog)
      for (const auto& [name, placement] : catalog->placements()) placements.placements.push_back(placement);
    return placements;
  }
  api::Status status = views_.status();
  status.models = models(tenant, now);
  status.items = catalog ? catalog->live_count() : 0;
  return status;
}

api::AnswerBody LocalAnswers::cluster(const records::Drain* drain, TenantId tenant) const {
  if (!views_.cluster)
    return Error{ErrorCode::kNotFound,
                 "this node is in no cluster: give it a table [cluster] in its configuration", 0};
  api::Cluster cluster = views_.cluster();
  cluster.tenant = tenant;
  if (drain == nullptr) return cluster;
  const auto joined = [&](const api::ClusterMember& one) {
    return one.name == drain->node && one.state != "notJoined";
  };
  if (std::none_of(cluster.members.begin(), cluster.members.end(), joined))
    return Error{ErrorCode::kNotFound,
                 "no node '" + drain->node + "' has joined: cluster status lists those that have", 0};
  views_.drain(*drain);
  return cluster;
}

api::AnswerBody LocalAnswers::items(const api::ListItems& query, TenantId tenant) const {
  const auto library = views_.library.get();
  const auto* catalog = library->library.catalog(tenant);
  const auto find = [&](const std::string& item) {
    const auto* known = catalog ? catalog->find(item_id(item)) : nullptr;
    return known && known->item.item == item ? known : nullptr;
  };
  const auto unknown = [](const std::string& item) {
    return Error{ErrorCode::kNotFound,
                 "item '" + item + "' is not in the catalog: list the items, or put it there", 0};
  };
  api::Items page;
  page.total = catalog ? catalog->live_count() : 0;
  if (!query.item.empty()) {
    const auto* known = find(query.item);
    if (!known) return unknown(query.item);
    page.items.push_back(known->item);
    return page;
  }
  std::size_t at = 0;
  if (!query.after.empty()) {
    const auto* last = find(query.after);
    if (!last) return unknown(query.after);
    at = last->ordinal + std::size_t{1};
  }
  if (!catalog) return page;
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kListLimitMax);
  std::size_t bytes = 0;
  for (const auto& entries = catalog->entries(); at < entries.size(); ++at) {
    const records::Item& item = entries[at]->item;
    if (item.removed) continue;
    bytes += weight(item);
    if (page.items.size() == limit || (bytes > kItemsPageBytesMax && !page.items.empty())) {
      page.next = page.items.back().item;
      break;
    }
    page.items.push_back(item);
  }
  return page;
}

std::vector<api::ModelInfo> LocalAnswers::models(TenantId tenant, Instant now) {
  const auto snapshot = views_.models.get();
  if (!snapshot) return {};
  if (snapshot->end != models_end_) {
    models_end_ = snapshot->end;
    models_moved_ = now;
  }
  const auto* model = snapshot->model(tenant);
  api::ModelInfo fast;
  fast.name = fast_models::kLearner;
  fast.version =
      std::to_string(snapshot->end); // the generation of the fast models is their place in the models log
  fast.state = "live";
  fast.trained_at = models_moved_;
  fast.metrics = {{"items", static_cast<double>(model ? model->slots() : 0)},
                  {"deltas", static_cast<double>(snapshot->deltas)}};
  std::vector<api::ModelInfo> all{fast};
  for (auto& one : solved(tenant, nullptr)) all.push_back(std::move(one));
  return all;
}

std::vector<api::ModelInfo> LocalAnswers::solved(TenantId tenant, const std::string* only) const {
  std::vector<api::ModelInfo> all;
  const auto snapshot = views_.models.get();
  if (!snapshot) return all;
  for (const auto& [key, line] : *snapshot->solved) {
    if (key.first != tenant || (only != nullptr && key.second != *only)) continue;
    const std::string learner(rounds::learner_of(key.second));
    const model::Rounds rounds = views_.rounds ? views_.rounds(learner, tenant) : model::Rounds{};
    const auto tell = [&](const fast_models::Placed& placed, const char* state) {
      api::ModelInfo& info = all.emplace_back();
      info.name = key.second;
      info.version = to_hex(placed.model->version);
      info.state = state;
      info.trained_at = placed.model->trained_at;
      for (const auto& [name, value] : placed.metrics) info.metrics.push_back({name, value.to_double()});
      info.generation = placed.generation;
      info.reason = placed.reason;
      info.round = rounds.last;
      if (only == nullptr) return;
      if (rounds::incremental_of(learner) != nullptr && rounds.last != 0)
        info.metrics.push_back({"lastRoundByChanges", rounds.by_changes ? 1.0 : 0.0});
      for (auto& [name, value] : rounds::described(key.second, placed.model->parameters))
        info.parameters.push_back({name, value});
    };
    if (line->champion) tell(*line->champion, "champion");
    if (line->challenger) tell(*line->challenger, "challenger");
    if (only != nullptr)
      for (const auto& placed : line->retired) tell(placed, "retired");
  }
  return all;
}

api::AnswerBody LocalAnswers::show(const api::ShowModel& query, TenantId tenant) const {
  api::Models models{solved(tenant, &query.name)};
  const std::string learner(rounds::learner_of(query.name));
  if (models.models.empty() && learner.empty())
    return Error{ErrorCode::kNotFound,
                 "there is no model '" + query.name + "': list the models for those there are", 0};
  if (!models.models.empty()) return models;
  // Nothing was published under that name: what its rounds say.
  const model::Rounds rounds = views_.rounds ? views_.rounds(learner, tenant) : model::Rounds{};
  api::ModelInfo& info = models.models.emplace_back();
  info.name = query.name;
  info.version = "prior";
  info.state = "none";
  info.trained_at = rounds.as_of;
  info.round = rounds.last;
  info.reason = rounds.last == 0 ? "no round came to its end yet" : rounds.outcome;
  return models;
}

// Definitions are those that the models log made champion; sizes are as folded from the shards' deltas.
api::AnswerBody LocalAnswers::segments(const api::ListSegments& query, TenantId tenant) const {
  api::Segments all;
  const auto snapshot = views_.models.get();
  if (!snapshot) return all;
  const stats::FastModel* fast = snapshot->model(tenant);
  for (auto& one : segments_of(*snapshot->solved, tenant)) {
    if (!query.segment.empty() && one.info.id != query.segment) continue;
    one.info.size = fast == nullptr ? 0 : fast->members_of(one.scope);
    if (!query.segment.empty()) one.info.moves = moves_of(query.segment, tenant);
    all.segments.push_back(std::move(one.info));
  }
  if (all.segments.empty() && !query.segment.empty())
    return Error{ErrorCode::kNotFound,
                 "there is no segment '" + query.segment + "': list the segments for those there are", 0};
  return all;
}

std::vector<api::SegmentMove> LocalAnswers::moves_of(const std::string& segment, TenantId tenant) const {
  std::vector<api::SegmentMove> moves;
  if (!views_.shards) return moves;
  for (const auto& standing : views_.shards())
    if (standing)
      for (const auto& [of, move] : standing->moves)
        if (of == tenant && (move.from == segment || move.to == segment)) moves.push_back(move);
  std::sort(moves.begin(), moves.end(), [](const auto& a, const auto& b) {
    return std::tie(b.time, a.user_id) < std::tie(a.time, b.user_id);
  });
  return moves;
}

std::vector<std::pair<std::string, std::string>> LocalAnswers::generations() const {
  return generations_of(views_.models.get().get(), views_.library.get().get());
}

} // namespace kindred::actors::gateway

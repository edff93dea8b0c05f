// State: what operators ask of a learner's models.

#include <algorithm>
#include <utility>

#include "actors/model/state.hpp"

namespace kindred::actors::model {

using api::Error;
using api::ErrorCode;

Effects State::handle(Ask ask) {
  Effects out;
  if (!lane_) {
    answer(ask, Error{ErrorCode::kNotReady, "the models log is being opened: try again shortly", 1000}, {},
           out);
  } else if (std::holds_alternative<api::TrainModel>(ask.query_value)) {
    answer(ask, train(ask), {}, out);
  } else if (changes_.size() == kAsksMax) {
    answer(ask, Error{ErrorCode::kOverloaded, "too many changes of models wait: try again shortly", 1000}, {},
           out);
  } else {
    changes_.push_back(std::move(ask));
  }
  look_around(out);
  return out;
}

// One that is asked for while another runs is the next: the one under way may have cut before what the caller has in mind.
api::AnswerBody State::train(const Ask& ask) {
  Tenant& tenant = tenants_[ask.tenant];
  if (tenant.next == 0) tenant.next = next_number();
  tenant.asked = true;
  return api::Round{tenant.next};
}

/// The challenger, or a former champion, that the query means; null: there is none.
const fast_models::Placed* State::chosen(const fast_models::Line* line, const api::ChangeModel& query) const {
  if (line == nullptr) return nullptr;
  const auto fits = [&](const fast_models::Placed& placed) {
    return query.version.empty() || to_hex(placed.model->version) == query.version;
  };
  if (query.change == api::ModelChange::kPromote)
    return line->challenger && fits(*line->challenger) ? &*line->challenger : nullptr;
  const auto found = std::find_if(line->retired.begin(), line->retired.end(), fits);
  return found == line->retired.end() ? nullptr : &*found;
}

/// Requires: no round under way. A CutDone of a round that never was takes every partition past what was acknowledged.
void State::begin_change(Ask ask, Effects& out) {
  const auto& query = std::get<api::ChangeModel>(ask.query_value);
  const auto models = views_.models.get();
  const auto* line = models ? models->line(ask.tenant, query.name) : nullptr;
  if (line == nullptr)
    return answer(
        ask, Error{ErrorCode::kNotFound, "there is no model '" + query.name + "' yet: list the models", 0},
        {}, out);
  if (chosen(line, query) == nullptr) {
    const std::string what = query.change == api::ModelChange::kPromote ? "challenger" : "former champion";
    const std::string which =
        query.version.empty() ? ""
                              : " with the version " + query.version + ": show the model for those it has";
    return answer(ask, Error{ErrorCode::kNotFound, query.name + " has no " + what + which, 0}, {}, out);
  }
  round_ = {};
  round_.tenant = ask.tenant;
  round_.number = next_number();
  round_.as_of = ask.now;
  round_.began_us = steady_us_;
  round_.change = std::move(ask);
  offered_.clear();
  appended_.reset();
  if (settings_.follows_events) return change(out); // the gateway has settled them before it asked
  step(Step::kReaching);
  send_closes(out);
}

/// Every partition is there: it is published, unless somebody was erased meanwhile.
void State::change(Effects& out) {
  const Ask& ask = *round_.change;
  const auto& query = std::get<api::ChangeModel>(ask.query_value);
  const auto models = views_.models.get();
  const auto* line = models->line(ask.tenant, query.name);
  const auto* placed = chosen(line, query);
  const auto error = placed == nullptr
                         ? std::optional(Error{ErrorCode::kConflict,
                                               "it changed meanwhile: list the models and decide again", 0})
                         : forbidden(*placed->model, ask.tenant);
  if (error) {
    answer(ask, *error, {}, out);
    return step(Step::kIdle);
  }
  records::Manifest manifest;
  manifest.learner = query.name;
  manifest.model = placed->model->version;
  manifest.reason = query.change == api::ModelChange::kPromote ? "promoted by hand" : "gone back to by hand";
  manifest.author = query.author;
  manifest.trained_at = placed->model->trained_at;
  manifest.cuts = placed->model->cuts;
  manifest.settings = placed->model->settings;
  manifest.metrics = placed->metrics;
  std::map<std::string, std::uint64_t> generations{{query.name, line->generation}};
  offer_manifest(std::move(manifest), generations);
  send(out);
}

/// Law erasure: a model that was cut before somebody was erased may know of him.
std::optional<Error> State::forbidden(const fast_models::SolvedModel& model, TenantId tenant) const {
  for (std::uint16_t partition = 0; partition < settings_.partitions; ++partition) {
    const auto standing = views_.shard({partition});
    if (!standing)
      return Error{ErrorCode::kNotReady,
                   "partition " + std::to_string(partition) + " does not say yet whom it erased: try again",
                   1000};
    const auto erased = standing->erased.find(tenant);
    if (erased == standing->erased.end()) continue;
    if (partition >= model.cuts.size() || model.cuts[partition] < erased->second)
      return Error{
          ErrorCode::kErased,
          "this model was trained before a user was erased, it does not serve any more: train a new one", 0};
  }
  return std::nullopt;
}

void State::answer(const Ask& ask, api::AnswerBody body, records::Positions positions, Effects& out) {
  user_shard::PartDone done;
  done.ticket = ask.ticket;
  done.partition = kNoPartition;
  done.items.push_back({ask.query, std::move(body)});
  done.positions = std::move(positions);
  out.emplace_back(Answer{std::move(done)});
}

} // namespace kindred::actors::model

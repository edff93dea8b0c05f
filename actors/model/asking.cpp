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

/// None: its manifest is on its way, the answer comes with its fate. Requires: no round under way.
std::optional<Error> State::change(const Ask& ask, Effects& out) {
  const auto& query = std::get<api::ChangeModel>(ask.query_value);
  const auto models = views_.models.get();
  const auto* known = models ? models->line(ask.tenant, query.name) : nullptr;
  if (known == nullptr)
    return Error{ErrorCode::kNotFound, "there is no model '" + query.name + "' yet: list the models", 0};
  const bool promote = query.change == api::ModelChange::kPromote;
  const auto fits = [&](const fast_models::Placed& placed) {
    return query.version.empty() || to_hex(placed.model->version) == query.version;
  };
  const fast_models::Placed* chosen = nullptr;
  if (promote && known->challenger && fits(*known->challenger)) chosen = &*known->challenger;
  if (!promote)
    for (const auto& placed : known->retired)
      if (chosen == nullptr && fits(placed)) chosen = &placed;
  if (chosen == nullptr) {
    const std::string what = promote ? "challenger" : "former champion";
    return Error{ErrorCode::kNotFound,
                 query.version.empty() ? query.name + " has no " + what
                                       : query.name + " has no " + what + " with the version " +
                                             query.version + ": show the model for those it has",
                 0};
  }
  if (auto error = forbidden(*chosen->model, ask.tenant)) return error;
  round_ = {};
  round_.tenant = ask.tenant;
  round_.number = next_number();
  round_.as_of = ask.now;
  round_.began_us = steady_us_;
  round_.change = ask;
  offered_.clear();
  appended_.reset();
  records::Manifest manifest;
  manifest.learner = query.name;
  manifest.model = chosen->model->version;
  manifest.reason = promote ? "promoted by hand" : "gone back to by hand";
  manifest.author = query.author;
  manifest.trained_at = chosen->model->trained_at;
  manifest.cuts = chosen->model->cuts;
  manifest.settings = chosen->model->settings;
  manifest.metrics = chosen->metrics;
  std::map<std::string, std::uint64_t> generations{{query.name, known->generation}};
  offer_manifest(std::move(manifest), generations);
  step(Step::kAppending);
  if (auto entry = lane_->send()) out.emplace_back(Produce{std::move(*entry)});
  return std::nullopt;
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

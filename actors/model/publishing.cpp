// State: what a round found, into the models log, and its fate there.

#include <algorithm>
#include <utility>

#include "actors/model/state.hpp"
#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::model {

/// What serves as the solver begins, and the generations that its offers will expect: of one snapshot.
std::map<std::string, rounds::KnownModels> State::take_known() {
  std::map<std::string, rounds::KnownModels> known;
  const auto models = views_.models.get();
  const auto keep = [](const std::optional<fast_models::Placed>& placed) {
    return placed ? std::optional(rounds::KnownModel{placed->model->parameters, placed->model->trained_at})
                  : std::nullopt;
  };
  round_.generations.clear();
  for (const auto& [key, line] : *models->solved) {
    if (key.first != round_.tenant || rounds::learner_of(key.second) != settings_.learner) continue;
    known[key.second] = {keep(line->champion), keep(line->challenger)};
    round_.generations[key.second] = line->generation;
  }
  return known;
}

// Manifests expect what the solver knew, not what is there by now: what it judged against must still serve.
void State::publish(const std::vector<rounds::Offer>& offers, Effects& out) {
  auto& generations = round_.generations;
  for (const rounds::Offer& offer : offers) {
    if (const auto error = offer.is_challenger ? forbidden_challenger(offer.learner) : std::nullopt) {
      round_.outcome += "; " + offer.learner + ": not promoted: " + error->message;
      continue;
    }
    records::Manifest manifest;
    manifest.learner = offer.learner;
    manifest.model = hash128(offer.parameters);
    manifest.role = offer.role;
    manifest.reason = offer.reason;
    manifest.metrics = offer.metrics;
    manifest.trained_at = round_.as_of;
    manifest.cuts = round_.cuts;
    manifest.settings = round_.solver->settings();
    generations.try_emplace(offer.learner, 0);
    const std::size_t count =
        (offer.parameters.size() + records::kChunkBytesMax - 1) / records::kChunkBytesMax;
    for (std::size_t i = 0; i < count && !offer.is_challenger; ++i)
      append(records::Chunk{offer.learner, manifest.model, static_cast<std::uint32_t>(i),
                            static_cast<std::uint32_t>(count),
                            offer.parameters.substr(i * records::kChunkBytesMax, records::kChunkBytesMax)},
             records::RecordType::kChunk);
    offer_manifest(std::move(manifest), generations);
  }
  if (offered_.empty()) return close_round(out);
  send(out);
}

void State::send(Effects& out) {
  step(Step::kAppending);
  if (auto entry = lane_->send()) out.emplace_back(Produce{std::move(*entry)});
}

/// What no operator may promote the gate may not either.
std::optional<api::Error> State::forbidden_challenger(const std::string& name) const {
  const auto models = views_.models.get();
  const auto* known = models->line(round_.tenant, name);
  if (known == nullptr || !known->challenger)
    return std::nullopt; // gone meanwhile: the log's fold refuses it
  return forbidden(*known->challenger->model, round_.tenant);
}

void State::offer_manifest(records::Manifest manifest, std::map<std::string, std::uint64_t>& generations) {
  std::uint64_t& generation = generations.at(manifest.learner);
  manifest.expects = generation++;
  manifest.generation = generation;
  offered_.push_back({manifest.learner, manifest.generation, manifest.model});
  append(std::move(manifest), records::RecordType::kManifest);
}

void State::append(records::Body body, records::RecordType type) {
  records::Record record;
  record.header.type = type;
  record.header.tenant = round_.tenant;
  record.header.stamp = round_.as_of;
  record.body = std::move(body);
  ByteWriter id;
  id.raw("model");
  id.raw(schemas::encode_record(record)); // its id is not told yet: of what it says
  id.u64(round_.number);
  record.header.id = hash128(id.view());
  lane_->add(0, {schemas::encode_record(record)});
}

Effects State::handle(const Appended& appended) {
  Effects out;
  const auto outcome = lane_->on_verdict(appended.verdict, steady_us_);
  if (outcome && step_ == Step::kAppending) {
    stepped_us_ = steady_us_;
    if (outcome->verdict.kind != ports::Verdict::Kind::kAcked) {
      abandon("the models log refused it: " + std::string(ports::name_of(outcome->verdict.error)), out);
    } else {
      appended_ = outcome->position;
      models_end_ = std::max(models_end_, outcome->position.offset + 1);
      if (lane_->idle()) step(Step::kFolding);
    }
  }
  if (auto entry = lane_->send()) out.emplace_back(Produce{std::move(*entry)});
  look_around(out);
  return out;
}

// The fold decides: what is in its lines under the offered generation and version was taken.
void State::look_at_offers(Effects& out) {
  const auto models = views_.models.get();
  if (!models || models->end < models_end_) return;
  stepped_us_ = steady_us_;
  bool all = true, any = false;
  for (const Offered& offered : offered_) {
    const auto* known = models->line(round_.tenant, offered.learner);
    // The version alone tells nothing: a challenger that was not promoted has it, too. Who took our champion's place
    // meanwhile left it among the former ones.
    const auto is_ours = [&](const fast_models::Placed& placed) {
      return placed.generation == offered.generation && placed.model->version == offered.version;
    };
    const bool taken =
        known != nullptr && ((known->champion && is_ours(*known->champion)) ||
                             (known->challenger && is_ours(*known->challenger)) ||
                             std::any_of(known->retired.begin(), known->retired.end(), is_ours));
    Probe::count(taken ? probe_.published : probe_.refused);
    all &= taken;
    any |= taken;
  }
  if (round_.change) {
    const Ask ask = std::move(*round_.change);
    step(Step::kIdle);
    if (all) return answer(ask, api::Accepted{}, {*appended_}, out);
    return answer(ask,
                  api::Error{api::ErrorCode::kConflict,
                             "another model was published at the same time: list the models and decide again",
                             0},
                  {}, out);
  }
  round_.published = any;
  if (!all) round_.outcome += "; another model was published at the same time, this one was refused";
  close_round(out);
}

} // namespace kindred::actors::model

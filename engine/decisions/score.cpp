#include "engine/decisions/score.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <span>

#include "engine/decisions/add_evidence.hpp"

namespace kindred::decisions {
namespace {

using stats::FastModel;

constexpr std::uint8_t kMarks = 0; // FastDelta::CountKey kind

float at(const std::vector<float>& values, std::uint32_t slot) {
  return slot < values.size() ? values[slot] : 0.0f;
}

/// horizon / (age + floor) − 1, 0 behind the horizon; age in units of 2^20 µs (1.05 s), which convert in one step.
float newness(Instant published, Instant as_of) {
  const std::int64_t age = std::max<std::int64_t>(as_of.us - published.us, 0) >> 20;
  if (age >= kNewestHorizon) return 0;
  return static_cast<float>(kNewestHorizon) /
             static_cast<float>(static_cast<std::int32_t>(age) + kNewestFloor) -
         1.0f;
}

} // namespace

void Scorer::read_trends(const ScoringInput& input) {
  struct Trend {
    stats::ScopeId scope;
    int half_life;
    bool told;
  };
  const records::Context& context = input.context;
  const std::array<Trend, kTrendCount> trends{{
      {stats::kEverybody, 0, true},
      {stats::kEverybody, 2, true},
      {stats::kEverybody, 3, true},
      {stats::country_scope(context.country), 2, !context.country.empty()},
      {stats::device_scope(static_cast<std::uint8_t>(context.device)), 2,
       context.device != records::DeviceClass::kUnknown},
  }};
  for (std::size_t q = 0; q < kTrendCount; ++q) {
    trends_[q].clear();
    if (input.blend.weights[q] == 0 || !trends[q].told) continue;
    input.fast->trend(trends[q].scope, trends[q].half_life, input.as_of, trends_[q]);
  }
}

void Scorer::read_successors(const ScoringInput& input) {
  successors_.clear();
  if (input.blend.weight(Source::kSuccessors) == 0) return;
  float decay = 1;
  for (const ItemId item : evidence.session) {
    const std::uint32_t from = input.fast->slot_of(item);
    if (from != FastModel::kNoSlot) {
      if (successors_.empty()) successors_.resize(input.fast->slots());
      const float weight = decay / static_cast<float>(input.fast->successor_total(from) + 1);
      for (const auto& to : input.fast->successors(from)) {
        successors_[to.slot] += weight * std::max(to.weight, 0.0f);
      }
    }
    decay *= kSuccessorDecay;
  }
}

void Scorer::read_co_occurrence(const ScoringInput& input) {
  co_occurrence_.clear();
  if (input.blend.weight(Source::kCoOccurrence) == 0) return;
  const std::span<const std::int64_t> marks = input.fast->counts(kMarks);
  const auto marks_of = [&](std::size_t slot) {
    return slot < marks.size() && marks[slot] > 0 ? static_cast<float>(marks[slot]) : 0.0f;
  };
  float decay = 1;
  for (const ItemId item : evidence.recent) {
    const std::uint32_t from = input.fast->slot_of(item);
    if (from != FastModel::kNoSlot && !input.fast->co_occurring(from).empty()) {
      if (co_occurrence_.empty()) co_occurrence_.resize(input.fast->slots());
      const float weight = decay / std::sqrt(std::max(marks_of(from), 1.0f));
      for (const auto& to : input.fast->co_occurring(from)) {
        co_occurrence_[to.slot] += weight * std::max(to.weight, 0.0f);
      }
    }
    decay *= kCoOccurrenceDecay;
  }
  for (std::size_t slot = 0; slot < co_occurrence_.size(); ++slot) {
    if (co_occurrence_[slot] != 0) co_occurrence_[slot] /= std::sqrt(marks_of(slot) + kCoOccurrenceMarks);
  }
}

void Scorer::score_slots(const ScoringInput& input) {
  for (auto& trend : trends_) trend.clear();
  successors_.clear();
  co_occurrence_.clear();
  by_slot_.clear();
  if (input.fast == nullptr) return;
  by_slot_.resize(input.fast->slots());
  read_trends(input);
  for (std::size_t q = 0; q < kTrendCount; ++q) {
    add_evidence(trends_[q], kTrendScale, input.blend.weights[q], by_slot_);
  }
  read_successors(input);
  add_evidence(successors_, kSuccessorScale, input.blend.weight(Source::kSuccessors), by_slot_);
  read_co_occurrence(input);
  add_evidence(co_occurrence_, kCoOccurrenceScale, input.blend.weight(Source::kCoOccurrence), by_slot_);
}

void Scorer::score_ordinals(const ScoringInput& input) {
  const catalog::Columns& columns = input.catalog.columns();
  const std::size_t count = columns.ids.size();
  newest_.assign(count, 0.0f);
  if (input.blend.weight(Source::kNewest) != 0) {
    ages_.resize(count);
    for (std::size_t i = 0; i < count; ++i) ages_[i] = newness(columns.published[i], input.as_of);
    add_evidence(ages_, 1.0f, input.blend.weight(Source::kNewest), newest_);
  }
  buy_again_.assign(count, 0.0f);
  if (input.blend.weight(Source::kBuyAgain) != 0) {
    for (const Bought& bought : evidence.bought) {
      buy_again_[bought.ordinal] =
          input.blend.weight(Source::kBuyAgain) * evidence_of(static_cast<float>(bought.purchases), 1.0f);
    }
  }
  scores_.resize(count);
  const bool has_affinity = input.blend.weight(Source::kAffinity) != 0 && !evidence.attributes.empty();
  const auto slots = map_.slots();
  for (std::uint32_t i = 0; i < count; ++i) {
    float score = at(by_slot_, slots[i]) + newest_[i];
    if (has_affinity) score += input.blend.weight(Source::kAffinity) * affinity(input, i);
    scores_[i] = score + buy_again_[i];
  }
}

float Scorer::affinity(const ScoringInput& input, std::uint32_t ordinal) const {
  float sum = 0;
  for (const AttributeId id : input.catalog.columns().attributes[ordinal]) {
    if (id.value == 0) break;
    sum += evidence.attributes.evidence(id);
  }
  return sum;
}

void Scorer::rank(const ScoringInput& input, std::size_t most, std::vector<Ranked>& into) {
  assert(eligible.size() == input.catalog.columns().ids.size());
  map_.follow(input.catalog, input.fast);
  score_slots(input);
  score_ordinals(input);
  keep_best(input, most, into);
}

// Collects what is better than the worst of the best so far; whenever twice as many as wanted have gathered, the better
// half stays. The order is total, so which items stay does not depend on the way.
void Scorer::keep_best(const ScoringInput& input, std::size_t most, std::vector<Ranked>& into) const {
  const catalog::Columns& columns = input.catalog.columns();
  const auto before = [](const Ranked& a, const Ranked& b) { return better(a, b); };
  const auto halve = [&] {
    std::nth_element(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(most) - 1, into.end(), before);
    into.resize(most);
  };
  into.clear();
  if (most == 0) return;
  float worst = -std::numeric_limits<float>::infinity();
  for (std::uint32_t i = static_cast<std::uint32_t>(columns.ids.size()); i-- > 0;) {
    if (scores_[i] < worst || eligible[i] == 0 || columns.published[i] > input.as_of) continue;
    into.push_back({scores_[i], i, columns.published[i]});
    if (into.size() < 2 * most) continue;
    halve();
    worst = into.back().score;
  }
  if (into.size() > most) halve();
  std::sort(into.begin(), into.end(), before);
}

std::array<float, kSourceCount> Scorer::contributions(const ScoringInput& input,
                                                      std::uint32_t ordinal) const {
  std::array<float, kSourceCount> each{};
  const std::uint32_t slot = map_.slots()[ordinal];
  for (std::size_t q = 0; q < kTrendCount; ++q) {
    each[q] = input.blend.weights[q] * evidence_of(at(trends_[q], slot), kTrendScale);
  }
  each[index_of(Source::kNewest)] = newest_[ordinal];
  each[index_of(Source::kSuccessors)] =
      input.blend.weight(Source::kSuccessors) * evidence_of(at(successors_, slot), kSuccessorScale);
  each[index_of(Source::kCoOccurrence)] =
      input.blend.weight(Source::kCoOccurrence) * evidence_of(at(co_occurrence_, slot), kCoOccurrenceScale);
  each[index_of(Source::kAffinity)] = input.blend.weight(Source::kAffinity) * affinity(input, ordinal);
  each[index_of(Source::kBuyAgain)] = buy_again_[ordinal];
  return each;
}

} // namespace kindred::decisions

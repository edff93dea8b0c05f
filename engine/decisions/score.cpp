#include "engine/decisions/score.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "engine/decisions/add_evidence.hpp"

namespace kindred::decisions {
namespace {

using stats::FastModel;

constexpr std::uint8_t kSegmentHalfLife = 2; // 1 d, as marks are counted (profiles/marks.hpp)

/// into[i] = share · sum[i] + weight · newest[i], as one at a time; an empty column is all 0.
void blend_crowd(std::span<const float> sum, float share, std::span<const float> newest, float weight,
                 std::span<float> into) {
  using Floats = FourLanes::Floats;
  constexpr std::size_t kLanes = sizeof(Floats) / sizeof(float);
  std::size_t i = 0;
  for (; !sum.empty() && i + kLanes <= into.size(); i += kLanes) {
    Floats a, b;
    std::memcpy(&a, sum.data() + i, sizeof a);
    std::memcpy(&b, newest.data() + i, sizeof b);
    a = share * a + weight * b;
    std::memcpy(into.data() + i, &a, sizeof a);
  }
  for (; i < into.size(); ++i) into[i] = (sum.empty() ? 0.0f : share * sum[i]) + weight * newest[i];
}

} // namespace

void SparseSums::reset(std::size_t slots) {
  for (const std::uint32_t slot : touched_) sums_[slot] = 0;
  touched_.clear();
  sums_.resize(slots);
}

void NeighbourSums::reset(std::size_t slots) {
  for (const std::uint32_t slot : touched_) sums_[slot] = 0;
  touched_.clear();
  sums_.resize(slots);
}

void Scorer::score_crowd(const ScoringInput& input) {
  const records::Context& context = input.context;
  const auto weight = [&](Source source, bool told) { return told ? input.blend.weight(source) : 0.0f; };
  const bool has_device = context.device != records::DeviceClass::kUnknown;
  const auto device = stats::device_scope(static_cast<std::uint8_t>(context.device));
  crowd_.follow(input.catalog, input.fast, map_, input.as_of);
  trends_ = crowd_.trends({{
      {stats::kEverybody, 0, weight(Source::kTrending1h, true)},
      {stats::kEverybody, 2, weight(Source::kTrending1d, true)},
      {stats::kEverybody, 3, weight(Source::kTrending7d, true)},
      {stats::country_scope(context.country), 2, weight(Source::kTrendingCountry, !context.country.empty())},
      {device, 2, weight(Source::kTrendingDevice, has_device)},
  }});
  newest_ = crowd_.newest();
  scores_.resize(newest_.size());
  blend_crowd(trends_.sum, trend_share(evidence.session.size()), newest_, input.blend.weight(Source::kNewest),
              scores_);
  const float of_segment = weight(Source::kTrendingSegment, evidence.segment.value != 0);
  of_segment_ = of_segment == 0 ? std::span<const float>() : crowd_.trend(evidence.segment, kSegmentHalfLife);
  const float scale = trend_share(evidence.session.size()) * of_segment;
  for (std::size_t i = 0; i < of_segment_.size(); ++i) scores_[i] += scale * of_segment_[i];
}

void Scorer::read_successors(const ScoringInput& input) {
  float decay = 1;
  for (const ItemId item : evidence.session) {
    const std::uint32_t from = input.fast->slot_of(item);
    if (from != FastModel::kNoSlot) {
      const float weight =
          decay / static_cast<float>(std::max<std::int64_t>(input.fast->successor_total(from), 0) + 1);
      input.fast->successors(from).for_each([&](std::uint32_t to, std::int64_t count) {
        if (count > 0) successors_.add(to, weight * static_cast<float>(count));
      });
    }
    decay *= kSuccessorDecay;
  }
}

void Scorer::read_co_occurrence(const ScoringInput& input) {
  const std::span<const std::int64_t> marks = input.fast->counts(stats::FastDelta::kMarks);
  const auto marks_of = [&](std::size_t slot) {
    return slot < marks.size() && marks[slot] > 0 ? static_cast<float>(marks[slot]) : 0.0f;
  };
  float decay = 1;
  for (const ItemId item : evidence.recent) {
    const std::uint32_t from = input.fast->slot_of(item);
    if (from != FastModel::kNoSlot) {
      const float weight = decay / std::sqrt(std::max(marks_of(from), 1.0f));
      input.fast->co_occurring(from).for_each([&](std::uint32_t to, std::int64_t count) {
        if (count > 0) co_occurrence_.add(to, weight * static_cast<float>(count));
      });
    }
    decay *= kCoOccurrenceDecay;
  }
  const auto touched = co_occurrence_.touched();
  for (std::size_t i = 0; i < touched.size(); ++i)
    co_occurrence_.at_touched(i) /= std::sqrt(marks_of(touched[i]) + kCoOccurrenceMarks);
}

void Scorer::read_item_item(const ScoringInput& input) {
  using learners::ItemNeighbours;
  static_assert(std::int64_t{ItemNeighbours::kSeedsMax} * 256 * ItemNeighbours::kWeightMax <
                NeighbourSums::kMost);
  for (std::size_t k = 0; k < evidence.seeds.size(); ++k) {
    const std::uint32_t from = input.item_item->slot_of(evidence.seeds[k]);
    if (from == ItemNeighbours::kNoSlot) continue;
    for (const auto& to : input.item_item->of(from))
      item_item_.add(to.slot, ItemNeighbours::kShares[k] * to.weight);
  }
}

/// values_ holds what each touched slot sums up to.
void Scorer::add_values(std::span<const std::uint32_t> touched, std::span<const std::uint32_t> ordinals,
                        float scale, float weight) {
  weighted_.assign(touched.size(), 0.0f);
  add_evidence(values_, scale, weight, weighted_);
  for (std::size_t i = 0; i < touched.size(); ++i) {
    const std::uint32_t ordinal = ordinals[touched[i]];
    if (ordinal != SlotMap::kNoOrdinal) scores_[ordinal] += weighted_[i];
  }
}

void Scorer::add_touched(const SparseSums& sums, float scale, float weight) {
  const auto touched = sums.touched();
  values_.resize(touched.size());
  for (std::size_t i = 0; i < touched.size(); ++i) values_[i] = sums.of(touched[i]);
  add_values(touched, map_.ordinals(), scale, weight);
}

void Scorer::score_personal(const ScoringInput& input) {
  const std::size_t slots = input.fast == nullptr ? 0 : input.fast->slots();
  successors_.reset(slots);
  co_occurrence_.reset(slots);
  if (slots > 0 && input.blend.weight(Source::kSuccessors) != 0) read_successors(input);
  add_touched(successors_, kSuccessorScale, input.blend.weight(Source::kSuccessors));
  if (slots > 0 && input.blend.weight(Source::kCoOccurrence) != 0) read_co_occurrence(input);
  add_touched(co_occurrence_, kCoOccurrenceScale, input.blend.weight(Source::kCoOccurrence));
  const float affine = input.blend.weight(Source::kAffinity);
  if (affine != 0 && !evidence.attributes.empty()) {
    attribute_crowd_.follow(input.catalog, input.fast, map_);
    const catalog::AttributeNumbers& numbers = input.catalog.attribute_numbers();
    evidence.attributes.weigh(attribute_crowd_, numbers.kinds(), numbers.kinds_end());
    for (std::uint32_t i = 0; i < scores_.size(); ++i) scores_[i] += affine * affinity(input, i);
  }
  add_again(input);
  item_item_.reset(input.item_item == nullptr ? 0 : input.item_item->items().size());
  const float like = input.blend.weight(Source::kItemItem);
  if (input.item_item == nullptr || like == 0) return;
  read_item_item(input);
  const auto touched = item_item_.touched();
  values_.resize(touched.size());
  for (std::size_t i = 0; i < touched.size(); ++i)
    values_[i] = static_cast<float>(item_item_.of(touched[i])) * learners::ItemNeighbours::kScoreGrid;
  add_values(touched, item_item_map_.ordinals(), kItemItemScale, like);
}

void Scorer::add_again(const ScoringInput& input) {
  buy_again_.reset(scores_.size());
  const float again = input.blend.weight(Source::kBuyAgain);
  if (again == 0) return;
  for (const Bought& bought : evidence.bought) {
    buy_again_.add(bought.ordinal, evidence_of(static_cast<float>(bought.purchases), 1.0f));
    scores_[bought.ordinal] += again * buy_again_.of(bought.ordinal);
  }
}

float Scorer::affinity(const ScoringInput& input, std::uint32_t ordinal) const {
  float sum = 0;
  for (const std::uint32_t number : input.catalog.columns().numbers[ordinal])
    sum += evidence.attributes.lift(number);
  return sum;
}

void Scorer::rank(const ScoringInput& input, std::size_t most, std::vector<Ranked>& into) {
  assert(eligible.size() == input.catalog.columns().ids.size());
  map_.follow(input.catalog, input.fast);
  item_item_map_.follow(input.catalog, input.item_item);
  score_crowd(input);
  score_personal(input);
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

std::array<float, kSourceCount> Scorer::source_scores(const ScoringInput& input,
                                                      std::uint32_t ordinal) const {
  std::array<float, kSourceCount> each{};
  const std::uint32_t slot = map_.slots()[ordinal];
  const float share = trend_share(evidence.session.size());
  const auto score = [&](Source source, auto value) {
    if (input.blend.weight(source) != 0) each[index_of(source)] = value();
  };
  for (std::size_t q = 0; q < kTrendCount; ++q)
    if (!trends_.each[q].empty()) each[q] = share * trends_.each[q][ordinal];
  if (!of_segment_.empty()) each[index_of(Source::kTrendingSegment)] = share * of_segment_[ordinal];
  score(Source::kNewest, [&] { return newest_[ordinal]; });
  score(Source::kSuccessors, [&] { return evidence_of(successors_.of(slot), kSuccessorScale); });
  score(Source::kCoOccurrence, [&] { return evidence_of(co_occurrence_.of(slot), kCoOccurrenceScale); });
  score(Source::kAffinity, [&] { return affinity(input, ordinal); });
  score(Source::kBuyAgain, [&] { return buy_again_.of(ordinal); });
  score(Source::kItemItem, [&] {
    const std::int32_t sum = item_item_.of(item_item_map_.slots()[ordinal]);
    return evidence_of(static_cast<float>(sum) * learners::ItemNeighbours::kScoreGrid, kItemItemScale);
  });
  return each;
}

} // namespace kindred::decisions

// decide() against a slow, obvious reading of the formulas in score.hpp: maps and double-precision mathematics instead
// of columns, slots and lanes. Scores agree within a quantum or two of the record; the ranking follows from them.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "tests/engine/decisions/shop.hpp"

namespace kindred::decisions {
namespace {

using records::EventType;

/// What a test told of the world, kept as it was told.
struct Told {
  struct Use {
    ItemId item;
    Duration ago;
    stats::ScopeId scope;
    int count;
  };
  std::vector<Use> trends;
  std::map<std::pair<ItemId, ItemId>, int> follows, together; ///< together: both directions
  std::map<ItemId, int> marks;
  std::map<std::pair<ItemId, ItemId>, float> goes_with;
};

/// A shop with everything in it by chance, and the same as it was told.
struct World {
  Shop shop;
  Told told;
  std::vector<ItemId> items;

  explicit World(std::uint64_t seed) : random_(seed) {
    shop.context.device = records::DeviceClass::kPhone;
    for (int i = 0; i < 25; ++i) add_item(i);
    shop.in_segment(static_cast<std::uint32_t>(random_.below(3))); // 0: in none
    for (int i = 0; i < 80; ++i) add_use();
    for (int i = 0; i < 60; ++i) add_pair();
    for (int i = 12; i > 0; --i) shop.did(any(), kMinute * (17 * i), any_type());
  }

private:
  Random random_;

  ItemId any() { return items[random_.below(items.size())]; }
  EventType any_type() {
    static constexpr EventType kTypes[] = {EventType::kView, EventType::kPurchase, EventType::kClick,
                                           EventType::kRemoveFromCart};
    return kTypes[random_.below(4)];
  }
  void add_item(int i) {
    std::vector<std::pair<std::string, std::string>> attributes;
    attributes.push_back({"brand", "b" + std::to_string(random_.below(4))});
    if (random_.below(2) == 0) attributes.push_back({"category", "c" + std::to_string(random_.below(3))});
    items.push_back(shop.item("item" + std::to_string(i),
                              {static_cast<std::int64_t>(random_.below(45 * kDay.us))}, attributes));
  }
  void add_use() {
    static const stats::ScopeId kScopes[] = {stats::kEverybody,
                                             stats::country_scope("BR"),
                                             stats::device_scope(2),
                                             stats::country_scope("DE"),
                                             stats::segment_scope("clustered", 1),
                                             stats::segment_scope("clustered", 2)};
    const Told::Use use{any(),
                        {static_cast<std::int64_t>(random_.below(6 * kDay.us))},
                        kScopes[random_.below(6)],
                        1 + static_cast<int>(random_.below(4))};
    shop.trend(use.item, use.ago, use.count, use.scope);
    told.trends.push_back(use);
    if (use.scope == stats::kEverybody) told.marks[use.item] += use.count;
  }
  void add_pair() {
    const ItemId a = any(), b = any();
    if (a == b) return;
    const float weight = static_cast<float>(static_cast<int>(random_.below(41)) - 10) / 64;
    if (weight != 0) {
      shop.goes_with(a, b, weight);
      told.goes_with[{a, b}] = weight;
    }
    const int count = 1 + static_cast<int>(random_.below(5));
    shop.follows(a, b, count);
    told.follows[{a, b}] += count;
    shop.together(a, b, count);
    told.together[{a, b}] += count;
    told.together[{b, a}] += count;
  }
};

class SlowScores {
public:
  explicit SlowScores(const World& world) : world_(world) {
    const auto& history = world.shop.user.personalization.history;
    for (auto event = history.rbegin(); event != history.rend(); ++event) {
      if (event->type == EventType::kRemoveFromCart) continue;
      if (std::find(recent_.begin(), recent_.end(), event->item) == recent_.end())
        recent_.push_back(event->item);
    }
    items_ = recent_; // fewer events than are looked at
    if (recent_.size() > kRecentItems) recent_.resize(kRecentItems);
    // Every event is 17 minutes after the one before, so that all are one session, and the newest is 17 minutes ago.
    session_ = recent_;
    if (session_.size() > kSessionItems) session_.resize(kSessionItems);
  }

  std::array<double, kSourceCount> of(const catalog::Entry& entry) const {
    return {trend(entry.id, stats::kEverybody, kHour),
            trend(entry.id, stats::kEverybody, kDay),
            trend(entry.id, stats::kEverybody, kDay * 7),
            trend(entry.id, stats::country_scope("BR"), kDay),
            trend(entry.id, stats::device_scope(2), kDay),
            newest(entry),
            successors(entry.id),
            co_occurrence(entry.id),
            affinity(entry),
            std::log2(1.0 + purchases(entry.id)),
            segment(entry.id),
            item_item(entry.id)};
  }
  std::size_t session_items() const { return session_.size(); }

private:
  double trend(ItemId item, stats::ScopeId scope, Duration half_life) const {
    double sum = 0;
    for (const auto& use : world_.told.trends)
      if (use.item == item && use.scope == scope)
        sum += use.count * std::exp2(-static_cast<double>(use.ago.us) / static_cast<double>(half_life.us));
    return std::log2(1 + 32 * sum);
  }
  double segment(ItemId item) const {
    const std::uint32_t segment = world_.shop.user.personalization.clustered.segment;
    return segment == 0 ? 0 : trend(item, stats::segment_scope("clustered", segment), kDay);
  }
  static double newest(const catalog::Entry& entry) {
    const auto units = [](std::int64_t us) { return static_cast<double>(us >> 20); }; // what ages are told in
    const double age = std::max(units(kNow.us) - units(entry.item.published.us), 0.0);
    const double horizon = units(30 * kDay.us);
    return age >= horizon ? 0 : std::log2(horizon / (age + units(kMinute.us)));
  }
  double successors(ItemId item) const {
    double sum = 0;
    for (std::size_t k = 0; k < session_.size(); ++k) {
      int all = 0, here = 0;
      for (const auto& [pair, count] : world_.told.follows) {
        if (pair.first != session_[k]) continue;
        all += count;
        if (pair.second == item) here += count;
      }
      sum += std::pow(0.6, static_cast<double>(k)) * here / (all + 1.0);
    }
    return std::log2(1 + 100 * sum);
  }
  double co_occurrence(ItemId item) const {
    const auto marks = [&](ItemId of) {
      const auto found = world_.told.marks.find(of);
      return found == world_.told.marks.end() ? 0.0 : found->second;
    };
    double sum = 0;
    for (std::size_t k = 0; k < recent_.size(); ++k) {
      const auto found = world_.told.together.find({recent_[k], item});
      if (found == world_.told.together.end()) continue;
      sum += std::pow(0.85, static_cast<double>(k)) * found->second /
             std::sqrt(std::max(marks(recent_[k]), 1.0));
    }
    return std::log2(1 + 32 * sum / std::sqrt(marks(item) + 5));
  }
  using Kinds = std::map<std::string, std::string>; // an item has one of a kind here
  Kinds kinds_of(ItemId item) const {
    Kinds kinds;
    for (const auto& one : world_.shop.library.catalog(kDefaultTenant)->find(item)->attributes)
      kinds[one.name] = one.value;
    return kinds;
  }
  double share(const std::string& kind, const std::string& value) const {
    double uses = 0, all = 0;
    for (const ItemId item : world_.items) {
      const Kinds kinds = kinds_of(item);
      const auto has = kinds.find(kind);
      if (has == kinds.end()) continue;
      const auto marked = world_.told.marks.find(item);
      const double here = marked == world_.told.marks.end() ? 1 : 1 + marked->second;
      all += here;
      uses += has->second == value ? here : 0;
    }
    return uses / all;
  }
  /// By pairs, seen from those that have marks.
  double telling(const std::string& kind) const {
    double alike = 100 * 0.1, all = 100;
    for (const auto& [pair, count] : world_.told.together) {
      Kinds from = kinds_of(pair.first), to = kinds_of(pair.second);
      if (!world_.told.marks.contains(pair.first) || !from.contains(kind) || !to.contains(kind)) continue;
      const double by_chance = count * share(kind, from[kind]);
      alike += (from[kind] == to[kind] ? count : 0) - by_chance;
      all += count - by_chance;
    }
    return std::clamp(alike / all, 0.0, 0.9);
  }
  double affinity(const catalog::Entry& entry) const {
    double sum = 0;
    for (const auto& attribute : entry.attributes) {
      double taken = 0, all = 0;
      for (const ItemId item : items_) {
        Kinds kinds = kinds_of(item);
        all += kinds.contains(attribute.name) ? 1 : 0;
        taken += kinds[attribute.name] == attribute.value ? 1 : 0;
      }
      const double r = telling(attribute.name);
      if (all != 0)
        sum += std::log2((r * taken / share(attribute.name, attribute.value) + 1 - r) / (r * all + 1 - r));
    }
    return sum;
  }
  /// Shares are rounded to 2^-8.
  double item_item(ItemId item) const {
    double sum = 0;
    for (std::size_t k = 0; k < items_.size(); ++k) {
      const auto found = world_.told.goes_with.find({items_[k], item});
      if (found == world_.told.goes_with.end()) continue;
      sum += std::round(256 * std::pow(0.85, static_cast<double>(k))) / 256 * double{found->second};
    }
    return sum > 0 ? std::log2(1 + 32 * sum) : 0;
  }
  int purchases(ItemId item) const {
    int count = 0;
    for (const auto& event : world_.shop.user.personalization.history)
      count += event.item == item && event.type == EventType::kPurchase ? 1 : 0;
    return count;
  }

  const World& world_;
  std::vector<ItemId> items_, recent_, session_; ///< distinct, newest first
};

/// The first five, and that of the segment.
bool is_a_trend(std::size_t source) { return source < 5 || source == 10; }

/// Two quanta of the record, and what floats lose of a sum this large.
double tolerance(double score) { return 2.0 / 256 + 2e-4 * std::abs(score); }

RC_GTEST_PROP(DecideModel, EverySourceScoresAsItsFormulaSays, (std::uint64_t seed)) {
  const World world(seed);
  Workspace workspace;
  const SlowScores slow(world);
  const Answer answer = decide(world.shop.question(), workspace);
  const Blend blend = default_blend();
  const double share = trend_share(slow.session_items());
  const catalog::Catalog& catalog = *world.shop.library.catalog(kDefaultTenant);
  RC_ASSERT(answer.sources.size() == kSourceCount);
  RC_ASSERT(answer.candidates.size() == world.items.size());
  auto source_score_q8 = answer.source_scores_q8.begin();
  for (const records::Candidate& candidate : answer.candidates) {
    const auto scores = slow.of(*catalog.find(candidate.item));
    double sum = 0;
    for (std::size_t q = 0; q < kSourceCount; ++q) {
      const double score = (is_a_trend(q) ? share : 1.0) * scores[q];
      RC_ASSERT(std::abs(*source_score_q8++ / 256.0 - score) <= tolerance(score));
      sum += blend.weights[q] * score;
    }
    RC_ASSERT(std::abs(candidate.score_q8 / 256.0 - sum) <= tolerance(sum));
  }
}

// The best of the slow scores stands first, unless another is as good but for rounding.
RC_GTEST_PROP(DecideModel, TheRankingFollowsFromTheScores, (std::uint64_t seed)) {
  World world(seed);
  const SlowScores slow(world);
  const Blend blend = default_blend();
  const double share = trend_share(slow.session_items());
  const auto score = [&](const catalog::Entry& entry) {
    const auto scores = slow.of(entry);
    double sum = 0;
    for (std::size_t q = 0; q < kSourceCount; ++q)
      sum += blend.weights[q] * (is_a_trend(q) ? share : 1.0) * scores[q];
    return sum;
  };
  const auto& entries = world.shop.library.catalog(kDefaultTenant)->entries();
  const Answer answer = world.shop.ask();
  RC_ASSERT(answer.choices.size() == 10u);
  double last = 1e9;
  std::vector<const catalog::Entry*> shown;
  for (const Choice& choice : answer.choices) {
    const double now = score(*choice.item);
    RC_ASSERT(now <= last + tolerance(last));
    last = now;
    shown.push_back(choice.item);
  }
  for (const auto& entry : entries)
    if (std::find(shown.begin(), shown.end(), entry.get()) == shown.end())
      RC_ASSERT(score(*entry) <= last + tolerance(last));
}

// A placement that names its sources with weights of its own is the same sum over those alone.
RC_GTEST_PROP(DecideModel, APlacementsWeightsAreTheWeights, (std::uint64_t seed)) {
  World world(seed);
  Random random(seed + 1);
  std::map<std::size_t, double> weights;
  for (int i = 0; i < 3; ++i) {
    const std::size_t q = random.below(kSourceCount);
    const double weight = static_cast<double>(1 + random.below(40)) / 8; // exact in fixed point
    weights[q] = weight;
    world.shop.placement.sources.push_back(
        {std::string(name_of(static_cast<Source>(q))), Fixed::from(weight).value()});
  }
  const SlowScores slow(world);
  const double crowd = 1.0 / (1.0 + static_cast<double>(slow.session_items()));
  const Answer answer = world.shop.ask();
  RC_ASSERT(answer.sources.size() == weights.size());
  const catalog::Catalog& catalog = *world.shop.library.catalog(kDefaultTenant);
  auto source_score_q8 = answer.source_scores_q8.begin();
  for (const records::Candidate& candidate : answer.candidates) {
    const auto scores = slow.of(*catalog.find(candidate.item));
    double sum = 0;
    auto weight_q16 = answer.source_weights_q16.begin();
    for (const auto& [q, weight] : weights) {
      const double score = scores[q] * (is_a_trend(q) ? crowd : 1.0);
      RC_ASSERT(std::abs(*source_score_q8++ / 256.0 - score) <= tolerance(score));
      RC_ASSERT(*weight_q16++ / 65536.0 == weight);
      sum += weight * score;
    }
    RC_ASSERT(std::abs(candidate.score_q8 / 256.0 - sum) <= tolerance(sum));
  }
}

} // namespace
} // namespace kindred::decisions

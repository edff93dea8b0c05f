// Open choices and examples against the header of choices.hpp, taken literally and slowly.

#include "engine/profiles/choices.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/records/candidate_source.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::Decided;
using Score = std::pair<std::uint8_t, std::int32_t>;

constexpr std::uint32_t kCertain = 1u << 24;

DecisionId id_of(std::uint64_t number) { return {1, number}; }

struct SlowExample {
  Decided decided;
  ItemId taken;
  bool named = false;
};
struct SlowChoices {
  std::vector<Decided> open;
  std::vector<SlowExample> examples;

  void open_one(const Decided& decided) {
    std::erase_if(open, [&](const Decided& other) {
      const bool twin = !decided.request_id.empty() && other.request_id == decided.request_id;
      return other.decision == decided.decision || (twin && other.placement == decided.placement);
    });
    open.push_back(decided);
    if (open.size() > 4) open.erase(open.begin());
  }
  void take(ItemId item, Instant time, const DecisionId& decision) {
    std::vector<Decided> still;
    for (const Decided& one : open) {
      const bool named = one.decision == decision;
      const bool near = time >= one.as_of && time - one.as_of <= kMinute * 30;
      const bool has = std::ranges::any_of(one.candidates, [&](const auto& c) { return c.item == item; });
      if (has && (named || near)) examples.push_back({one, item, named});
      if (!named && !(has && near)) still.push_back(one);
    }
    open = still;
    if (examples.size() > 64) examples.erase(examples.begin(), examples.end() - 64);
  }
};

/// What is to be known of an item: place and scores of known sources, by index.
std::pair<int, std::vector<Score>> expected_of(const Decided& decided, std::size_t candidate) {
  int place = 0;
  for (std::size_t slot = decided.shown.size(); slot-- > 0;)
    if (decided.shown[slot].item == decided.candidates[candidate].item) place = static_cast<int>(slot) + 1;
  std::map<std::uint8_t, std::int32_t> scores;
  for (std::size_t s = 0; s < decided.sources.size(); ++s) {
    const auto source = records::candidate_source_of(decided.sources[s]);
    const std::int32_t score = decided.source_scores_q8[candidate * decided.sources.size() + s];
    if (source && score != 0) scores[static_cast<std::uint8_t>(*source)] = score;
  }
  return {place, {scores.begin(), scores.end()}};
}

void check_example(const Example& example, const SlowExample& slow) {
  RC_ASSERT(example.as_of == slow.decided.as_of);
  RC_ASSERT(example.placement == slow.decided.placement);
  RC_ASSERT(example.newness == slow.decided.newness_q8);
  RC_ASSERT(example.found_elsewhere != slow.named);
  RC_ASSERT(example.explored == std::ranges::any_of(slow.decided.shown, [](const auto& s) {
              return s.propensity_q24 != kCertain;
            }));
  const auto alternatives = alternatives_of(example);
  RC_ASSERT(alternatives.size() == std::min<std::size_t>(slow.decided.candidates.size(), 16));
  std::multiset<std::pair<int, std::vector<Score>>> left;
  for (std::size_t c = 0; c < slow.decided.candidates.size(); ++c) {
    left.insert(expected_of(slow.decided, c));
    if (slow.decided.candidates[c].item != slow.taken) continue;
    const Alternative& taken = alternatives.at(example.taken);
    RC_ASSERT((std::pair(int{taken.place}, taken.scores_q8) == expected_of(slow.decided, c)));
  }
  for (const Alternative& one : alternatives) {
    const auto found = left.find({one.place, one.scores_q8});
    RC_ASSERT(found != left.end());
    left.erase(found);
  }
}

Decided any_decided(Random& random, std::uint64_t number) {
  Decided decided;
  decided.decision = id_of(1 + random.below(number));
  decided.as_of = kNoon + kMinute * static_cast<std::int64_t>(number * 3);
  decided.placement = random.below(2) == 0 ? "home" : "basket";
  decided.request_id = random.below(3) == 0 ? "" : "request " + std::to_string(random.below(8));
  decided.newness_q8 = newness_q8(random.below(100));
  decided.sources = {"newest", "telepathy", "affinity", "trending1h"};
  decided.source_weights_q16.assign(4, 1);
  const std::uint64_t first = random.below(20), count = 1 + random.below(30);
  for (std::uint64_t item = first; item < first + count; ++item) {
    decided.candidates.push_back({{item}, 0});
    for (int source = 0; source < 4; ++source)
      decided.source_scores_q8.push_back(static_cast<std::int32_t>(random.below(2'001)) - 1'000);
  }
  for (std::uint64_t slot = random.below(6); slot > 0; --slot)
    decided.shown.push_back({{first + random.below(count)}, 0, false, random.below(4) == 0 ? 99 : kCertain});
  return decided;
}

RC_GTEST_PROP(ChoicesModel, AnyStoryLeavesWhatTheHeaderSays, (std::uint64_t seed)) {
  Random random(seed);
  Choices choices;
  SlowChoices slow;
  for (std::uint64_t step = 1; step <= 150; ++step) {
    if (random.below(2) == 0) {
      const Decided decided = any_decided(random, step);
      open_choice(choices, decided);
      slow.open_one(decided);
    } else {
      const ItemId item{random.below(50)};
      const Instant time = kNoon + kMinute * static_cast<std::int64_t>(random.below(step * 3 + 30));
      const DecisionId named = random.below(2) == 0 ? DecisionId{} : id_of(1 + random.below(step));
      take_choice(choices, {item}, time, named);
      slow.take(item, time, named);
    }
    RC_ASSERT(choices.open.size() == slow.open.size());
    for (std::size_t i = 0; i < slow.open.size(); ++i)
      RC_ASSERT(choices.open[i].decision == slow.open[i].decision);
    RC_ASSERT(choices.examples.size() == slow.examples.size());
  }
  for (std::size_t i = 0; i < slow.examples.size(); ++i) check_example(choices.examples[i], slow.examples[i]);
}

} // namespace
} // namespace kindred::profiles

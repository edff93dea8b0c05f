// The fold against its slow, obvious model, over random stories of one user: late events, orders, resends, consents,
// erasures. What the model cannot have by sorting alone (sessions, paths, context) has tests of its own.

#include "tests/engine/profiles/slow_user.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "engine/profiles/partition_state.hpp"
#include "tests/engine/profiles/stories.hpp"
#include "tests/support/cold_map.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;
using records::RecordType;

/// A random life of ann, as records in the order of the log.
class Life {
public:
  explicit Life(std::uint64_t seed) : random_(seed), items_(1 + random_.below(40)), pace_(random_.below(6)) {}

  records::Record next() {
    now_ = now_ + step();
    if (!told_.empty() && random_.below(8) == 0) {
      records::Record again = told_[random_.below(told_.size())];
      if (random_.below(2) == 0) again.header.stamp = now_; // by the client, not by the gateway
      return again;
    }
    told_.push_back(make());
    return told_.back();
  }

private:
  Duration step() {
    constexpr Duration kPaces[] = {kSecond, kMinute, kMinute * 20, kHour * 5, kDay, kDay * 3};
    return Duration{
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(2 * kPaces[pace_].us)))};
  }

  records::Record make() {
    const RecordId id{random_.next(), random_.next()};
    const std::uint64_t draw = random_.below(1000);
    if (draw < 3) {
      const Instant behind = random_.below(3) == 0 ? now_ - kHour : now_; // a clock that went back
      return record_of(RecordType::kErase, records::Erase{"ann", "", ""}, id, behind);
    }
    if (draw < 10) {
      const records::Purposes granted{static_cast<std::uint32_t>(random_.below(8))};
      const records::Purposes withdrawn{static_cast<std::uint32_t>(random_.below(8) & random_.below(8))};
      return record_of(RecordType::kConsent, records::Consent{"ann", granted, withdrawn, "", ""}, id, now_);
    }
    records::Record record = record_of(RecordType::kEvent, event(), id, now_);
    if (random_.below(6) == 0) record.header.stated.bits = static_cast<std::uint32_t>(random_.below(8));
    return record;
  }

  std::string item() { return random_.below(20) == 0 ? "" : "i" + std::to_string(random_.below(items_)); }

  records::Event event() {
    constexpr EventType kTypes[] = {EventType::kView,      EventType::kView,     EventType::kClick,
                                    EventType::kAddToCart, EventType::kPurchase, EventType::kRemoveFromCart,
                                    EventType::kHide,      EventType::kDwell,    EventType::kAddToCart};
    records::Event event = event_of(kTypes[random_.below(std::size(kTypes))], item(), now_);
    if (random_.below(4) == 0)
      event.event_time = now_ - Duration{static_cast<std::int64_t>(random_.below(3 * kDay.us))};
    event.client_sequence = random_.below(3);
    if (random_.below(3) == 0) event.session_id = "s" + std::to_string(random_.below(3));
    if (random_.below(3) == 0) event.context.country = random_.below(2) == 0 ? "BR" : "DE";
    event.context.device = static_cast<records::DeviceClass>(random_.below(3));
    event.value.minor = static_cast<std::int64_t>(random_.below(1000));
    if (event.type == EventType::kDwell)
      event.dwell = kSecond * static_cast<std::int64_t>(random_.below(100));
    if (event.type == EventType::kPurchase && random_.below(2) == 0) {
      event.order_id = "o" + std::to_string(random_.below(100));
      for (std::uint64_t lines = random_.below(5); lines > 0; --lines)
        event.lines.push_back({item(), 1, {static_cast<std::int64_t>(random_.below(50)), 2, {}}, {}, {}, ""});
    }
    return event;
  }

  Random random_;
  const std::uint64_t items_;
  const std::uint64_t pace_;
  Instant now_ = kNoon;
  std::vector<records::Record> told_;
};

/// The partition beside the model.
struct Both {
  void take(const records::Record& record) {
    const auto applied = state.apply({{{1}, 1, ++sequence}, {record}}, sequence, changes);
    RC_ASSERT(applied.ok());
    slow.take(record);
  }

  void compare() {
    const Profile* profile = state.find({kDefaultTenant, "ann"}).value();
    RC_ASSERT((profile != nullptr) == slow.exists());
    if (profile == nullptr) return;
    RC_ASSERT(profile->records == slow.records());
    RC_ASSERT(profile->now == slow.now());
    RC_ASSERT(state.consent_of(*profile) == slow.consent());
    compare_lanes(*profile);
  }

  void compare_lanes(const Profile& profile) {
    const PersonalizationLane& lane = profile.personalization;
    const auto history = slow.history();
    RC_ASSERT(std::vector(lane.history.begin(), lane.history.end()) == history);
    const auto items = slow.items();
    RC_ASSERT(lane.items.size() == items.size());
    for (const ItemUse& use : lane.items) RC_ASSERT(items.at(use.item) == use);
    const auto cart = slow.cart();
    RC_ASSERT(lane.cart.size() == cart.size());
    for (const CartLine& line : lane.cart) RC_ASSERT(cart.at(line.item) == line.quantity);
    RC_ASSERT(lane.counters == slow.counters());
    const auto marks = slow.marks();
    RC_ASSERT(std::vector(profile.training.marks.begin(), profile.training.marks.end()) == marks);
  }

  support::ColdMap cold;
  PartitionState state{{}, cold};
  stats::FastDelta changes;
  SlowUser slow;
  std::uint64_t sequence = 0;
};

RC_GTEST_PROP(SlowUser, AgreesWithTheFoldAfterEveryRecord, (std::uint64_t seed)) {
  Both both;
  Life life(seed);
  for (int i = 0; i < 60; ++i) {
    both.take(life.next());
    both.compare();
  }
}

RC_GTEST_PROP(SlowUser, AgreesWithTheFoldAfterALongLife, (std::uint64_t seed)) {
  Both both;
  Life life(seed);
  for (int i = 0; i < 1'500; ++i) both.take(life.next());
  both.compare();
}

TEST(SlowUser, LivesReachWhatTheyAreFor) {
  std::size_t erased = 0, empty_lane = 0, full_history = 0, with_cart = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SlowUser slow;
    Life life(seed);
    for (int i = 0; i < 1'500; ++i) {
      const bool existed = slow.exists();
      slow.take(life.next());
      erased += existed && !slow.exists() ? 1 : 0;
      empty_lane += slow.exists() && !slow.consent().has(records::kTraining) ? 1 : 0;
    }
    full_history += slow.history().size() == kHistoryMax ? 1 : 0;
    with_cart += slow.cart().empty() ? 0 : 1;
  }
  EXPECT_GT(erased, 30u);
  EXPECT_GT(empty_lane, 60u);
  EXPECT_GT(full_history, 2u);
  EXPECT_GT(with_cart, 10u);
}

} // namespace
} // namespace kindred::profiles

// Sweeps of any story, against a twin of the partition that keeps everybody in memory and is dumped at the beginning.

#include <deque>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "tests/engine/profiles/shown_profiles.hpp"
#include "tests/engine/profiles/stories.hpp"
#include "tests/support/fold_run.hpp"

namespace kindred::profiles {
namespace {

/// A partition whose users go cold, its twin, sweeps begun at any time, and batches at every stage. Few users of two
/// tenants do all that a profile can be changed by.
class SweepWorld {
public:
  explicit SweepWorld(std::uint64_t seed)
      : random_(seed), fold_(random_.below(6)), users_(1 + random_.below(14)), most_(1 + random_.below(8)),
        store_pace_(1 + random_.below(8)) {}

  void apply_any() {
    records::Entry entry{{{7}, 1, ++sequence_}, {}};
    for (std::uint64_t left = 1 + random_.below(most_); left > 0; --left)
      entry.records.push_back(any_record());
    fold_.apply(entry);
    twin_.apply(entry);
  }

  void do_anything() {
    switch (random_.below(10)) {
    case 0: fold_.state().prepare_batch(random_.below(4)); break;
    case 1:
      if (auto batch = fold_.state().take_dirty(); !batch.empty()) taken_.push_back(std::move(batch));
      break;
    case 2:
    case 3:
      if (random_.below(store_pace_) == 0) store_oldest();
      break;
    case 4: (void)fold_.profile(any_user(), any_tenant()); break;
    case 5: begin(); break;
    case 6:
      if (!sweeps_.empty() && random_.below(4) == 0) end(random_.below(sweeps_.size()));
      break;
    default:
      if (!sweeps_.empty()) go_on(sweeps_[random_.below(sweeps_.size())]);
    }
  }
  void begin() {
    auto shown = std::make_unique<Shown>();
    const TenantId tenant = any_tenant();
    const std::uint32_t number = fold_.state().begin_sweep(tenant, *shown);
    RC_ASSERT((number == 0) == (sweeps_.size() == kSweepsMax));
    if (number != 0) sweeps_.push_back({number, std::move(shown), profiles_of(tenant)});
  }
  void finish() {
    for (Sweep& sweep : sweeps_) {
      for (int calls = 0; !sweep.complete; ++calls) {
        RC_ASSERT(calls < 5'000);
        go_on(sweep);
      }
      check(sweep);
    }
  }

private:
  struct Sweep {
    std::uint32_t number = 0;
    std::unique_ptr<Shown> shown;
    Profiles expected;
    bool complete = false;
  };

  using RecordType = records::RecordType;

  TenantId any_tenant() { return {static_cast<std::uint32_t>(1 + random_.below(2))}; }
  std::string any_user() {
    return std::string(1 + random_.below(2), static_cast<char>('a' + random_.below(users_)));
  }
  records::Record any_record() {
    now_ = now_ + kMinute * static_cast<std::int64_t>(random_.below(30));
    records::Record record = any_record_of(any_user(), "item " + std::to_string(random_.below(9)));
    record.header.tenant = any_tenant();
    if (random_.below(8) == 0) record.header.stated = {static_cast<std::uint32_t>(random_.below(8))};
    return record;
  }
  records::Record any_record_of(const std::string& user, const std::string& item) {
    const auto of = [&](RecordType type, records::Body body) {
      return record_of(type, std::move(body), {random_.next(), random_.next()}, now_);
    };
    switch (random_.below(12)) {
    case 0: return of(RecordType::kErase, records::Erase{user, "", ""});
    case 1: {
      const records::Purposes granted{static_cast<std::uint32_t>(random_.below(8))};
      return of(RecordType::kConsent, records::Consent{user, granted, ~granted, "", ""});
    }
    case 2: return of(RecordType::kTick, records::Tick{{now_.us - now_.us % records::kTickLattice.us}});
    case 3: {
      records::ProfileUpdate update;
      update.user_id = user;
      update.removed = {"trait"};
      return of(RecordType::kProfileUpdate, update);
    }
    case 4: {
      records::Decided decided;
      decided.decision = {1, random_.next()};
      decided.user_id = user;
      decided.as_of = now_;
      decided.candidates = {{item_id(item), 0}};
      return of(RecordType::kDecided, decided);
    }
    default: {
      auto event = event_of(
          random_.below(2) == 0 ? records::EventType::kAddToCart : records::EventType::kView, item, now_);
      event.user_id = user;
      return of(RecordType::kEvent, event);
    }
    }
  }
  Profiles profiles_of(TenantId tenant) {
    Profiles profiles;
    for (const auto& [key, value] : twin_.dump())
      if (const auto user = support::user_of_profile_key(key); user && user->tenant == tenant)
        profiles[*user] = value;
    return profiles;
  }
  void store_oldest() {
    if (taken_.empty()) return;
    fold_.cold.write(taken_.front());
    taken_.pop_front();
    fold_.state().flushed();
  }
  void go_on(Sweep& sweep) {
    const auto complete =
        fold_.state().go_on_sweeping(sweep.number, 1 + random_.below(random_.below(3) == 0 ? 100 : 4));
    RC_ASSERT(complete.ok());
    if (complete.value()) check(sweep);
    sweep.complete |= complete.value();
  }
  void end(std::size_t at) {
    for (const auto& [user, bytes] : sweeps_[at].shown->profiles) {
      const auto expected = sweeps_[at].expected.find(user);
      RC_ASSERT(expected != sweeps_[at].expected.end());
      RC_ASSERT(expected->second == bytes);
    }
    fold_.state().end_sweep(sweeps_[at].number);
    sweeps_.erase(sweeps_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  static void check(const Sweep& sweep) {
    RC_ASSERT(sweep.shown->profiles == sweep.expected);
    RC_ASSERT(sweep.shown->again == 0);
  }

  Random random_;
  support::FoldRun fold_, twin_;
  const std::uint64_t users_, most_; ///< and records in an entry
  const std::uint64_t store_pace_;   ///< a batch is stored one time in so many
  std::uint64_t sequence_ = 0;
  Instant now_ = kNoon;
  std::deque<PartitionState::Batch> taken_;
  std::vector<Sweep> sweeps_;
};

RC_GTEST_PROP(PartitionSweepModel, EverybodyIsShownAsHeWasAtTheBeginningAndOnce, (std::uint64_t seed)) {
  SweepWorld world(seed);
  for (int i = 0; i < 80; ++i) {
    world.apply_any();
    for (int k = 0; k < 3; ++k) world.do_anything();
  }
  world.finish();
}

/// What is folded after a sweep is complete is shown to nobody.
RC_GTEST_PROP(PartitionSweepModel, ACompleteSweepIsShownNothingMore, (std::uint64_t seed)) {
  SweepWorld world(seed);
  for (int i = 0; i < 20; ++i) {
    world.apply_any();
    world.do_anything();
  }
  world.begin();
  world.finish();
  for (int i = 0; i < 20; ++i) {
    world.apply_any();
    world.do_anything();
  }
  world.finish();
}

} // namespace
} // namespace kindred::profiles

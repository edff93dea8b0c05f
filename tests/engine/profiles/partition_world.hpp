#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/profiles/partition_state.hpp"
#include "tests/engine/profiles/stories.hpp"
#include "tests/support/cold_map.hpp"

namespace kindred::profiles {

/// A partition under test, with its store and a writer of its own. User "ann" unless a test says otherwise.
class PartitionWorld : public ::testing::Test {
protected:
  using EventType = records::EventType;
  using RecordType = records::RecordType;

  PartitionWorld() { restart(); }

  /// With room for so many small users, about.
  void restart(std::size_t users = 50'000) { restart_with(users * support::kSmallUserBytes); }
  void restart_with(std::size_t bytes) {
    state_ = std::make_unique<PartitionState>(PartitionState::Settings{{0}, bytes}, cold_);
    ASSERT_TRUE(state_->restore().ok());
  }
  Result<AppliedEntry, FoldError> apply(std::vector<records::Record> records) {
    return state_->apply({{{1}, 1, ++sequence_}, std::move(records)}, state_->applied_end(), changes_);
  }
  AppliedEntry applied(records::Record record) {
    auto result = apply({std::move(record)});
    EXPECT_TRUE(result.ok());
    return result.take();
  }
  Outcome outcome(records::Record record) { return applied(std::move(record)).outcomes.at(0); }
  Outcome outcome(EventType type, const std::string& item, Instant t) {
    return outcome(record_of(event_of(type, item, t)));
  }
  void flush() {
    cold_.write(state_->take_dirty());
    state_->flushed();
  }
  static records::Record of_user(records::Record record, const std::string& user) {
    std::get<records::Event>(record.body).user_id = user;
    return record;
  }
  /// A view by somebody, at noon.
  Outcome view_by(const std::string& user) {
    return outcome(of_user(record_of(event_of(EventType::kView, "a", kNoon)), user));
  }
  static std::string name(int i) { return "u" + std::to_string(i); }
  /// So many, each with an event, stored.
  void store_users(int count) {
    for (int i = 0; i < count; ++i) view_by(name(i));
    flush();
  }
  /// What a step asks of the store.
  template <class Step>
  std::size_t loads_of(Step step) {
    const std::size_t before = cold_.loads;
    step();
    return cold_.loads - before;
  }
  std::size_t loads_to_find(const std::string& user) {
    return loads_of([&] { (void)state_->find({kDefaultTenant, user}); });
  }
  const Profile* find(const std::string& user) { return state_->find({kDefaultTenant, user}).value(); }
  records::Record erase_ann(Instant stamp, std::uint64_t id) {
    return record_of(RecordType::kErase, records::Erase{"ann", "", ""}, {4, id}, stamp);
  }
  records::Record tick(Instant time) {
    return record_of(RecordType::kTick, records::Tick{time}, {5, 5}, time);
  }
  records::Record decided(std::uint64_t id, Instant stamp) {
    records::Decided body;
    body.decision = {1, id};
    body.user_id = "ann";
    return record_of(RecordType::kDecided, body, {6, id}, stamp);
  }
  /// How many stored keys begin with this byte.
  std::size_t stored(char kind) const {
    std::size_t count = 0;
    for (const auto& [key, value] : cold_.values) count += key.front() == kind ? 1 : 0;
    return count;
  }

  const UserKey ann_{kDefaultTenant, "ann"};
  support::ColdMap cold_;
  std::unique_ptr<PartitionState> state_;
  stats::FastDelta changes_;
  std::uint64_t sequence_ = 0;
};

} // namespace kindred::profiles

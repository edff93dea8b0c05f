#pragma once

#include <map>
#include <set>
#include <vector>

#include "engine/profiles/profile.hpp"
#include "engine/records/record.hpp"

namespace kindred::profiles {

/// One user's fold, slow and obvious: keeps every record that passed the doors, and makes the lanes anew from them
/// whenever asked. No late case, no eviction, no difference: only sorting and counting. Shares no code with the fold but
/// hashes, weights and the session rule.
class SlowUser {
public:
  void take(const records::Record& record);

  bool exists() const { return exists_; }
  std::uint64_t records() const { return records_; }
  Instant now() const { return now_; }
  records::Purposes consent() const { return consent_; }

  std::vector<HistoryEvent> history() const;
  std::map<ItemId, ItemUse> items() const;
  std::map<ItemId, std::int64_t> cart() const; ///< item -> quantity
  std::vector<CounterCell> counters() const;
  std::vector<Mark> marks() const;

private:
  struct Kept {
    records::Record record;
    const records::Event& event() const { return std::get<records::Event>(record.body); }
    OrderKey order() const { return {event().event_time, event().client_sequence, record.header.id}; }
  };
  void take_event(const records::Record& record);
  void take_consent(const records::Consent& consent);
  void forget(const RecordId& erasure, Instant stamp);
  void count(Instant stamp);
  static std::vector<ItemId> items_of(const records::Event& event);
  static std::vector<Kept> sorted(std::vector<Kept> events);

  bool saw(const RecordId& id) const;

  std::map<RecordId, Instant> seen_; ///< by stamp
  std::set<RecordId> erased_ids_;    ///< of what was folded before the erasure, or dropped by it
  std::optional<Instant> newest_stamp_;
  std::optional<Instant> erased_;
  bool exists_ = false;
  std::uint64_t records_ = 0;
  Instant now_;
  records::Purposes consent_ = records::kAllPurposes;
  std::vector<Kept> personal_; ///< events kept for personalization
  std::vector<Kept> training_; ///< events kept for training
};

} // namespace kindred::profiles

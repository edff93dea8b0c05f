#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"

namespace kindred::simulation {

/// What the clients did and were told: the slow, obvious model that the server's answers are held against.
///
/// Users are of four kinds, so that each law has a model it can be held against exactly: plain users only view (their
/// counts are known to the last event), some events of theirs without consent for training; restless users change
/// consent; leaving users are erased; linked ones are, by and by, fewer users than ids. Plain users have items of their own.
/// Owned by one run.
class Ledger {
public:
  struct Event {
    std::string message_id;
    std::string user;
    std::string item;
    std::int32_t day = 0;
    bool training = true; ///< stated purposes include training
    bool acked = false;
    std::uint64_t offset = 0; ///< of the entry that it was acknowledged for
    bool erased = false; ///< acknowledged before an erasure of its user was asked that was acknowledged, too
  };

  /// Remembers an event before it is sent for the first time.
  void sent(const Event& event) { events_.emplace(event.message_id, event); }
  void acked(const std::string& message_id, std::uint64_t offset) {
    Event& event = events_.at(message_id);
    if (!event.acked) event.offset = offset;
    event.acked = true;
  }
  void erased(const std::string& message_id) { events_.at(message_id).erased = true; }
  const Event& event(const std::string& message_id) const { return events_.at(message_id); }
  std::vector<std::string> unacked() const;
  std::vector<std::string> acked_ids_of(const std::string& user) const;
  std::vector<Event> all_erased() const;

  /// Events of a user that were ever sent, and that were acknowledged.
  std::uint64_t sent_of(const std::string& user) const;
  std::uint64_t acked_of(const std::string& user) const;
  /// Those acknowledged for an entry of the user's partition below `end`.
  std::uint64_t acked_below(const std::string& user, std::uint64_t end) const;

  /// Marks per plain item that the fast model must hold once all is acknowledged: distinct (user, item, day) with training.
  std::map<std::string, std::int64_t> plain_marks() const;
  std::set<std::string> plain_users() const;
  std::set<std::string> linked_users() const;

  /// Ids that are linked to each other at random: of one user, perhaps.
  static bool is_linked(const std::string& user) { return user.starts_with("linked"); }
  std::uint64_t sent_of_linked() const; ///< of all of them together
  static bool is_plain(const std::string& user) { return user.starts_with("plain"); }

private:
  std::map<std::string, Event> events_;
};

} // namespace kindred::simulation

#include "tests/simulation/ledger.hpp"

#include <algorithm>
#include <tuple>

namespace kindred::simulation {

std::vector<std::string> Ledger::unacked() const {
  std::vector<std::string> open;
  for (const auto& [id, event] : events_) {
    if (!event.acked) open.push_back(id);
  }
  return open;
}

std::vector<std::string> Ledger::acked_ids_of(const std::string& user) const {
  std::vector<std::string> ids;
  for (const auto& [id, event] : events_) {
    if (event.user == user && event.acked) ids.push_back(id);
  }
  return ids;
}

std::vector<Ledger::Event> Ledger::all_erased() const {
  std::vector<Event> all;
  for (const auto& [id, event] : events_) {
    if (event.erased) all.push_back(event);
  }
  return all;
}

std::uint64_t Ledger::sent_of(const std::string& user) const {
  std::uint64_t count = 0;
  for (const auto& [id, event] : events_) count += event.user == user ? 1 : 0;
  return count;
}

std::uint64_t Ledger::acked_of(const std::string& user) const {
  std::uint64_t count = 0;
  for (const auto& [id, event] : events_) count += event.user == user && event.acked ? 1 : 0;
  return count;
}

std::uint64_t Ledger::acked_below(const std::string& user, std::uint64_t end) const {
  return static_cast<std::uint64_t>(std::count_if(events_.begin(), events_.end(), [&](const auto& one) {
    return one.second.user == user && one.second.acked && one.second.offset < end;
  }));
}

std::uint64_t Ledger::sent_of_linked() const {
  return static_cast<std::uint64_t>(std::count_if(
      events_.begin(), events_.end(), [](const auto& event) { return is_linked(event.second.user); }));
}

std::map<std::string, std::int64_t> Ledger::plain_marks() const {
  std::set<std::tuple<std::string, std::string, std::int32_t>> marks;
  for (const auto& [id, event] : events_) {
    if (event.training && is_plain(event.user)) marks.emplace(event.user, event.item, event.day);
  }
  std::map<std::string, std::int64_t> counts;
  for (const auto& [user, item, day] : marks) ++counts[item];
  return counts;
}

std::set<std::string> Ledger::linked_users() const {
  std::set<std::string> users;
  for (const auto& [id, event] : events_) {
    if (is_linked(event.user)) users.insert(event.user);
  }
  return users;
}

std::set<std::string> Ledger::plain_users() const {
  std::set<std::string> users;
  for (const auto& [id, event] : events_) {
    if (is_plain(event.user)) users.insert(event.user);
  }
  return users;
}

} // namespace kindred::simulation

#pragma once

#include <deque>
#include <vector>

#include "actors/gateway/contract.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::gateway {

/// The last inputs that were refused for what they are (not for the state the server is in): nothing is dropped in
/// silence. Keeps the newest kRejectsMax; older ones go. Owned by the gateway's state; not thread-safe.
class RejectChannel {
public:
  void add(api::Reject reject) {
    if (rejects_.size() == kRejectsMax) rejects_.pop_front();
    rejects_.push_back(std::move(reject));
  }
  /// Newest first.
  std::vector<api::Reject> newest(std::size_t limit) const {
    std::vector<api::Reject> list;
    for (auto one = rejects_.rbegin(); one != rejects_.rend() && list.size() < limit; ++one)
      list.push_back(*one);
    return list;
  }
  std::size_t size() const { return rejects_.size(); }

private:
  std::deque<api::Reject> rejects_;
};

/// True for what is wrong with the input itself; false for what is wrong with us or with the moment.
bool is_fault_of_input(api::ErrorCode code);

} // namespace kindred::actors::gateway

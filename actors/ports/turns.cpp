#include "actors/ports/turns.hpp"

namespace kindred::ports {

Turns::Turn Turns::ask(std::function<void()> begins) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = ++last_;
    if (had_.size() >= most_) {
      waiting_.emplace_back(number, std::move(begins));
      return {this, number};
    }
    had_.insert(number);
  }
  begins();
  return {this, number};
}

void Turns::give_back(std::uint64_t number) {
  std::function<void()> next;
  {
    const std::lock_guard lock(mutex_);
    if (had_.erase(number) == 0) {
      std::erase_if(waiting_, [&](const auto& one) { return one.first == number; });
      return;
    }
    if (waiting_.empty()) return;
    had_.insert(waiting_.front().first);
    next = std::move(waiting_.front().second);
    waiting_.pop_front();
  }
  next();
}

} // namespace kindred::ports

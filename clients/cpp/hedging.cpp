#include "clients/cpp/hedging.hpp"

#include <algorithm>

namespace kindred::client {

void Hedging::took(std::int64_t us) {
  last_us_[reads_++ % kSamples] = us;
  saved_ = std::min(saved_ + 1, kOneIn * kHedgesSavedMax);
  if (reads_ < kSamples || reads_ % kLookEvery != 0) return;
  auto sorted = last_us_;
  const auto at = sorted.begin() + kSamples * 95 / 100;
  std::nth_element(sorted.begin(), at, sorted.end());
  after_us_ = std::clamp(*at, kAfterMin_us, kAfterMax_us);
}

bool Hedging::take() {
  if (saved_ < kOneIn) return false;
  saved_ -= kOneIn;
  return true;
}

} // namespace kindred::client

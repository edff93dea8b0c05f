#include "engine/profiles/withdrawals.hpp"

#include <algorithm>

namespace kindred::profiles {

void withdraw(Withdrawals& withdrawals, records::Purposes purposes, Instant stamp) {
  for (Withdrawal& one : withdrawals) {
    if (one.stamp < stamp)
      one.purposes = one.purposes & ~purposes;
    else
      purposes = purposes & ~one.purposes;
  }
  std::erase_if(withdrawals, [](const Withdrawal& one) { return one.purposes.empty(); });
  if (purposes.empty()) return;
  const auto at = std::lower_bound(withdrawals.begin(), withdrawals.end(), stamp,
                                   [](const Withdrawal& one, Instant sought) { return one.stamp < sought; });
  if (at != withdrawals.end() && at->stamp == stamp)
    at->purposes = at->purposes | purposes;
  else
    withdrawals.insert(at, {stamp, purposes});
}

records::Purposes withdrawn_since(const Withdrawals& withdrawals, Instant stamp) {
  records::Purposes since;
  for (const Withdrawal& one : withdrawals)
    if (one.stamp >= stamp) since = since | one.purposes;
  return since;
}

} // namespace kindred::profiles

#pragma once

#include <cstddef>
#include <vector>

#include "engine/base/time.hpp"
#include "engine/records/types.hpp"

namespace kindred::profiles {

// When a user withdrew which purpose last. Records of one id are folded in the order of their partition's log. Those of his
// linked ids come by an outbox, at any later time; their stamps tell whether they are from before a withdrawal.

struct Withdrawal {
  Instant stamp; ///< of the record that withdrew them
  records::Purposes purposes;
  friend bool operator==(const Withdrawal&, const Withdrawal&) = default;
};

/// By stamp. Each purpose stands once, nowhere a withdrawal of none: at most one for each of the 32 purposes.
using Withdrawals = std::vector<Withdrawal>;
inline constexpr std::size_t kWithdrawalsMax = 32;

/// Notes that `purposes` were withdrawn by a record of this stamp; of each purpose the latest stamp stays, so the order of
/// calls does not matter.
void withdraw(Withdrawals& withdrawals, records::Purposes purposes, Instant stamp);

/// Which purposes were withdrawn at `stamp` or later.
records::Purposes withdrawn_since(const Withdrawals& withdrawals, Instant stamp);

} // namespace kindred::profiles

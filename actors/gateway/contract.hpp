#pragma once

#include <cstdint>
#include <vector>

#include "actors/catalog/contract.hpp"
#include "actors/model/contract.hpp"
#include "actors/ports/link.hpp"
#include "actors/ports/log.hpp"
#include "actors/user_shard/contract.hpp"

namespace kindred::actors::gateway {

// Takes requests as bytes, refuses what is wrong, appends what is written, asks shards what is read, answers through the
// Link. One per node (wall clock: requests side by side; events clock: strictly one after another).
// The reads of a request see its writes.

struct Incoming {
  ports::ReplyTo to;
  Bytes bytes;
  bool again = false;        ///< handed back by a shard: it was taken and counted before
  std::int64_t taken_us = 0; ///< steady, when it came; 0: now
};
struct Requests {
  std::vector<Incoming> requests;
  Instant now;
  std::int64_t steady_us = 0;
};
/// The same with values instead of bytes, for HTTP; the answer comes back through `Link::reply` encoded.
struct Appended {
  std::uint64_t append = 0;
  ports::Verdict verdict;
};
using catalog::LibraryAdvanced;
using user_shard::PartDone;
using user_shard::Settled;
struct Pulse {
  Instant now;
  std::int64_t steady_us = 0;
};
struct Drain {}; ///< refuse new requests (kDraining), finish what is under way

// Named bounds.
/// Times that a query goes from one id of a user to another one: linked ids one behind the other, and there and back for
/// each that its positions may be of.
inline constexpr std::size_t kSentOnMax = 64 + 2 * records::kLinkedMax;
/// Events clock: records appended before everything is settled, whether or not something is asked; what is sent on from
/// linked ids waits for that.
inline constexpr std::size_t kUnsettledMax = 20'000;
inline constexpr std::size_t kRequestsMax = 20'000; ///< under way; past it kOverloaded before decoding
inline constexpr std::size_t kRequestBytesUnderWayMax = 256 << 20;
inline constexpr Duration kPulse{50 * kMillisecond.us};
inline constexpr Duration kDeadlineDefault{10 * kSecond.us};
inline constexpr Duration kDeadlineMax{60 * kSecond.us};
inline constexpr Duration kAppendRetryAfter{kSecond.us};
inline constexpr std::size_t kRejectsMax = 1'000; ///< the reject channel keeps the newest
inline constexpr Duration kClientTimePastMax{kDay.us * 400};
inline constexpr Duration kClientTimeAheadMax{kMinute.us * 5};
inline constexpr Duration kOnceWindow{kDay.us * 7};
inline constexpr std::uint32_t kRetryAfterMs = 50;

} // namespace kindred::actors::gateway

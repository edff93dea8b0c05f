#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/records/event.hpp"

namespace kindred::profiles {

/// How far the import of each producer was folded in this partition: its greatest (epoch, sequence), for ever
/// (records.md §4), so that an import that is run again weeks later, when its message ids are long forgotten, counts once.
///
/// A producer owes order: what it sends to a partition below what was taken of it there is called seen, though it never
/// came. It keeps that promise by sending nothing on while anything before it is without a verdict (docs/protocol.md,
/// Imports). Bound: kProducersMax producers of all tenants in a partition; of one more no watermark is kept, its events
/// are folded, known again by their message ids alone, and counted as unmarked. Memory: about 100 bytes a producer.
/// Value type; owned by PartitionState.
class Watermarks {
public:
  static constexpr std::size_t kProducersMax = 65'536;

  enum class Verdict : std::uint8_t {
    kNew = 1,      ///< above the watermark, which moved there
    kSeen = 2,     ///< at or below it
    kUnmarked = 3, ///< no watermark is kept of this producer: there are too many
  };
  Verdict take(TenantId tenant, const records::Producer& producer);
  std::size_t size() const { return marks_.size(); }

  /// What moved since the last call, for the store: its value, and its part of the digest before (zero: none) and now.
  struct Change {
    Bytes key;
    Bytes value;
    Id128 before;
    Id128 after;
  };
  std::vector<Change> take_dirty();

  /// Takes up a stored one. False: not what take_dirty gave.
  bool load(BytesView key, BytesView value);

private:
  struct Mark {
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;
    Id128 part; ///< of the digest; zero: none
    bool dirty = false;
  };
  using Key = std::pair<TenantId, Id128>; ///< of the name its hash
  static Bytes encode(const Mark& mark);

  std::map<Key, Mark> marks_;
  std::vector<Key> dirty_;
};

} // namespace kindred::profiles

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/profiles/digest.hpp"

namespace kindred::profiles {

/// Which record ids of one user were folded within the window of once, exactly (law: once).
///
/// Ids are kept by the UTC day of their stamp and dropped a whole day at a time, when the user's now (the greatest stamp
/// inserted) has left that day by more than kOnceWindow: by time, never by count, so that nobody can push ids out. The
/// caller refuses stamps that are `too_old`; so every id that may come again is still here.
/// Stored apart from the profile, in chunks of kChunkIds ids: a write touches the last chunk of a day only, a read of the
/// profile touches none. Cost: contains is one probe of a table, insert the same, amortised, whatever the number of ids;
/// up to kScannedMax ids there is no table, and contains looks at all. Memory: 16 bytes an id, and at most 64 more in the table.
/// Value type; owned by one user's entry in PartitionState.
class Once {
public:
  static constexpr std::size_t kChunkIds = 256;
  static constexpr std::size_t kScannedMax =
      64; ///< a probe's cost, about, and a kilobyte less for most users

  bool contains(const RecordId& id) const;
  /// Requires: !contains(id), !too_old(stamp).
  void insert(const RecordId& id, Instant stamp);

  /// The user's now; none: nothing was ever inserted.
  std::optional<Instant> now() const { return now_; }
  /// Before the window: such a record is refused, since its id may have been dropped.
  bool too_old(Instant stamp) const;
  bool empty() const { return days_.empty(); }
  std::size_t size() const { return size_; }
  std::size_t footprint() const;     ///< bytes on the heap
  std::vector<RecordId> ids() const; ///< all that it knows, in no order that means anything

  /// Forgets everything (erasure; what must outlive it is in erased_ids.hpp).
  void clear();

  /// A chunk that changed since the last call, for the store; without bytes: gone.
  struct Stored {
    std::int32_t day = 0;
    std::uint32_t chunk = 0;
    std::optional<Bytes> bytes;
    Id128 old_part; ///< in the digest so far; zero: none
  };
  /// Encodes what is dirty. `part_of(day, chunk, bytes)` gives the part that the digest will hold.
  template <class PartOf>
  std::vector<Stored> take_dirty(PartOf part_of);

  /// Takes up a stored chunk; chunks of a day in order. False: not what was stored. `part`: what the digest holds of it.
  bool load(std::int32_t day, std::uint32_t chunk, BytesView bytes, const Id128& part);

private:
  struct Chunk {
    Instant newest;
    Id128 part;
    bool dirty = false;
  };
  struct Day {
    std::vector<RecordId> ids; ///< in order of insertion
    std::vector<Chunk> chunks; ///< kChunkIds of `ids` each
  };
  void append(Day& day, const RecordId& id);
  void index(const RecordId& id);
  void index_all();
  void purge();
  void drop(std::int32_t number, const Day& day);
  Bytes encode(const Day& day, std::size_t chunk) const;

  std::map<std::int32_t, Day> days_;
  std::vector<RecordId>
      table_; ///< all ids by hash, linear probing, at most half full; zero: free. Empty: there is none
  std::size_t size_ = 0;     ///< ids in all days
  std::vector<Stored> gone_; ///< chunks dropped since the last take_dirty
  std::optional<Instant> now_;
};

template <class PartOf>
std::vector<Once::Stored> Once::take_dirty(PartOf part_of) {
  std::vector<Stored> changes = std::move(gone_);
  gone_.clear();
  for (auto& [number, day] : days_) {
    for (std::size_t i = day.chunks.size(); i-- > 0;) {
      Chunk& chunk = day.chunks[i];
      if (!chunk.dirty) continue;
      Stored change{number, static_cast<std::uint32_t>(i), encode(day, i), chunk.part};
      chunk.part = part_of(number, change.chunk, *change.bytes);
      chunk.dirty = false;
      changes.push_back(std::move(change));
    }
  }
  return changes;
}

} // namespace kindred::profiles

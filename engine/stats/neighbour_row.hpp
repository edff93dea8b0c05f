#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace kindred::stats {

/// The neighbours of one item and how often each: slots with exact counts, by slot, without zeros.
///
/// A value that is cheap to copy: what it holds is never written again, and copies share it. A change makes anew the chunks
/// that it touches, of at most kChunkMax neighbours each, and shares the others. So a reader may hold a row for as long as
/// he likes, and two copies of a model hold it once.
/// Memory: 4 bytes a neighbour, 12 where its count is not within 1..254, some 40 a chunk. Different copies may be read,
/// changed and dropped by different threads.
class NeighbourRow {
  /// Word 0: how many neighbours. Then slot << 8 | count of each, the count kLarge where it does not fit: it is the next of
  /// the 64-bit ones behind them all, low word first.
  using Chunk = std::shared_ptr<const std::uint32_t[]>;
  static constexpr std::uint32_t kLarge = 0xff;

public:
  static constexpr std::uint32_t kSlotsMax = 1u << 24; ///< slots are below
  static constexpr std::size_t kChunkMax = 256;

  struct Change {
    std::uint32_t slot = 0;
    std::int64_t amount = 0;
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// 0 where absent. Cost: O(log chunks + kChunkMax).
  std::int64_t count_of(std::uint32_t slot) const;

  /// each(slot, count), by slot.
  template <class Each>
  void for_each(Each&& each) const {
    for (const Chunk& chunk : chunks_) for_each_in(chunk.get(), each);
  }

  /// This row with the changes added; what comes to zero goes. Requires: changes by slot, each slot once, below kSlotsMax;
  /// counts stay within 64 bits. Cost: O(chunks + neighbours in the chunks touched).
  NeighbourRow with(std::span<const Change> changes) const;

  /// Makes a row of neighbours that come by slot.
  class Builder {
  public:
    /// Requires: the slot is above all before, below kSlotsMax; the count is not 0.
    void append(std::uint32_t slot, std::int64_t count);
    bool empty() const { return words_.empty(); }
    std::uint32_t last() const { return words_.back() >> 8; } ///< Requires: not empty
    /// What was appended. The builder is empty afterwards and holds no memory.
    NeighbourRow take();

  private:
    friend class NeighbourRow;
    /// In equal chunks, behind those that are there; empty afterwards.
    void flush_into(NeighbourRow& row);

    std::vector<std::uint32_t> words_; ///< as in a chunk
    std::vector<std::int64_t> large_;
  };

private:
  static std::uint32_t first_of(const Chunk& chunk) { return chunk[1] >> 8; }
  static std::uint32_t size_of(const Chunk& chunk) { return chunk[0]; }
  void share(const Chunk& chunk);
  static void merge(const Chunk& chunk, std::span<const Change> changes, Builder& into);

  template <class Each>
  static void for_each_in(const std::uint32_t* chunk, Each& each) {
    const std::uint32_t* const end = chunk + 1 + *chunk;
    const std::uint32_t* large = end;
    for (const std::uint32_t* at = chunk + 1; at < end; ++at) {
      std::int64_t count = *at & kLarge;
      if (count == kLarge) [[unlikely]] {
        std::memcpy(&count, large, sizeof count);
        large += 2;
      }
      each(*at >> 8, count);
    }
  }

  std::vector<Chunk> chunks_; ///< none is empty
  std::size_t size_ = 0;
};

} // namespace kindred::stats

#include <algorithm>
#include <numeric>

#include "engine/base/hash.hpp"
#include "engine/base/varint.hpp"
#include "engine/stats/decay.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::stats {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kRowsByItem = 1; ///< rows by their items, neighbours too; still read

void put(ByteWriter& out, std::uint32_t value) {
  char bytes[kVarintMax];
  out.raw({bytes, static_cast<std::size_t>(put_varint(bytes, value) - bytes)});
}

/// Most counts are small; zero, which no count is, says that 64 bits follow.
void put_count(ByteWriter& out, std::int64_t count) {
  const bool fits = count >= INT32_MIN && count <= INT32_MAX;
  put(out, fits ? folded(static_cast<std::int32_t>(count)) : 0);
  if (!fits) out.i64(count);
}

} // namespace

Bytes FastModel::image() const {
  ByteWriter out;
  out.u8(kVersion);
  put(out, static_cast<std::uint32_t>(items_.size()));
  for (std::uint32_t slot = 0; slot < items_.size(); ++slot) {
    out.u64(items_[slot].value);
    out.i64(count_of(FastDelta::kMarks, slot));
  }
  put(out, static_cast<std::uint32_t>(members_.size()));
  for (const auto& [scope, users] : members_) {
    out.u64(scope.value);
    out.i64(users);
  }
  for (const auto& [id, trend] : trends_)
    for (const auto& [number, generation] : trend.generations()) {
      out.u8(1);
      out.u64(id.first.value);
      out.u8(id.second);
      out.i32(number);
      put(out, static_cast<std::uint32_t>(generation.sums.size()));
      for (const auto& place : generation.sums.places()) {
        if (place.slot == SlotSums::kFree) continue;
        put(out, place.slot);
        out.i64(place.sum);
      }
    }
  out.u8(0);
  const auto row = [&](const NeighbourRow& neighbours, auto takes) {
    std::uint32_t size = 0;
    neighbours.for_each([&](std::uint32_t slot, std::int64_t) { size += takes(slot) ? 1 : 0; });
    put(out, size);
    neighbours.for_each([&](std::uint32_t slot, std::int64_t count) {
      if (!takes(slot)) return;
      put(out, slot);
      put_count(out, count);
    });
  };
  for (std::uint32_t slot = 0; slot < items_.size(); ++slot) {
    row(rows_[slot].successors, [](std::uint32_t) { return true; });
    row(rows_[slot].co_occurring, [&](std::uint32_t near) { return slot < near; });
  }
  return out.take();
}

/// Remembers the first thing that was not what is written; reads zeros from there on.
class FastModel::ImageReader {
public:
  explicit ImageReader(BytesView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool read() {
    const auto version = fixed<std::uint8_t>();
    require(version == kVersion || version == kRowsByItem);
    read_items();
    read_trends();
    if (sound_ && version == kRowsByItem) read_rows_by_item();
    if (sound_ && version == kVersion) read_rows();
    return sound_ && at_ == end_;
  }
  FastModel model;

private:
  template <class T>
  T fixed() {
    T value{};
    if (!require(static_cast<std::size_t>(end_ - at_) >= sizeof value)) return value;
    std::copy_n(at_, sizeof value, reinterpret_cast<char*>(&value));
    at_ += sizeof value;
    return value;
  }
  std::uint32_t varint() {
    std::uint32_t value = 0;
    return require(take_varint(at_, end_, value)) ? value : 0;
  }
  /// Of things of at least one byte each, which so cannot be more than there are bytes.
  std::uint32_t size() {
    const std::uint32_t size = varint();
    return require(size <= static_cast<std::size_t>(end_ - at_)) ? size : 0;
  }
  std::int64_t count() {
    const std::uint32_t value = varint();
    const std::int64_t count = value == 0 ? fixed<std::int64_t>() : unfolded(value);
    return require(count != 0) ? count : 0;
  }
  bool require(bool holds) { return sound_ = sound_ && holds; }

  void read_items() {
    auto& marks = model.counts_[FastDelta::kMarks];
    const std::uint32_t slots = size();
    for (std::uint32_t slot = 0; slot < slots && sound_; ++slot) {
      require(model.slot_for({fixed<std::uint64_t>()}) == slot); // no item twice
      marks.resize(slot + 1);
      marks[slot] = fixed<std::int64_t>();
    }
    for (std::uint32_t left = size(); left > 0 && sound_; --left) {
      const ScopeId scope{fixed<std::uint64_t>()};
      model.members_[scope] = fixed<std::int64_t>();
    }
  }

  void read_trends() {
    const std::size_t slots = model.items_.size();
    while (sound_ && fixed<std::uint8_t>() == 1) {
      const ScopeId scope{fixed<std::uint64_t>()};
      const auto half_life = fixed<std::uint8_t>();
      if (!require(half_life < kHalfLives.size())) return;
      const auto generation = fixed<std::int32_t>();
      TrendSums& sums = model.trends_[{scope, half_life}];
      for (std::uint32_t left = size(); left > 0 && sound_; --left) {
        const std::uint32_t slot = varint();
        const auto sum = fixed<std::int64_t>();
        if (require(slot < slots)) sums.add(generation, slot, sum, slots);
      }
    }
  }

  /// each(neighbour, count), of one row.
  template <class Each>
  void read_row(Each&& each) {
    for (std::uint32_t left = size(); left > 0 && sound_; --left) {
      const std::uint32_t to = varint();
      const std::int64_t count = this->count();
      if (require(sound_ && to < model.items_.size() && to < kNeighbourSlots)) each(to, count);
    }
  }

  // A row is complete once all rows before it were read, and its own: what it is near stands in the row of the lesser slot.
  void read_rows() {
    std::vector<NeighbourRow::Builder> near(model.items_.size());
    const auto append = [&](NeighbourRow::Builder& row, std::uint32_t slot, std::int64_t count) {
      if (require(row.empty() || row.last() < slot)) row.append(slot, count);
    };
    NeighbourRow::Builder next;
    for (std::uint32_t from = 0; from < model.items_.size() && sound_; ++from) {
      Rows& rows = model.rows_[from];
      read_row([&](std::uint32_t to, std::int64_t count) {
        if (require(to != from)) append(next, to, count);
        rows.successor_total += count;
      });
      rows.successors = next.take();
      read_row([&](std::uint32_t to, std::int64_t count) {
        if (!require(from < to)) return;
        append(near[from], to, count);
        append(near[to], from, count);
      });
      rows.co_occurring = near[from].take();
    }
  }

  void read_rows_by_item() {
    std::vector<std::uint32_t> order(model.items_.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return model.items_[a] < model.items_[b]; });
    FastDelta pairs;
    for (const std::uint32_t from : order) {
      for (const std::uint8_t kind : {FastDelta::kSuccessor, FastDelta::kCoOccurrence})
        read_row([&](std::uint32_t to, std::int64_t count) {
          const ItemId a = model.items_[from], b = model.items_[to];
          if (require(kind == FastDelta::kSuccessor ? a != b : a < b))
            pairs.add_pair({{}, kind, a, b, 0}, count);
        });
    }
    if (sound_) model.add(pairs, {});
  }

  const char* at_;
  const char* end_;
  bool sound_ = true;
};

std::optional<FastModel> FastModel::from_image(BytesView bytes) {
  ImageReader in(bytes);
  if (!in.read()) return std::nullopt;
  in.model.changed({hash64(bytes), bytes.size(), 0, 0});
  return std::move(in.model);
}

} // namespace kindred::stats

#include <algorithm>
#include <numeric>

#include "engine/base/hash.hpp"
#include "engine/base/varint.hpp"
#include "engine/stats/decay.hpp"
#include "engine/stats/fast_model.hpp"

namespace kindred::stats {
namespace {

constexpr std::uint8_t kVersion = 1;

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

/// Slots by their items: rows are written in this order, so that reading only ever adds at their ends.
std::vector<std::uint32_t> FastModel::by_item() const {
  std::vector<std::uint32_t> order(items_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return items_[a] < items_[b]; });
  return order;
}

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
  const auto row = [&](const auto& neighbours, auto takes) {
    put(out, static_cast<std::uint32_t>(std::count_if(neighbours.begin(), neighbours.end(), takes)));
    for (const Neighbour& one : neighbours) {
      if (!takes(one)) continue;
      put(out, static_cast<std::uint32_t>(one.slot));
      put_count(out, one.count);
    }
  };
  for (const std::uint32_t slot : by_item()) {
    row(rows_[slot].successors, [](const Neighbour&) { return true; });
    row(rows_[slot].co_occurring, [&](const Neighbour& one) { return items_[slot] < items_[one.slot]; });
  }
  return out.take();
}

/// Remembers the first thing that was not what is written; reads zeros from there on.
class FastModel::ImageReader {
public:
  explicit ImageReader(BytesView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool read() {
    require(fixed<std::uint8_t>() == kVersion);
    read_items();
    read_trends();
    if (sound_) read_rows();
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

  void read_rows() {
    for (const std::uint32_t from : model.by_item()) {
      Row& row = model.rows_[from];
      for (std::uint32_t left = size(); left > 0 && sound_; --left) {
        const std::uint32_t to = varint();
        const std::int64_t count = this->count();
        if (require(to != from)) add(row.successors, to, count);
        row.successor_total += count;
      }
      for (std::uint32_t left = size(); left > 0 && sound_; --left) {
        const std::uint32_t to = varint();
        const std::int64_t count = this->count();
        add(row.co_occurring, to, count);
        if (require(sound_ && model.items_[from] < model.items_[to]))
          add(model.rows_[to].co_occurring, from, count);
      }
    }
    for (Row& row : model.rows_) {
      row.successors.shrink_to_fit();
      row.co_occurring.shrink_to_fit();
    }
  }

  void add(std::vector<Neighbour>& row, std::uint32_t slot, std::int64_t count) {
    if (!require(slot < model.items_.size() && slot < kNeighbourSlots)) return;
    if (require(row.empty() || model.items_[row.back().slot] < model.items_[slot]))
      row.push_back({slot, count});
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

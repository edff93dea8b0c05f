#include "engine/learners/factorization/item_neighbours.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "engine/base/hash.hpp"

namespace kindred::learners {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kChecksumBytes = sizeof(std::uint64_t);

} // namespace

// 256 · 0.85^k, rounded: literals, so that they are the same whoever computes them.
constexpr std::array<std::int32_t, ItemNeighbours::kSeedsMax> ItemNeighbours::kShares{
    256, 218, 185, 157, 134, 114, 97, 82, 70, 59, 50, 43, 36, 31, 26, 22, 19, 16, 14, 12, 10, 8, 7, 6};

ItemNeighbours ItemNeighbours::of(std::span<const ItemId> items, const LinearAutoencoder& model) {
  assert(items.size() == model.items() && items.size() <= kItemsMax);
  assert(std::is_sorted(items.begin(), items.end()));
  ItemNeighbours made;
  made.items_.assign(items.begin(), items.end());
  made.begins_.reserve(items.size() + 1);
  made.neighbours_.reserve(model.neighbours.size());
  for (std::size_t item = 0; item < items.size(); ++item) {
    assert(model.of(item).size() <= kNeighboursMax);
    for (const auto& one : model.of(item)) {
      assert(std::isfinite(one.weight));
      const auto weight =
          std::clamp<long>(std::lround(std::clamp(one.weight, -2.0f, 2.0f) / kGrid), -kWeightMax, kWeightMax);
      if (weight != 0)
        made.neighbours_.push_back({static_cast<std::uint16_t>(one.item), static_cast<std::int16_t>(weight)});
    }
    made.begins_.push_back(static_cast<std::uint32_t>(made.neighbours_.size()));
  }
  made.version_ = hash64(made.body());
  return made;
}

std::uint32_t ItemNeighbours::slot_of(ItemId item) const {
  const auto found = std::lower_bound(items_.begin(), items_.end(), item);
  if (found == items_.end() || *found != item) return kNoSlot;
  return static_cast<std::uint32_t>(found - items_.begin());
}

Bytes ItemNeighbours::body() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u32(static_cast<std::uint32_t>(items_.size()));
  for (const ItemId item : items_) out.u64(item.value);
  for (std::uint32_t slot = 0; slot < items_.size(); ++slot)
    out.u16(static_cast<std::uint16_t>(of(slot).size()));
  static_assert(sizeof(Neighbour) == 4, "neighbours are written as they lie, without padding");
  out.raw({reinterpret_cast<const char*>(neighbours_.data()), neighbours_.size() * sizeof(Neighbour)});
  return out.take();
}

Bytes ItemNeighbours::canonical() const {
  ByteWriter out;
  out.raw(body());
  out.u64(hash64(out.view()));
  return out.take();
}

std::optional<ItemNeighbours> ItemNeighbours::from(BytesView canonical) {
  if (canonical.size() < kChecksumBytes) return std::nullopt;
  const BytesView body = canonical.substr(0, canonical.size() - kChecksumBytes);
  ItemNeighbours model;
  model.version_ = ByteReader(canonical.substr(body.size())).u64();
  if (model.version_ != hash64(body)) return std::nullopt;
  ByteReader in(body);
  if (!model.read(in) || !in.at_end()) return std::nullopt;
  return model;
}

bool ItemNeighbours::read(ByteReader& in) {
  if (in.u8() != kVersion) return false;
  const std::uint32_t items = in.count(sizeof(std::uint64_t) + sizeof(std::uint16_t));
  if (!in.ok() || items > kItemsMax) return false;
  items_.reserve(items);
  for (std::uint32_t i = 0; i < items; ++i) {
    const ItemId item{in.u64()};
    if (i != 0 && !(items_.back() < item)) return false;
    items_.push_back(item);
  }
  begins_.reserve(items + std::size_t{1});
  for (std::uint32_t i = 0; i < items; ++i) {
    const std::uint16_t count = in.u16();
    if (count > kNeighboursMax) return false;
    begins_.push_back(begins_.back() + count);
  }
  const BytesView rows = in.raw(begins_.back() * sizeof(Neighbour));
  if (!in.ok()) return false;
  neighbours_.resize(begins_.back());
  if (!rows.empty()) std::memcpy(neighbours_.data(), rows.data(), rows.size());
  for (std::uint32_t slot = 0; slot < items; ++slot) {
    const auto row = of(slot);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i].slot >= items || row[i].slot == slot || (i != 0 && row[i].slot <= row[i - 1].slot))
        return false;
      if (row[i].weight == 0 || row[i].weight < -kWeightMax) return false;
    }
  }
  return true;
}

} // namespace kindred::learners

#include "engine/stats/gram.hpp"

#include <cassert>
#include <cstring>

namespace kindred::stats {

template <int Sign>
void Gram::take(std::span<const Entry> row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    assert(row[i].item < items_ && row[i].weight >= 1 && row[i].weight <= kWeightMax);
    assert(i == 0 || row[i - 1].item < row[i].item);
    const std::size_t item = row[i].item;
    std::int32_t* sums = sums_.data() + item * (item + 1) / 2;
    for (std::size_t j = 0; j <= i; ++j) sums[row[j].item] += Sign * row[i].weight * row[j].weight;
  }
  users_ += Sign;
}

Result<Done, Gram::Refusal> Gram::add(std::span<const Entry> row) {
  if (users_ >= kUsersMax) return Refusal::kTooManyUsers;
  take<1>(row);
  return Done{};
}

void Gram::subtract(std::span<const Entry> row) { take<-1>(row); }

Result<Done, Gram::Refusal> Gram::add(const Gram& other) {
  assert(items_ == other.items_);
  if (users_ + other.users_ > kUsersMax) return Refusal::kTooManyUsers;
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  users_ += other.users_;
  return Done{};
}

void Gram::subtract(const Gram& other) {
  assert(items_ == other.items_);
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] -= other.sums_[i];
  users_ -= other.users_;
}

// version, items, first row, rows, users (0 but in the first block), then the rows.
Bytes Gram::block(std::size_t first, std::size_t rows) const {
  assert(first + rows <= items_);
  ByteWriter out;
  out.u8(kBlockVersion);
  out.u32(static_cast<std::uint32_t>(items_));
  out.u32(static_cast<std::uint32_t>(first));
  out.u32(static_cast<std::uint32_t>(rows));
  out.i64(first == 0 ? users_ : 0);
  const std::size_t begin = first * (first + 1) / 2, end = (first + rows) * (first + rows + 1) / 2;
  out.raw({reinterpret_cast<const char*>(sums_.data() + begin), (end - begin) * sizeof(std::int32_t)});
  return out.take();
}

Result<Done, Gram::Refusal> Gram::add_block(BytesView block) {
  ByteReader in(block);
  const bool ours = in.u8() == kBlockVersion && in.u32() == items_;
  const std::size_t first = in.u32(), rows = in.u32();
  const std::int64_t users = in.i64();
  if (!in.ok() || !ours || first > items_ || rows > items_ - first || (first != 0 && users != 0))
    return Refusal::kBadBlock;
  const std::size_t begin = first * (first + 1) / 2, end = (first + rows) * (first + rows + 1) / 2;
  if (in.left() != (end - begin) * sizeof(std::int32_t)) return Refusal::kBadBlock;
  if (users > kUsersMax || users < -kUsersMax || users_ + users > kUsersMax) return Refusal::kTooManyUsers;
  users_ += users;
  for (std::size_t i = begin; i < end; ++i) // without overflow, whatever a block says
    sums_[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums_[i]) + in.u32());
  return Done{};
}

} // namespace kindred::stats

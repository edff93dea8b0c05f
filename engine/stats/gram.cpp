#include "engine/stats/gram.hpp"

#include <algorithm>
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

Result<Done, Gram::Refusal> Gram::add(const GramChanges& changes) {
  assert(changes.items() == items_);
  if (users_ + changes.users() > kUsersMax) return Refusal::kTooManyUsers;
  users_ += changes.users();
  for (const auto& [pair, sum] : changes.pairs().entries()) // without overflow, whatever the changes say
    sums_[pair] =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(sums_[pair]) + static_cast<std::uint32_t>(sum));
  return Done{};
}

namespace {
constexpr std::uint8_t kEscape = 255; // a sum of four bytes follows
}

// users, then the sums row by row.
Bytes Gram::packed() const {
  const auto is_long = [](std::int32_t sum) { return sum < 0 || sum >= kEscape; };
  const auto longs = static_cast<std::size_t>(std::count_if(sums_.begin(), sums_.end(), is_long));
  Bytes packed(sizeof users_ + sums_.size() + longs * sizeof(std::int32_t), '\0');
  char* at = packed.data();
  std::memcpy(at, &users_, sizeof users_);
  at += sizeof users_;
  for (const std::int32_t sum : sums_) {
    *at++ = static_cast<char>(is_long(sum) ? kEscape : sum);
    if (!is_long(sum)) continue;
    std::memcpy(at, &sum, sizeof sum);
    at += sizeof sum;
  }
  return packed;
}

std::optional<Gram> Gram::unpacked(BytesView packed, std::span<const std::uint32_t> places,
                                   std::size_t items) {
  assert(places.empty() || places.back() < items);
  Gram gram(items);
  ByteReader in(packed);
  gram.users_ = in.i64();
  BytesView rest = in.raw(in.left());
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::int32_t* sums = gram.sums_.data() + std::size_t{places[i]} * (std::size_t{places[i]} + 1) / 2;
    for (std::size_t j = 0; j <= i; ++j) {
      if (rest.empty()) return std::nullopt;
      std::int32_t sum = static_cast<unsigned char>(rest.front());
      rest.remove_prefix(1);
      if (sum == kEscape) {
        if (rest.size() < sizeof sum) return std::nullopt;
        std::memcpy(&sum, rest.data(), sizeof sum);
        rest.remove_prefix(sizeof sum);
      }
      sums[places[j]] = sum;
    }
  }
  if (!in.ok() || !rest.empty() || gram.users_ < 0 || gram.users_ > kUsersMax) return std::nullopt;
  return gram;
}

Gram Gram::of(std::span<const std::uint32_t> items) const {
  Gram gram(items.size());
  gram.users_ = users_;
  std::int32_t* sums = gram.sums_.data();
  for (std::size_t i = 0; i < items.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) *sums++ = row(items[i])[items[j]];
  return gram;
}

} // namespace kindred::stats

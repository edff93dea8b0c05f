#include "engine/profiles/once.hpp"

#include <algorithm>
#include <cassert>

#include "engine/profiles/profile.hpp"

namespace kindred::profiles {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kTableMin = 256;

std::size_t hash_of(const RecordId& id) {
  const std::uint64_t mixed = (id.low ^ id.high * 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;
  return mixed ^ mixed >> 32;
}

/// The table says "free" with zeros, so the one id that is zero goes by another name.
RecordId named(const RecordId& id) { return id.is_zero() ? RecordId{0x7a65726f, 0x7a65726f} : id; }

} // namespace

bool Once::contains(const RecordId& id) const {
  if (table_.empty())
    return std::any_of(days_.begin(), days_.end(), [&](const auto& day) {
      return std::find(day.second.ids.begin(), day.second.ids.end(), id) != day.second.ids.end();
    });
  const RecordId name = named(id);
  const std::size_t mask = table_.size() - 1;
  for (std::size_t i = hash_of(name) & mask; !table_[i].is_zero(); i = (i + 1) & mask)
    if (table_[i] == name) return true;
  return false;
}

void Once::index(const RecordId& id) {
  const RecordId name = named(id);
  const std::size_t mask = table_.size() - 1;
  std::size_t i = hash_of(name) & mask;
  while (!table_[i].is_zero()) i = (i + 1) & mask;
  table_[i] = name;
}

void Once::index_all() {
  table_ = {};
  if (size_ <= kScannedMax) return;
  std::size_t places = kTableMin;
  while (places < size_ * 2) places *= 2;
  table_.assign(places, {});
  for (const auto& [number, day] : days_)
    for (const RecordId& id : day.ids) index(id);
}

void Once::append(Day& day, const RecordId& id) {
  if (day.ids.size() % kChunkIds == 0) day.chunks.push_back({});
  grow_tight(day.ids);
  day.ids.push_back(id);
  ++size_;
  if (table_.size() < size_ * 2)
    index_all(); // with this one
  else
    index(id);
}

void Once::insert(const RecordId& id, Instant stamp) {
  assert(!too_old(stamp));
  Day& day = days_[day_of(stamp)];
  append(day, id);
  Chunk& chunk = day.chunks.back();
  chunk.newest = day.ids.size() % kChunkIds == 1 ? stamp : std::max(chunk.newest, stamp);
  chunk.dirty = true;
  if (now_ && stamp <= *now_) return;
  now_ = stamp;
  purge();
}

bool Once::too_old(Instant stamp) const { return now_ && stamp < *now_ - kOnceWindow; }

void Once::purge() {
  const std::int32_t first_kept = day_of(*now_ - kOnceWindow);
  if (days_.begin()->first >= first_kept) return;
  while (days_.begin()->first < first_kept) {
    drop(days_.begin()->first, days_.begin()->second);
    size_ -= days_.begin()->second.ids.size();
    days_.erase(days_.begin());
  }
  index_all();
}

void Once::drop(std::int32_t number, const Day& day) {
  for (std::uint32_t i = 0; i < day.chunks.size(); ++i)
    gone_.push_back({number, i, std::nullopt, day.chunks[i].part});
}

std::size_t Once::footprint() const {
  std::size_t bytes = table_.capacity() * sizeof(RecordId) + gone_.capacity() * sizeof(Stored);
  for (const auto& [number, day] : days_)
    bytes += sizeof(Day) + 48 + day.ids.capacity() * sizeof(RecordId) + day.chunks.capacity() * sizeof(Chunk);
  return bytes;
}

std::vector<RecordId> Once::ids() const {
  std::vector<RecordId> all;
  all.reserve(size_);
  for (const auto& [number, day] : days_) all.insert(all.end(), day.ids.begin(), day.ids.end());
  return all;
}

void Once::clear() {
  for (const auto& [number, day] : days_) drop(number, day);
  days_.clear();
  table_.clear();
  size_ = 0;
  now_.reset();
}

Bytes Once::encode(const Day& day, std::size_t chunk) const {
  const std::size_t begin = chunk * kChunkIds;
  const std::size_t end = std::min(begin + kChunkIds, day.ids.size());
  ByteWriter out;
  out.u8(kVersion);
  out.instant(day.chunks[chunk].newest);
  out.u32(static_cast<std::uint32_t>(end - begin));
  for (std::size_t i = begin; i < end; ++i) out.id128(day.ids[i]);
  return out.take();
}

bool Once::load(std::int32_t number, std::uint32_t chunk, BytesView bytes, const Id128& part) {
  ByteReader in(bytes);
  const bool known = in.u8() == kVersion;
  const Instant newest = in.instant();
  const std::uint32_t count = in.count(16);
  Day& day = days_[number];
  if (!known || count == 0 || count > kChunkIds || chunk * kChunkIds != day.ids.size()) return false;
  for (std::uint32_t i = 0; i < count; ++i) append(day, in.id128());
  day.chunks.back() = {newest, part, false};
  now_ = now_ ? std::max(*now_, newest) : newest;
  return in.ok() && in.at_end();
}

} // namespace kindred::profiles

#include "engine/profiles/once.hpp"

#include <algorithm>
#include <cassert>

#include "engine/profiles/profile.hpp"

namespace kindred::profiles {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kFewIds = 16; // below this a scan is quicker than a table

std::size_t hash_of(const RecordId& id) {
  const std::uint64_t mixed = (id.low ^ id.high * 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;
  return mixed ^ mixed >> 32;
}

} // namespace

bool Once::contains(const Day& day, const RecordId& id) {
  if (day.table.empty()) return std::find(day.ids.begin(), day.ids.end(), id) != day.ids.end();
  const std::size_t mask = day.table.size() - 1;
  for (std::size_t i = hash_of(id) & mask; day.table[i] != 0; i = (i + 1) & mask)
    if (day.ids[day.table[i] - 1] == id) return true;
  return false;
}

bool Once::contains(const RecordId& id) const {
  for (auto day = days_.rbegin(); day != days_.rend(); ++day)
    if (contains(day->second, id)) return true;
  return false;
}

void Once::index(Day& day, std::uint32_t place) {
  const std::size_t mask = day.table.size() - 1;
  std::size_t i = hash_of(day.ids[place]) & mask;
  while (day.table[i] != 0) i = (i + 1) & mask;
  day.table[i] = place + 1;
}

void Once::append(Day& day, const RecordId& id) {
  if (day.ids.size() % kChunkIds == 0) day.chunks.push_back({});
  day.ids.push_back(id);
  if (day.ids.size() <= kFewIds) return;
  if (day.table.size() >= day.ids.size() * 2)
    return index(day, static_cast<std::uint32_t>(day.ids.size() - 1));
  day.table.assign(std::max<std::size_t>(64, day.table.size() * 2), 0);
  for (std::uint32_t place = 0; place < day.ids.size(); ++place) index(day, place);
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

std::size_t Once::size() const {
  std::size_t size = 0;
  for (const auto& [number, day] : days_) size += day.ids.size();
  return size;
}

void Once::purge() {
  const std::int32_t first_kept = day_of(*now_ - kOnceWindow);
  while (days_.begin()->first < first_kept) {
    drop(days_.begin()->first, days_.begin()->second);
    days_.erase(days_.begin());
  }
}

void Once::drop(std::int32_t number, const Day& day) {
  for (std::uint32_t i = 0; i < day.chunks.size(); ++i)
    gone_.push_back({number, i, std::nullopt, day.chunks[i].part});
}

void Once::clear() {
  for (const auto& [number, day] : days_) drop(number, day);
  days_.clear();
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

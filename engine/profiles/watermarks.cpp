#include "engine/profiles/watermarks.hpp"

#include "engine/base/hash.hpp"
#include "engine/profiles/digest.hpp"
#include "engine/profiles/state_keys.hpp"

namespace kindred::profiles {
namespace {
constexpr std::uint8_t kVersion = 1;
}

Watermarks::Verdict Watermarks::take(TenantId tenant, const records::Producer& producer) {
  const Key key{tenant, hash128(producer.name)};
  auto found = marks_.find(key);
  const bool known = found != marks_.end();
  if (!known && marks_.size() >= kProducersMax) return Verdict::kUnmarked;
  if (!known) found = marks_.emplace(key, Mark{}).first;
  Mark& mark = found->second;
  const std::pair told(producer.epoch, producer.sequence);
  if (known && told <= std::pair(mark.epoch, mark.sequence)) return Verdict::kSeen;
  std::tie(mark.epoch, mark.sequence) = told;
  if (!mark.dirty) dirty_.push_back(key);
  mark.dirty = true;
  return Verdict::kNew;
}

Bytes Watermarks::encode(const Mark& mark) {
  ByteWriter out;
  out.u8(kVersion);
  out.u64(mark.epoch);
  out.u64(mark.sequence);
  return out.take();
}

std::vector<Watermarks::Change> Watermarks::take_dirty() {
  std::vector<Change> changes;
  changes.reserve(dirty_.size());
  for (const Key& key : dirty_) {
    Mark& mark = marks_.at(key);
    Change change{watermark_key(key.first, key.second), encode(mark), mark.part, {}};
    change.after = mark.part = Digest::part_of(change.key, change.value);
    mark.dirty = false;
    changes.push_back(std::move(change));
  }
  dirty_.clear();
  return changes;
}

bool Watermarks::load(BytesView key, BytesView value) {
  const auto of = parse_watermark_key(key);
  ByteReader in(value);
  const bool known = in.u8() == kVersion;
  Mark mark;
  mark.epoch = in.u64();
  mark.sequence = in.u64();
  if (!of || !known || !in.ok() || !in.at_end()) return false;
  mark.part = Digest::part_of(key, value);
  return marks_.emplace(Key{of->tenant, of->producer}, mark).second;
}

} // namespace kindred::profiles

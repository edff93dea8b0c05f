#include "actors/user_shard/deltas.hpp"

#include <cassert>
#include <utility>

#include "engine/base/hash.hpp"

namespace kindred::actors::user_shard {

namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kWithoutModelsFrom = 1; // read all the same: the models log is read from its beginning

/// The delta in pieces of at most `keys_max` keys; at least one piece.
std::vector<stats::FastDelta> pieces_of(const stats::FastDelta& whole, std::size_t keys_max) {
  std::vector<stats::FastDelta> pieces(1);
  std::size_t keys = 0;
  const auto next = [&]() -> stats::FastDelta& {
    if (keys++ == keys_max) {
      pieces.emplace_back();
      keys = 1;
    }
    return pieces.back();
  };
  for (const auto& [key, amount] : whole.trends()) next().add_trend(key, amount);
  for (const auto& [key, amount] : whole.pairs()) next().add_pair(key, amount);
  for (const auto& [key, amount] : whole.counts()) next().add_count(key, amount);
  return pieces;
}

} // namespace

Deltas::Learnt Deltas::learn(std::uint64_t last_to, std::uint64_t applied_end) {
  if (last_to < last_to_) return Learnt::kWentBack;
  if (last_to == last_to_) {
    // As remembered.
  } else if (inflight_ && last_to == inflight_->to) {
    inflight_.reset(); // by one delta or by several: what they add up to is the same
  } else if (last_to >= applied_end) {
    inflight_.reset();
    rest_ = {};
    discarding_ = last_to > applied_end;
  } else {
    return Learnt::kBehind;
  }
  last_to_ = last_to;
  learnt_ = true;
  return Learnt::kYes;
}

void Deltas::catch_up(const fast_models::DeltaSeen& seen, std::uint64_t applied_end) {
  assert(!learnt_ && seen.applied && seen.from == last_to_);
  subtract(seen, applied_end);
}

// What is remembered between `from` and `to` is what the delta added, however the two were cut.
void Deltas::subtract(const fast_models::DeltaSeen& seen, std::uint64_t applied_end) {
  last_to_ = seen.to;
  models_from_ = seen.end;
  const bool whole = inflight_ && inflight_->to == seen.to;
  if (inflight_ && !whole) rest_.add(inflight_->changes);
  if (!whole) rest_.subtract(*seen.changes);
  inflight_.reset();
  discarding_ = last_to_ > applied_end;
}

void Deltas::folded(std::uint64_t applied_end) {
  if (!discarding_) return;
  rest_ =
      {}; // of entries below last_to_: it would be zero there, and is large and stored at each flush on a long way
  assert(applied_end <= last_to_); // a delta ends between two entries
  discarding_ = applied_end < last_to_;
}

bool Deltas::cut(std::uint64_t applied_end) {
  if (!learnt_ || inflight_ || discarding_ || applied_end <= last_to_ || rest_.is_zero()) return false;
  inflight_ = Inflight{last_to_, applied_end, std::exchange(rest_, {})};
  return true;
}

std::vector<records::Record> Deltas::records(Instant stamp) const {
  assert(inflight_);
  const auto pieces = pieces_of(inflight_->changes, kPartKeysMax);
  std::vector<Bytes> changes;
  ByteWriter name; // of the whole: parts of another delta never mix with these
  name.u16(partition_.value);
  name.u64(inflight_->from);
  name.u64(inflight_->to);
  for (const auto& piece : pieces) {
    changes.push_back(piece.canonical());
    name.raw(changes.back());
  }
  const Id128 group = hash128(name.view());
  std::vector<records::Record> records;
  for (std::uint32_t part = 0; part < changes.size(); ++part) {
    const bool last = part + 1 == changes.size();
    ByteWriter id;
    id.raw("delta");
    id.id128(group);
    id.u32(part);
    records::Record& record = records.emplace_back();
    record.header.type = records::RecordType::kDelta;
    record.header.id = hash128(id.view());
    record.header.causation = group;
    record.header.stamp = stamp;
    record.body = records::Delta{fast_models::kLearner, partition_, inflight_->from,
                                 last ? inflight_->to : inflight_->from, std::move(changes[part])};
  }
  return records;
}

Deltas::Seen Deltas::see(const fast_models::DeltaSeen& seen, std::uint64_t applied_end) {
  if (!learnt_ || !seen.applied || seen.to <= last_to_) return Seen::kKnown;
  if (seen.from != last_to_) return Seen::kMissed;
  const bool own = inflight_ && inflight_->to == seen.to;
  subtract(seen, applied_end);
  return own ? Seen::kOwn : Seen::kForeign;
}

Bytes Deltas::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u64(last_to_);
  out.u64(models_from_);
  out.u8(inflight_ ? 1 : 0);
  if (inflight_) {
    out.u64(inflight_->from);
    out.u64(inflight_->to);
    out.text(inflight_->changes.canonical());
  }
  out.text(rest_.canonical());
  return out.take();
}

bool Deltas::restore(BytesView canonical, std::uint64_t applied_end) {
  ByteReader in(canonical);
  const std::uint8_t version = in.u8();
  if (version != kVersion && version != kWithoutModelsFrom) return false;
  last_to_ = in.u64();
  if (version != kWithoutModelsFrom) models_from_ = in.u64();
  if (in.u8() != 0) {
    inflight_.emplace();
    inflight_->from = in.u64();
    inflight_->to = in.u64();
    auto changes = stats::FastDelta::from_canonical(in.text());
    if (!changes.ok()) return false;
    inflight_->changes = changes.take();
  }
  auto rest = stats::FastDelta::from_canonical(in.text());
  if (!rest.ok() || !in.ok() || !in.at_end()) return false;
  rest_ = rest.take();
  discarding_ = last_to_ > applied_end;
  return true;
}

} // namespace kindred::actors::user_shard

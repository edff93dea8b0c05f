#include "engine/rounds/item_item_pass.hpp"

#include "engine/stats/gram.hpp"

namespace kindred::rounds {

namespace {

constexpr std::uint8_t kVersion = 2;

bool is_kind(std::uint8_t kind) { return kind >= 1 && kind <= 3; }

bool read_items(ByteReader& in, std::vector<ItemId>& items) {
  const std::uint32_t count = in.count(sizeof(std::uint64_t));
  if (count > stats::Gram::kItemsMax) return false;
  items.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const ItemId item{in.u64()};
    if (i != 0 && !(items.back() < item)) return false;
    items.push_back(item);
  }
  return in.ok();
}

bool read_comparisons(ByteReader& in, ItemItemPass& pass) {
  const std::uint32_t models = in.count(sizeof(std::uint32_t));
  if (models > kItemItemModelsMax) return false;
  for (std::uint32_t i = 0; i < models; ++i) pass.models.emplace_back(in.text());
  for (std::uint32_t left = in.count(10); left > 0; --left) {
    ItemItemPass::Comparison& one = pass.comparisons.emplace_back();
    one.model = in.u8();
    one.other = in.u8();
    one.since = in.instant();
    if (one.model >= models || one.other >= models || pass.comparisons.size() > kItemItemModelsMax)
      return false;
  }
  return in.ok();
}

} // namespace

Bytes ItemItemPass::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(kind));
  out.u8(changes ? 1 : 0);
  out.u8(part);
  out.u32(static_cast<std::uint32_t>(items.size()));
  for (const ItemId item : items) out.u64(item.value);
  out.u32(first);
  out.u32(rows);
  out.u32(static_cast<std::uint32_t>(models.size()));
  for (const Bytes& model : models) out.text(model);
  out.u32(static_cast<std::uint32_t>(comparisons.size()));
  for (const Comparison& one : comparisons) {
    out.u8(one.model);
    out.u8(one.other);
    out.instant(one.since);
  }
  return out.take();
}

std::optional<ItemItemPass> ItemItemPass::from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  const std::uint8_t kind = in.u8();
  if (!known || !is_kind(kind)) return std::nullopt;
  ItemItemPass pass;
  pass.kind = static_cast<Kind>(kind);
  const std::uint8_t changes = in.u8();
  pass.changes = changes == 1;
  pass.part = in.u8();
  if (changes > 1 || pass.part >= kItemItemParts || !read_items(in, pass.items)) return std::nullopt;
  pass.first = in.u32();
  pass.rows = in.u32();
  if (pass.first > pass.items.size() || pass.rows > pass.items.size() - pass.first) return std::nullopt;
  if (!read_comparisons(in, pass) || !in.at_end()) return std::nullopt;
  return pass;
}

Bytes ItemItemStatistic::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(kind));
  out.u8(changes ? 1 : 0);
  out.i64(users);
  out.u32(static_cast<std::uint32_t>(counts.size()));
  for (const auto& [item, count] : counts) {
    out.u64(item.value);
    out.i64(count);
  }
  out.text(rows);
  out.u32(static_cast<std::uint32_t>(differences.size()));
  for (const auto& one : differences) stats::write(out, one);
  return out.take();
}

std::optional<ItemItemStatistic> ItemItemStatistic::from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  const std::uint8_t kind = in.u8();
  if (!known || !is_kind(kind)) return std::nullopt;
  ItemItemStatistic statistic;
  statistic.kind = static_cast<ItemItemPass::Kind>(kind);
  const std::uint8_t changes = in.u8();
  if (changes > 1) return std::nullopt;
  statistic.changes = changes == 1;
  statistic.users = in.i64();
  const std::uint32_t counts = in.count(16);
  statistic.counts.reserve(counts);
  for (std::uint32_t i = 0; i < counts; ++i) {
    const ItemId item{in.u64()};
    const std::int64_t count = in.i64();
    if (i != 0 && !(statistic.counts.back().first < item)) return std::nullopt;
    statistic.counts.emplace_back(item, count);
  }
  statistic.rows = in.text();
  for (std::uint32_t left = in.count(stats::kMomentsBytes); left > 0; --left)
    statistic.differences.push_back(stats::read_moments(in));
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return statistic;
}

} // namespace kindred::rounds

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/fast_models/contract.hpp"
#include "engine/records/record.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::fast_models {

// Entries of the models log as tests write them.

/// `amount` marks of item `item` of tenant `tenant`.
inline stats::FastDelta marks(std::uint64_t item, std::int64_t amount, TenantId tenant = kDefaultTenant) {
  stats::FastDelta delta;
  delta.add_count({tenant, stats::FastDelta::kMarks, ItemId{item}}, amount);
  return delta;
}

inline records::Record delta_record(std::uint16_t partition, std::uint64_t from, std::uint64_t to,
                                    const stats::FastDelta& changes, Instant stamp = {}) {
  records::Record record;
  record.header.type = records::RecordType::kDelta;
  record.header.id = {partition, to * 1'000'000 + from};
  record.header.stamp = stamp;
  record.body = records::Delta{kLearner, PartitionId{partition}, from, to, changes.canonical()};
  return record;
}

/// One part of the delta that `group` names; the last has to > from.
inline records::Record part_record(std::uint64_t group, std::uint64_t part, std::uint64_t from,
                                   std::uint64_t to, const stats::FastDelta& changes) {
  records::Record record = delta_record(0, from, to, changes);
  record.header.causation = {0, group};
  record.header.id = {group, part};
  return record;
}

/// Writes entries with one author per partition, as shards do.
class ModelsLog {
public:
  /// The entry at the next offset.
  ports::LogEntry append(std::vector<records::Record> records, std::uint64_t writer = 1,
                         std::uint64_t epoch = 1) {
    const std::uint64_t sequence = ++sequences_[{writer, epoch}];
    return {end_++, schemas::encode_entry({{WriterId{writer}, epoch, sequence}, std::move(records)})};
  }
  ports::LogEntry delta(std::uint16_t partition, std::uint64_t from, std::uint64_t to, std::uint64_t item,
                        std::int64_t amount) {
    return append({delta_record(partition, from, to, marks(item, amount))}, partition + 1u);
  }
  ports::LogEntry again(ports::LogEntry entry) {
    entry.offset = end_++;
    return entry;
  }
  ports::LogEntry raw(Bytes bytes) { return {end_++, std::move(bytes)}; }
  std::uint64_t end() const { return end_; }

private:
  std::uint64_t end_ = 0;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> sequences_;
};

} // namespace kindred::actors::fast_models

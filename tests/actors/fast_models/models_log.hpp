#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/fast_models/contract.hpp"
#include "engine/base/hash.hpp"
#include "engine/learners/prediction/ranker.hpp"
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

// ---- solved models

/// Parameters of a ranker; another number (1 to 1000), others.
inline Bytes parameters_of(int number) {
  return learners::Ranker::of(std::vector<double>(learners::Ranker::kFeatures, number / 16.0)).canonical();
}

inline records::Record solved_record(records::Body body, TenantId tenant = kDefaultTenant,
                                     Instant stamp = {}) {
  records::Record record;
  record.header.type = std::holds_alternative<records::Chunk>(body) ? records::RecordType::kChunk
                                                                    : records::RecordType::kManifest;
  record.header.tenant = tenant;
  record.header.stamp = stamp;
  record.body = std::move(body);
  record.header.id = hash128(schemas::encode_record(record));
  return record;
}

/// The parameters in so many pieces.
inline std::vector<records::Record> chunk_records(const std::string& name, const Bytes& parameters,
                                                  std::uint32_t count = 1, TenantId tenant = kDefaultTenant) {
  const std::size_t size = (parameters.size() + count - 1) / count;
  std::vector<records::Record> chunks;
  for (std::uint32_t i = 0; i < count; ++i)
    chunks.push_back(solved_record(
        records::Chunk{name, hash128(parameters), i, count, parameters.substr(i * size, size)}, tenant));
  return chunks;
}

/// An offer to follow generation `expects`; each tells something else of itself.
inline records::Manifest manifest_of(const std::string& name, const Bytes& parameters, std::uint64_t expects,
                                     records::ModelRole role = records::ModelRole::kChampion) {
  records::Manifest manifest;
  manifest.learner = name;
  manifest.generation = expects + 1;
  manifest.expects = expects;
  manifest.model = hash128(parameters);
  manifest.role = role;
  manifest.reason = "reason " + std::to_string(expects);
  manifest.author = "author " + std::to_string(expects);
  manifest.trained_at = {static_cast<std::int64_t>(1'000'000 * (expects + 1))};
  manifest.cuts = {expects + 10, expects + 20};
  manifest.settings = {{"windowDays", std::to_string(expects)}};
  manifest.metrics = {{"gain", Fixed{static_cast<std::int64_t>(expects + 5)}}};
  return manifest;
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

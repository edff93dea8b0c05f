#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "actors/fast_models/state.hpp"
#include "actors/replay/log_reader.hpp"
#include "engine/catalog/library.hpp"
#include "engine/profiles/partition_state.hpp"
#include "engine/profiles/writer_table.hpp"

namespace kindred::actors::replay {

// States of the past, folded again from the logs up to an end. Each advances in slices and never goes back: a job that
// needs an earlier one makes another. Owned by replay's state; not thread-safe.

/// The library as of an end.
class RebuiltLibrary {
public:
  /// Reads at most kSliceBytes. Requires: end() <= target.
  Reading advance(const LogReader& log, std::uint64_t target);
  std::uint64_t end() const { return end_; }
  const kindred::catalog::Library& library() const { return library_; }

private:
  kindred::catalog::Library library_;
  profiles::WriterTable writers_; ///< as in catalog::Snapshot
  std::uint64_t end_ = 0;
};

/// The fast models as of an end, folded by the very state that folds them in life.
class RebuiltModels {
public:
  RebuiltModels(std::uint16_t partitions, std::uint64_t incarnation);
  ~RebuiltModels();
  Reading advance(const LogReader& log, std::uint64_t target);
  std::uint64_t end() const { return end_; }
  /// Null: nothing of the tenant was learnt.
  const stats::FastModel* model(TenantId tenant) const;
  /// What ranked the placement then.
  fast_models::RankerChoice ranker(TenantId tenant, std::string_view placement) const;
  /// What the source itemItem asked then.
  fast_models::ItemItemChoice item_item(TenantId tenant) const;

private:
  struct Fold;
  void take(const fast_models::Effects& effects);

  std::unique_ptr<Fold> fold_;
  fast_models::SnapshotPtr snapshot_;
  std::uint64_t end_ = 0;
};

/// One slot of users of a partition as of an end: only their records, and those that belong to no user, are folded, since a
/// user's state depends on nothing else but the watermarks of imports, which move with everybody's.
class RebuiltUsers {
public:
  RebuiltUsers(PartitionId partition, TenantId tenant, Slot slot);
  ~RebuiltUsers();
  Reading advance(const LogReader& log, std::uint64_t target);
  std::uint64_t end() const { return end_; }
  bool is_of(PartitionId partition, TenantId tenant, Slot slot) const;
  profiles::PartitionState& fold() { return *fold_; }

private:
  bool take(const ports::LogEntry& entry);

  const PartitionId partition_;
  const TenantId tenant_;
  const Slot slot_;
  std::unique_ptr<profiles::NothingStored> nothing_;
  std::unique_ptr<profiles::PartitionState> fold_;
  std::uint64_t sequence_ = 0;
  std::uint64_t end_ = 0;
};

} // namespace kindred::actors::replay

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/time.hpp"
#include "engine/records/types.hpp"

namespace kindred::records {

// What the control log carries: who is a member of the cluster (actors/cluster/members.hpp folds it).

/// A node is a member (kJoin). Said by itself: when it starts, when what it says changed, and again every
/// kJoinEvery, so that the log can be trimmed behind it.
struct Join {
  std::string node; ///< its name, unique in the cluster
  std::uint64_t life =
      0; ///< chosen anew at each start; another life of the name takes the place of the one before
  std::string cluster;  ///< the cluster's id
  std::string endpoint; ///< where its peers reach it
  std::string zone; ///< what may fail together: replicas of a partition are spread over zones; may be empty
  std::uint16_t weight = kWeightDefault; ///< its share of the partitions, beside the others' weights
  std::uint8_t replicas = 2;     ///< of each partition, as it was configured; the greatest told one holds
  std::uint16_t partitions = 0;  ///< of the events log
  bool draining = false;         ///< as the log said it last
  std::string clients;           ///< where client services reach it; empty: it does not say
  std::uint16_t told_weight = 0; ///< that an operator gave it, as the log said it last; 0: `weight` holds
  std::uint32_t fold_oldest = kFoldFirst,
                fold_newest = kFoldFirst; ///< versions of the fold that its build has
  std::uint32_t fold_active = kFoldFirst; ///< the greatest that a partition of its is at
  std::uint64_t seen =
      0; ///< the end of the control log as it had folded it: `draining` and `told_weight` are as of there; 0: it does not say
  static constexpr std::uint16_t kWeightDefault = 100;
  friend bool operator==(const Join&, const Join&) = default;
};
inline constexpr Duration kJoinEvery{kMinute};
inline constexpr std::uint16_t kWeightMax = 10'000;
inline constexpr std::uint8_t kReplicasMax = 8;
inline constexpr std::size_t kMembersMax = 64; ///< of a cluster; a Join past it changes nothing

/// A member lives (kAlive): for `lease` it may stay unheard (records.md §10).
struct Alive {
  std::string node;
  std::uint64_t life = 0;
  Duration lease; ///< longer where it has nothing to do and says so less often
  friend bool operator==(const Alive&, const Alive&) = default;
};
inline constexpr Duration kLeaseMin{kSecond};
inline constexpr Duration kLeaseMax{kMinute};

/// These partitions the member may be asked for (kCaughtUp): it has folded them as far as the log was at its start.
struct CaughtUp {
  std::string node;
  std::uint64_t life = 0;
  std::vector<std::uint16_t> partitions; ///< sorted; all of them, not only new ones
  friend bool operator==(const CaughtUp&, const CaughtUp&) = default;
};

/// An operator takes a member out of the map, or puts it back, or gives it another weight (kDrain). Its process goes on.
struct Drain {
  std::string node;
  bool draining = true;
  std::string author;
  std::uint16_t weight = 0; ///< 0: as it is; kWeightConfigured: what the node's configuration says
  static constexpr std::uint16_t kWeightConfigured = 0xffff;
  friend bool operator==(const Drain&, const Drain&) = default;
};

} // namespace kindred::records

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kindred::actors::cluster {

/// A node that may hold partitions, as the map sees it.
struct Place {
  std::string node;
  std::string zone;           ///< what may fail together
  std::uint16_t weight = 100; ///< at least 1
  friend bool operator==(const Place&, const Place&) = default;
};

/// Which nodes hold which partitions. Value; equal on every node that folded the same control log.
struct PartitionMap {
  std::vector<std::string> nodes; ///< sorted
  /// By partition: indices into `nodes`, the first replica first; as many as there are replicas, fewer where there are
  /// fewer nodes. Empty where nobody holds anything.
  std::vector<std::vector<std::uint16_t>> replicas;

  /// Names the map: equal where it is, whoever computed it.
  std::uint64_t digest() const;
  friend bool operator==(const PartitionMap&, const PartitionMap&) = default;
};

/// A node holds at most this much more than its fair share, and a whole one: of the first replicas, and of all.
inline constexpr double kLoadBoundShare = 0.25;

/// Load-bounded rendezvous hashing.
///
/// Every pair of partition and node has a cost, −log2(hash) / weight (weighted rendezvous: Schindelhauer and Schomaker,
/// "Weighted distributed hash tables", 2005; here in integers, so that every machine computes the same). Pairs are taken in
/// order of cost, first replicas before further ones, as long as the node is below its bound. That is the one stable
/// matching of partitions and nodes, so it does not depend on any order, and who joins or leaves moves little beside what is
/// his (bounded loads: Mirrokni, Thorup, Zadimoghaddam, "Consistent hashing with bounded loads", 2018; they place balls one
/// after another instead).
/// Replicas of a partition are never on one node, and in as many zones as there are; a node's fair share is what weights and
/// zones leave it: with two zones each holds a replica of every partition, whatever the weights say.
/// Where the bounds leave a partition without a replica, they are raised by one until none is.
///
/// Pure. `places`: any order, names each once. Cost: O(partitions × places × log), some 10 ms at 1,024 × 64.
PartitionMap partition_map(std::vector<Place> places, std::uint16_t partitions, std::uint8_t replicas);

/// −log2((value + 1) / 2^64) × 2^32, exactly rounded down: by integers alone. 0 ≤ result ≤ 64 × 2^32.
std::uint64_t minus_log2_q32(std::uint64_t value);

} // namespace kindred::actors::cluster

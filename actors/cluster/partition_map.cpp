#include "actors/cluster/partition_map.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/base/bytes.hpp"
#include "engine/base/hash.hpp"

namespace kindred::actors::cluster {

namespace {

/// A pair of partition and node, in the order in which pairs are taken: cost, then partition, then node's name.
struct Pair {
  std::uint64_t cost = 0;
  std::uint16_t partition = 0;
  std::uint16_t node = 0;
  friend auto operator<=>(const Pair&, const Pair&) = default;
};

std::vector<Pair> pairs_of(const std::vector<Place>& places, std::uint16_t partitions) {
  std::vector<Pair> pairs;
  pairs.reserve(places.size() * partitions);
  for (std::uint16_t node = 0; node < places.size(); ++node)
    for (std::uint16_t partition = 0; partition < partitions; ++partition) {
      ByteWriter key;
      key.u16(partition);
      key.raw(places[node].node);
      pairs.push_back({minus_log2_q32(hash64(key.view())) / places[node].weight, partition, node});
    }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

/// Parts `total` by weight, none of the parts above `most`; what one cannot take the others get.
std::vector<double> parted(double total, const std::vector<double>& weights, double most) {
  std::vector<double> parts(weights.size(), 0);
  std::vector<bool> full(weights.size(), false);
  for (std::size_t round = 0; round <= weights.size(); ++round) {
    double left = total, weight = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (full[i])
        left -= parts[i];
      else
        weight += weights[i];
    }
    bool again = false;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (full[i] || weight == 0) continue;
      parts[i] = left * weights[i] / weight;
      if (parts[i] <= most) continue;
      parts[i] = most;
      full[i] = again = true;
    }
    if (!again) break;
  }
  return parts;
}

class Matching {
public:
  Matching(const std::vector<Place>& places, std::uint16_t partitions, std::uint8_t replicas)
      : places_(places), partitions_(partitions), replicas_(std::min<std::size_t>(replicas, places.size())),
        pairs_(pairs_of(places, partitions)) {
    std::map<std::string, std::uint16_t> numbers;
    for (const auto& place : places)
      zone_.push_back(numbers.emplace(place.zone, static_cast<std::uint16_t>(numbers.size())).first->second);
    zones_ = numbers.size();
    per_zone_ = (replicas_ + zones_ - 1) / zones_;
  }

  std::vector<std::vector<std::uint16_t>> solve() {
    const auto firsts = bounds(1, 1);
    const auto all = bounds(replicas_, per_zone_);
    // Each round ends with more taken, or allows more; at last everything is allowed.
    for (std::size_t limit = per_zone_; limit <= replicas_; ++limit)
      for (std::size_t raised = 0; raised <= partitions_; ++raised) {
        held_.assign(partitions_, {});
        load_.assign(places_.size(), 0);
        take(1, firsts, raised, limit);
        take(replicas_, all, raised, limit);
        if (complete()) return std::move(held_);
      }
    return std::move(held_);
  }

private:
  /// How much each node may hold if every partition has `replicas`, at most `per_zone` in one zone.
  std::vector<std::size_t> bounds(std::size_t replicas, std::size_t per_zone) const {
    std::vector<double> zone_weights(zones_, 0);
    for (std::size_t i = 0; i < places_.size(); ++i) zone_weights[zone_[i]] += places_[i].weight;
    const auto zone_parts = parted(static_cast<double>(partitions_ * replicas), zone_weights,
                                   static_cast<double>(partitions_ * per_zone));
    std::vector<std::size_t> bounds(places_.size());
    for (std::size_t zone = 0; zone < zones_; ++zone) {
      std::vector<double> weights;
      std::vector<std::size_t> members;
      for (std::size_t i = 0; i < places_.size(); ++i) {
        if (zone_[i] != zone) continue;
        weights.push_back(places_[i].weight);
        members.push_back(i);
      }
      const auto parts = parted(zone_parts[zone], weights, partitions_);
      for (std::size_t i = 0; i < members.size(); ++i)
        bounds[members[i]] = static_cast<std::size_t>(std::ceil(parts[i] * (1 + kLoadBoundShare) - 1e-6));
    }
    return bounds;
  }

  /// Takes pairs in order until every partition has `replicas`, as far as bounds and zones allow.
  void take(std::size_t replicas, const std::vector<std::size_t>& bounds, std::size_t raised,
            std::size_t limit) {
    for (const Pair& pair : pairs_) {
      auto& held = held_[pair.partition];
      if (held.size() >= replicas || load_[pair.node] >= bounds[pair.node] + raised) continue;
      if (std::find(held.begin(), held.end(), pair.node) != held.end()) continue;
      const auto same_zone = std::count_if(
          held.begin(), held.end(), [&](std::uint16_t other) { return zone_[other] == zone_[pair.node]; });
      if (static_cast<std::size_t>(same_zone) >= limit) continue;
      held.push_back(pair.node);
      ++load_[pair.node];
    }
  }

  bool complete() const {
    return std::all_of(held_.begin(), held_.end(),
                       [this](const auto& held) { return held.size() == replicas_; });
  }

  const std::vector<Place>& places_;
  const std::size_t partitions_;
  const std::size_t replicas_;
  const std::vector<Pair> pairs_;
  std::vector<std::uint16_t> zone_; ///< by node
  std::size_t zones_ = 0;
  std::size_t per_zone_ = 1;
  std::vector<std::vector<std::uint16_t>> held_; ///< by partition
  std::vector<std::size_t> load_;                ///< by node
};

} // namespace

std::uint64_t minus_log2_q32(std::uint64_t value) {
  if (value == UINT64_MAX) return 0;
  const std::uint64_t x = value + 1;
  const int whole = 63 - std::countl_zero(x);
  // x / 2^whole in [1, 2), as a fraction of 2^63; each squaring gives one bit of its logarithm.
  std::uint64_t part = x << (63 - whole);
  std::uint64_t log_q32 = static_cast<std::uint64_t>(whole) << 32;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
    const auto square = static_cast<unsigned __int128>(part) * part; // in [1, 4), as a fraction of 2^126
    if ((square >> 127) != 0) {
      log_q32 |= bit;
      part = static_cast<std::uint64_t>(square >> 64);
    } else {
      part = static_cast<std::uint64_t>(square >> 63);
    }
  }
  return (std::uint64_t{64} << 32) - log_q32;
}

std::uint64_t PartitionMap::digest() const {
  ByteWriter bytes;
  for (const auto& node : nodes) bytes.text(node);
  for (const auto& partition : replicas) {
    bytes.u32(static_cast<std::uint32_t>(partition.size()));
    for (const auto node : partition) bytes.u16(node);
  }
  return hash64(bytes.view());
}

PartitionMap partition_map(std::vector<Place> places, std::uint16_t partitions, std::uint8_t replicas) {
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.node < b.node; });
  PartitionMap map;
  for (const auto& place : places) map.nodes.push_back(place.node);
  map.replicas.resize(partitions);
  if (!places.empty()) map.replicas = Matching(places, partitions, replicas).solve();
  return map;
}

} // namespace kindred::actors::cluster

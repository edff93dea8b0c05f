#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/cluster/partition_map.hpp"
#include "engine/records/record.hpp"

namespace kindred::actors::cluster {

/// A node as the control log tells of it.
struct Member {
  records::Join join; ///< as it said last; `draining` and `told_weight` as the log says them now
  std::uint16_t weight() const { return join.told_weight != 0 ? join.told_weight : join.weight; }
  std::vector<std::uint16_t>
      caught_up; ///< partitions it may be asked for, sorted; none from an absence until it says so again
  Duration lease{5 * kSecond.us};
  Instant last;            ///< stamp of what it said last
  std::int64_t ran_us = 0; ///< how long it was heard, by its own stamps
  /// What the others' `ran_us` were when this one was heard last.
  std::map<std::string, std::int64_t> others_ran_us;
};

/// The fold of the control log: who is a member, and so the map. A function of the log alone: no clock, no chance.
///
/// Log time is what the others' beats say. A member is silent when some other one was heard, since this one was heard last, for
/// longer than this one's lease, by that other's own stamps; so clocks that differ do no harm. What passes between two
/// beats of one node counts as at most kBeatGapMax, so that a clock that jumps, or a cluster that slept, expels nobody. Being
/// silent is no judgement: who is heard again is present again.
///
/// A member silent for kForgetAfter is forgotten. So the log may be trimmed behind that: every member says all of itself
/// again each records::kJoinEvery, and folds that began at different places agree. What an operator said of a member (Drain)
/// holds until that member's own word, said with it seen; so a word that crossed an operator's changes nothing, and a fold
/// that began behind the operator's learns it from the next.
/// Value type; cost of a record O(members).
class Members {
public:
  explicit Members(std::string cluster) : cluster_(std::move(cluster)) {}

  /// Requires: records in the order of the log. What is not about members, or makes no sense, changes nothing.
  enum class Applied : std::uint8_t {
    kTaken,
    kForeign, ///< a Join of another cluster's id
    kUnknown, ///< of a node that never joined, or of a life that is over
    kFull,    ///< a Join past records::kMembersMax
    kOther,   ///< no record about members
  };
  /// `end`: of the control log behind the record.
  Applied apply(const records::Record& record, std::uint64_t end = 0);

  const std::map<std::string, Member>& all() const { return members_; }
  const Member* find(const std::string& node) const;
  bool is_present(const std::string& node) const;
  /// Longest that an other was heard since this one was. Requires: find(node).
  Duration silence(const std::string& node) const;
  /// The greatest version of the fold that a partition of somebody's is at. Whose build does not have it is left out of the
  /// map: his shards stand still (profiles/fold_version.hpp).
  std::uint32_t fold_active() const;
  bool is_too_old(const Member& member) const { return member.join.fold_newest < fold_active(); }
  /// Everybody present and not draining; where that is nobody, the draining ones.
  PartitionMap map() const { return map_of(places()); }
  /// What the map is a function of; the map of it is dear, so who holds one compares this first.
  struct Places {
    std::vector<Place> nodes;
    std::uint16_t partitions = 0;
    std::uint8_t replicas = 0;
    friend bool operator==(const Places&, const Places&) = default;
  };
  Places places() const;
  static PartitionMap map_of(Places places) {
    return partition_map(std::move(places.nodes), places.partitions, places.replicas);
  }
  /// What the members that make the map say; the greatest of each. 0 partitions: nobody is there.
  std::uint16_t partitions() const;
  std::uint8_t replicas() const;

private:
  /// By operators (records::Drain), of a member or of whom this fold has not met yet: at most records::kMembersMax of these,
  /// each as long as a silent member is remembered.
  struct Told {
    bool draining = false;
    std::optional<std::uint16_t> weight; ///< as in records::Join::told_weight; none: nothing was said of it
    std::uint64_t end = 0;               ///< of the control log behind the last one
    Instant stamp;
  };
  Applied join(const records::Join& join, Instant stamp);
  Applied drain(const records::Drain& drain, Instant stamp, std::uint64_t end);
  Member* living(const std::string& node, std::uint64_t life);
  void heard(const std::string& node, Member& member, Instant stamp);
  void forget(Instant now);
  std::vector<const Member*> mapped() const;

  std::string cluster_;
  std::map<std::string, Member> members_; ///< by name; at most records::kMembersMax
  std::map<std::string, Told> told_;      ///< by name
};

inline constexpr Duration kBeatGapMax{5 * kSecond.us};
inline constexpr Duration kForgetAfter{10 * kMinute.us};

} // namespace kindred::actors::cluster

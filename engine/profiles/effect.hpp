#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/records/event.hpp"

namespace kindred::profiles {

/// Something the world should hear of; numbered (partition, position, n), at least once. Value type.
struct Effect {
  std::uint32_t index = 0;  ///< of the record in its entry
  std::uint32_t number = 0; ///< within the record
  std::string
      kind; ///< kCartAbandoned, kErased, kConsentChanged, kSegmentEntered, kSegmentLeft, kLinked, kMerged
  UserKey user;
  Instant time; ///< as of which it holds: of a timer its due time, else the record's stamp
  std::vector<records::Property> details;
  friend bool operator==(const Effect&, const Effect&) = default;
};
inline constexpr char kCartAbandoned[] = "cartAbandoned"; ///< details: items (how many)
inline constexpr char kErased[] = "erased";
inline constexpr char kConsentChanged[] = "consentChanged"; ///< details: granted (bits that hold now)
inline constexpr char kSegmentEntered[] =
    "segmentEntered"; ///< details: segment; from, because (a feature) where known
inline constexpr char kSegmentLeft[] = "segmentLeft"; ///< details: segment; to, because where known
inline constexpr char kLinked[] = "linked";           ///< details: to (the id that this one is from now on)
inline constexpr char kMerged[] = "merged";           ///< details: from (the id whose profile came in)

/// Collects the effects of one entry, numbering them. Owner: the fold of that entry.
class Effects {
public:
  void begin_record(std::uint32_t index) {
    index_ = index;
    number_ = 0;
  }
  void add(std::string kind, const UserKey& user, Instant time, std::vector<records::Property> details) {
    all_.push_back({index_, number_++, std::move(kind), user, time, std::move(details)});
  }
  std::vector<Effect> take() { return std::move(all_); }

private:
  std::vector<Effect> all_;
  std::uint32_t index_ = 0;
  std::uint32_t number_ = 0;
};

} // namespace kindred::profiles

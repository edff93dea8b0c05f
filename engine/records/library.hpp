#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/records/event.hpp"

namespace kindred::records {

/// An item of the catalog registered, changed or removed (kItem). Holds no user id.
struct Item {
  std::string item; ///< external id
  bool automatic =
      false; ///< written by a gateway for an item first met in an event; never overrides a told one
  bool removed = false;
  bool available = true;
  Instant published;
  std::string title;
  Money price;
  std::vector<Property>
      attributes; ///< category, brand, publisher, the tenant's own; text or list of text match by affinity
  std::string author;
  friend bool operator==(const Item&, const Item&) = default;
};
inline constexpr std::size_t kAttributesMax = 64;

/// Which items a placement leaves out because of what the user did.
enum class Filter : std::uint8_t { kNone = 0, kNeverSeen = 1, kNeverBought = 2 };

/// A candidate source of a placement and its weight in the blend.
struct SourceWeight {
  std::string source;
  Fixed weight;
  friend bool operator==(const SourceWeight&, const SourceWeight&) = default;
};

/// Settings of a placement (kPlacement). `default` exists from the start.
struct Placement {
  std::string placement;
  bool removed = false;
  std::vector<SourceWeight> sources; ///< empty: the default blend
  Filter filter = Filter::kNone;
  Fixed exploration{}; ///< rate in [0, 1]
  std::uint16_t count_default = 10;
  std::uint16_t count_max = 100;
  std::uint32_t budget_us = 0; ///< time for optional stages; 0: no bound
  std::string author;
  friend bool operator==(const Placement&, const Placement&) = default;
};

/// A tenant and its settings (kTenant).
struct Tenant {
  std::uint32_t id = 0;
  std::string name;
  bool removed = false;
  Purposes consent_default = kAllPurposes;
  std::string base_currency;
  Duration cart_abandoned_after{kHour.us};
  std::string author;
  friend bool operator==(const Tenant&, const Tenant&) = default;
};

} // namespace kindred::records

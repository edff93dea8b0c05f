#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/fixed.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/money.hpp"
#include "engine/base/time.hpp"
#include "engine/records/types.hpp"

namespace kindred::records {

/// A point on the earth in 1e-7 degrees, ±90° and ±180°.
struct Place {
  std::int32_t latitude_e7 = 0;
  std::int32_t longitude_e7 = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

/// A typed value of an open property: bool, int64, fixed point, text, list of text (≤ 64), time, place.
using PropertyValue =
    std::variant<bool, std::int64_t, Fixed, std::string, std::vector<std::string>, Instant, Place>;
struct Property {
  std::string name;
  PropertyValue value;
  friend bool operator==(const Property&, const Property&) = default;
};
inline constexpr std::size_t kPropertiesMax = 64;       ///< per event; more is refused (tooManyProperties)
inline constexpr std::size_t kListMax = 64;             ///< per list value
inline constexpr std::size_t kEventBytesMax = 64 << 10; ///< encoded

enum class DeviceClass : std::uint8_t { kUnknown, kDesktop, kPhone, kTablet, kTv, kWatch, kOther };

/// The circumstances of an event or a decision. Texts are empty where not told.
struct Context {
  DeviceClass device = DeviceClass::kUnknown;
  std::string operating_system;
  std::string browser;
  std::string channel;
  std::string locale;
  std::string country; ///< ISO 3166-1 alpha-2 as told; compared byte by byte
  std::string region;
  std::optional<Place> coordinates;
  std::optional<std::int16_t> zone_offset_minutes;
  std::vector<Property> extra; ///< free context keys
  friend bool operator==(const Context&, const Context&) = default;
};

/// One line of an order.
struct OrderLine {
  std::string item;
  std::int64_t quantity = 1;
  Money unit_price;
  Money discount;
  Money tax;
  std::string coupon;
  friend bool operator==(const OrderLine&, const OrderLine&) = default;
};
inline constexpr std::size_t kOrderLinesMax = 256;

/// What the gateway knew of the event's item when it wrote the record, so that the fold needs no catalog.
struct ItemFacts {
  std::string category;
  std::string brand;
  std::string publisher;
  Money price_base; ///< in the tenant's base currency where known
  friend bool operator==(const ItemFacts&, const ItemFacts&) = default;
};

/// Where an imported event stands in the stream of whoever imports it (records.md §4). One watermark is kept of each
/// producer and partition, for ever: what is at or below it was seen.
struct Producer {
  std::string name;
  std::uint64_t epoch = 0;    ///< a new one counts everything anew; an older one is seen
  std::uint64_t sequence = 0; ///< grows within an epoch; gaps mean nothing
  friend bool operator==(const Producer&, const Producer&) = default;
};

/// What a user did (record type kEvent).
struct Event {
  std::string user_id; ///< whose partition it is in; an anonymous id stands here if there is no other
  std::string anonymous_id;
  std::vector<std::pair<std::string, std::string>> other_ids; ///< (namespace, value)
  std::string household;
  std::string message_id; ///< the client's; the record id is derived from it
  EventType type = EventType::kCustom;
  std::string type_name;                ///< as told where type is kCustom, else empty
  Instant event_time;                   ///< when it happened, clamped in life (records.md §3)
  std::optional<Instant> original_time; ///< before clamping, where it was clamped
  std::optional<Instant> send_time;     ///< the client's clock when first sent
  std::uint64_t client_sequence = 0;    ///< orders events of equal time
  std::string item;                     ///< external id; empty: none
  Money value;
  std::optional<Fixed> rating;
  std::optional<Duration> dwell;
  std::string search_query;
  Source source = Source::kUnknown;
  std::string session_id;
  std::string page;
  std::string referrer;
  std::string campaign;
  std::string order_id;
  std::vector<OrderLine> lines;
  DecisionId decision; ///< zero: not from a recommendation
  std::string request_id;
  std::vector<std::pair<std::string, std::string>> variants; ///< (experiment, variant)
  bool holdout = false;
  bool would_have_shown = false;
  std::int32_t scroll_percent = -1; ///< page leave; −1: not told
  Context context;
  ItemFacts item_facts;
  std::vector<Property> properties;
  std::string author;               ///< where a person made it
  std::optional<Producer> producer; ///< of an import
  friend bool operator==(const Event&, const Event&) = default;
};

} // namespace kindred::records

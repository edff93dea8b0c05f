#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"
#include "schemas/api.hpp"

namespace kindred::json {

// Events as JSON in the field names of the Segment specification -> api::Track. One place for the server's
// POST /v1/track and for kindredctl. Any thread (each keeps a parser of its own); no other state.
//
// type       track (default) | page | screen: these two are views of `properties.path|url|name` without an item
// event      the name; Kindred's own ("addToCart") or Segment's ("Product Added"); another is kept as custom
// userId, anonymousId (stands for userId where that is missing), messageId
// timestamp  ISO 8601 text, or milliseconds since 1970 as a number; sentAt the same
// sequence   orders events of equal time
// purposes   array of personalization | measurement | training | messaging; or context.consent.categoryPreferences
// channel, source, sessionId, householdId, author, holdout, wouldHaveShown, externalIds[{type, id}]
// properties item: item | itemId | product_id | productId | sku; value: value | revenue | total | price; currency, rating,
//            dwell | dwellMs (ms), query, orderId | order_id, products[] (lines), decisionId | decision_id,
//            requestId, scrollPercent; a property of another name is kept with its type, nested ones as "outer.inner"
// context    device.type, os.name, browser, userAgent, locale, timezoneOffsetMinutes, location.*, page.*, campaign.name,
//            sessionId; another is kept in Context::extra

/// One event of one JSON object. Texts must be UTF-8; what is wrong is said with the field's name.
Result<api::Track, api::Error> parse_event(std::string_view line);

/// A line, or an array's element, and what became of it.
struct ParsedEvent {
  std::uint32_t line = 0; ///< from 1: line of NDJSON, or place in the array
  Result<api::Track, api::Error> track;
};
/// A body of one object, an array of objects, or NDJSON (blank lines are skipped). A body that is none of these is one
/// failed event of line 1.
std::vector<ParsedEvent> parse_events(std::string_view body);

inline constexpr std::size_t kEventLineBytesMax = 64 << 10;

} // namespace kindred::json

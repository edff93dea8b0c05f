#include "schemas/json/read_event.hpp"

#include <algorithm>
#include <cmath>

#include "schemas/json/event_fields.hpp"

namespace kindred::json {

using api::ErrorCode;
using records::Event;
using records::EventType;

namespace {

constexpr std::string_view kItemNames[] = {"item", "itemId", "product_id", "productId", "sku"};
constexpr std::string_view kValueNames[] = {"value", "revenue", "total", "price"};
constexpr std::string_view kPageNames[] = {"path", "url", "title"};

/// A property that has a field of its own in Event: what reads it. True: taken.
bool read_ids(std::string_view key, Element value, Event& event, Complaint& complaint) {
  if (key == "orderId" || key == "order_id") return event.order_id = text_of(value, key, complaint), true;
  if (key == "decisionId" || key == "decision_id")
    return event.decision = read_decision_id(value, key, complaint), true;
  if (key == "requestId" || key == "request_id")
    return event.request_id = text_of(value, key, complaint), true;
  if (key == "query") return event.search_query = text_of(value, key, complaint), true;
  if (key == "sessionId" || key == "session_id")
    return event.session_id = text_of(value, key, complaint), true;
  return false;
}

bool read_measures(std::string_view key, Element value, Event& event, Complaint& complaint) {
  if (key == "rating") {
    const auto number = number_of(value);
    const auto rating = Fixed::from(number.value_or(std::nan("")));
    if (!rating.ok())
      return complaint.say(ErrorCode::kInvalidValue, "'rating' must be a finite number"), true;
    return event.rating = rating.value(), true;
  }
  if (key == "dwell" || key == "dwellMs")
    return event.dwell = kMillisecond * int_of(value, key, 0, 7 * kDay.us / 1000, complaint), true;
  if (key == "scrollPercent")
    return event.scroll_percent = static_cast<std::int32_t>(int_of(value, key, 0, 100, complaint)), true;
  if (key == "sequence")
    return event.client_sequence = static_cast<std::uint64_t>(int_of(value, key, 0, 1LL << 53, complaint)),
           true;
  return false;
}

records::OrderLine read_line(Object product, std::string_view currency, Complaint& complaint) {
  records::OrderLine line;
  std::string_view name;
  if (const auto item = first_of(product, kItemNames, &name)) line.item = text_of(*item, name, complaint);
  if (const auto quantity = field(product, "quantity"))
    line.quantity = int_of(*quantity, "products[].quantity", 0, 1LL << 31, complaint);
  const auto amount = [&](std::string_view key, Money& into) {
    const auto value = field(product, key);
    if (!value) return;
    into = money_of(*value, key, complaint);
    read_currency(currency, "currency", into, complaint);
  };
  amount("price", line.unit_price);
  amount("discount", line.discount);
  amount("tax", line.tax);
  line.coupon = text_field(product, "coupon", complaint);
  return line;
}

void read_lines(Element value, std::string_view currency, Event& event, Complaint& complaint) {
  simdjson::dom::array products;
  if (value.get(products))
    return complaint.say(ErrorCode::kInvalidValue, "'properties.products' must be an array of objects");
  for (const Element one : products) {
    Object product;
    if (one.get(product))
      return complaint.say(ErrorCode::kInvalidValue,
                           "'properties.products' must hold objects like {\"product_id\": \"p1\"}");
    if (event.lines.size() == records::kOrderLinesMax)
      return complaint.say(ErrorCode::kTooLarge, "more than 256 products in one event: split the order");
    event.lines.push_back(read_line(product, currency, complaint));
  }
}

void read_properties(Object properties, Event& event, Complaint& complaint) {
  const std::string currency = text_field(properties, "currency", complaint);
  std::string_view value_name;
  if (const auto value = first_of(properties, kValueNames, &value_name))
    event.value = money_of(*value, value_name, complaint);
  read_currency(currency, "properties.currency", event.value, complaint);
  std::string_view item_name;
  if (const auto item = first_of(properties, kItemNames, &item_name))
    event.item = text_of(*item, item_name, complaint);
  for (const auto [key, value] : properties) {
    if (value.is_null() || key == "currency" || key == value_name || key == item_name) continue;
    if (key == "products")
      read_lines(value, currency, event, complaint);
    else if (!read_ids(key, value, event, complaint) && !read_measures(key, value, event, complaint))
      keep_property(event.properties, key, value, records::kPropertiesMax, complaint);
  }
}

/// What a Segment message's context says of the event rather than of its circumstances.
void read_event_context(Object context, api::Track& track, Complaint& complaint) {
  Event& event = track.event;
  event.context = read_context(context, complaint);
  if (event.session_id.empty()) event.session_id = text_field(context, "sessionId", complaint);
  if (const auto campaign = field(context, "campaign")) {
    Object inner;
    event.campaign = campaign->get(inner) ? text_of(*campaign, "context.campaign", complaint)
                                          : text_field(inner, "name", complaint);
  }
  Object page;
  if (const auto value = field(context, "page"); value && !value->get(page)) {
    std::string_view name;
    if (const auto path = first_of(page, kPageNames, &name)) event.page = text_of(*path, name, complaint);
    event.referrer = text_field(page, "referrer", complaint);
  } else if (value) {
    event.page = text_of(*value, "context.page", complaint);
  }
  Object consent, categories;
  if (const auto value = field(context, "consent"); value && !value->get(consent)) {
    const auto preferences = field(consent, "categoryPreferences");
    if (!preferences || preferences->get(categories)) return;
    track.stated = records::kNoPurpose;
    for (const auto [name, granted] : categories) {
      bool flag = false;
      if (!granted.get(flag) && flag) track.stated = track.stated | purpose_of(name);
    }
  }
}

records::Source source_of(std::string_view name) {
  using records::Source;
  if (name == "web" || name == "browser" || name == "client") return Source::kWeb;
  if (name == "app" || name == "mobile") return Source::kApp;
  if (name == "server") return Source::kServer;
  if (name == "store") return Source::kStore;
  if (name == "callCentre") return Source::kCallCentre;
  if (name == "email") return Source::kEmail;
  if (name == "import") return Source::kImport;
  return Source::kUnknown;
}

void read_type(Object object, Event& event, Complaint& complaint) {
  const std::string type = text_field(object, "type", complaint);
  const std::string name = text_field(object, "event", complaint);
  if (type == "page" || type == "screen") {
    event.type = EventType::kView;
    if (event.page.empty()) event.page = text_field(object, "name", complaint);
    return;
  }
  if (type == "identify" || type == "group" || type == "alias")
    return complaint.say(ErrorCode::kInvalidValue,
                         "'" + type +
                             "' messages are no events: send traits by a profile update; "
                             "here type is \"track\", \"page\" or \"screen\"");
  // A `type` that is none of Segment's is taken as the event's name where no `event` is told.
  const std::string& told = name.empty() && type != "track" ? type : name;
  if (told.empty())
    return complaint.say(ErrorCode::kMissingField,
                         "'event' is missing: name what the user did, like \"view\" or \"Product Added\"");
  event.type = records::event_type_of(told);
  if (event.type == EventType::kCustom) event.type_name = told;
}

void read_other_ids(Element value, Event& event, Complaint& complaint) {
  simdjson::dom::array list;
  if (value.get(list))
    return complaint.say(ErrorCode::kInvalidValue, "'externalIds' must be an array of {type, id}");
  for (const Element one : list) {
    Object id;
    if (one.get(id) || event.other_ids.size() == records::kListMax)
      return complaint.say(ErrorCode::kInvalidValue, "'externalIds' must hold at most 64 objects {type, id}");
    event.other_ids.emplace_back(text_field(id, "type", complaint), text_field(id, "id", complaint));
  }
}

void read_envelope(Object object, api::Track& track, Complaint& complaint) {
  Event& event = track.event;
  event.anonymous_id = text_field(object, "anonymousId", complaint);
  event.user_id = text_field(object, "userId", complaint);
  if (event.user_id.empty()) event.user_id = event.anonymous_id;
  event.message_id = text_field(object, "messageId", complaint);
  event.household = text_field(object, "householdId", complaint);
  event.author = text_field(object, "author", complaint);
  if (const auto session = text_field(object, "sessionId", complaint); !session.empty())
    event.session_id = session;
  if (const auto time = time_field(object, "timestamp", complaint)) event.event_time = *time;
  event.send_time = time_field(object, "sentAt", complaint);
  if (const auto sequence = field(object, "sequence")) read_measures("sequence", *sequence, event, complaint);
  if (const auto purposes = field(object, "purposes")) track.stated = read_purposes(*purposes, complaint);
  if (const auto ids = field(object, "externalIds")) read_other_ids(*ids, event, complaint);
  const std::string channel = text_field(object, "channel", complaint);
  const std::string source = text_field(object, "source", complaint);
  event.source = source_of(source.empty() ? channel : source);
  if (event.context.channel.empty()) event.context.channel = channel;
  event.holdout = bool_field(object, "holdout", false, complaint);
  event.would_have_shown = bool_field(object, "wouldHaveShown", false, complaint);
}

Result<api::Track, api::Error> event_of(Element document) {
  Complaint complaint;
  api::Track track;
  Object object, inner;
  if (document.get(object))
    return api::Error{ErrorCode::kMalformed,
                      "an event must be a JSON object, but this is " + std::string(kind_of(document)), 0};
  const auto part = [&](std::string_view name) {
    const auto value = field(object, name);
    const bool there = value && !value->get(inner);
    if (value && !there)
      complaint.say(ErrorCode::kInvalidValue, "'" + std::string(name) + "' must be an object");
    return there;
  };
  if (part("context")) read_event_context(inner, track, complaint);
  if (part("properties")) read_properties(inner, track.event, complaint);
  read_envelope(object, track, complaint);
  read_type(object, track.event, complaint);
  if (complaint.any()) return complaint.take();
  return track;
}

std::vector<ParsedEvent> events_of_lines(std::string_view body) {
  std::vector<ParsedEvent> events;
  for (std::uint32_t line = 1; !body.empty(); ++line) {
    const auto end = std::min(body.find('\n'), body.size());
    const std::string_view text = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    events.push_back({line, parse_event(text)});
  }
  return events;
}

} // namespace

Result<api::Track, api::Error> parse_event(std::string_view line) {
  if (line.size() > kEventLineBytesMax)
    return api::Error{ErrorCode::kTooLarge,
                      "the event has " + std::to_string(line.size()) +
                          " bytes, at most 65536 are taken: leave out what is not needed",
                      0};
  auto document = parse_document(line);
  if (!document.ok()) return document.error();
  return event_of(document.value());
}

std::vector<ParsedEvent> parse_events(std::string_view body) {
  const auto start = body.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos)
    return {{1, api::Error{ErrorCode::kMalformed,
                           "the body is empty: send an event, an array of events, or one per line", 0}}};
  if (body[start] != '[') {
    // One object may stand on several lines; then its lines alone are no JSON.
    if (auto whole = parse_document(body); whole.ok()) return {{1, event_of(whole.value())}};
    return events_of_lines(body);
  }
  auto document = parse_document(body);
  if (!document.ok()) return {{1, document.error()}};
  std::vector<ParsedEvent> events;
  std::uint32_t place = 1;
  for (const Element one : simdjson::dom::array(document.value())) events.push_back({place++, event_of(one)});
  return events;
}

} // namespace kindred::json

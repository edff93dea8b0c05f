#include "schemas/json/read_requests.hpp"

#include "schemas/json/event_fields.hpp"
#include "schemas/json/position_text.hpp"

namespace kindred::json {

using api::ErrorCode;

namespace {

constexpr std::size_t kExcludeMax = 1000;

void read_positions(Element value, records::Positions& into, Complaint& complaint) {
  if (simdjson::dom::array list; !value.get(list)) {
    for (const Element one : list) read_positions(one, into, complaint);
    return;
  }
  std::string_view text;
  const auto positions = value.get(text) ? std::nullopt : parse_position(text);
  if (!positions)
    return complaint.say(ErrorCode::kInvalidValue,
                         "'position' is none of ours: send back the text that an answer gave, unchanged");
  into.insert(into.end(), positions->begin(), positions->end());
  if (into.size() > records::kPositionsMax)
    complaint.say(ErrorCode::kTooLarge, "more than 1024 positions: send only the newest of each partition");
}

void read_exclude(Element value, std::vector<std::string>& into, Complaint& complaint) {
  simdjson::dom::array list;
  if (value.get(list))
    return complaint.say(ErrorCode::kInvalidValue, "'exclude' must be an array of item ids");
  for (const Element one : list) {
    if (into.size() == kExcludeMax)
      return complaint.say(ErrorCode::kTooLarge, "'exclude' has more than 1000 items: send fewer");
    into.push_back(text_of(one, "exclude", complaint));
  }
}

void read_traits(Element value, records::ProfileUpdate& into, Complaint& complaint) {
  Object traits;
  if (value.get(traits))
    return complaint.say(ErrorCode::kInvalidValue, "'traits' must be an object of names and values");
  for (const auto [name, told] : traits) {
    if (told.is_null())
      into.removed.emplace_back(name);
    else
      keep_property(into.traits, name, told, records::kTraitsMax, complaint);
  }
}

void read_field(std::string_view key, Element value, Object object, DecideRequest& into,
                Complaint& complaint) {
  api::Decide& decide = into.decide;
  if (key == "userId") {
    decide.user_id = text_of(value, key, complaint);
  } else if (key == "placement") {
    decide.placement = text_of(value, key, complaint);
  } else if (key == "count") {
    decide.count = static_cast<std::uint16_t>(int_of(value, key, 1, records::kSlotsMax, complaint));
  } else if (key == "context") {
    Object context;
    if (value.get(context)) return complaint.say(ErrorCode::kInvalidValue, "'context' must be an object");
    decide.context = read_context(context, complaint);
  } else if (key == "exclude") {
    read_exclude(value, decide.exclude, complaint);
  } else if (key == "durable") {
    decide.durable = bool_field(object, key, false, complaint);
  } else if (key == "assumeShown") {
    decide.assume_shown = bool_field(object, key, false, complaint);
  } else if (key == "requestId") {
    decide.request_id = text_of(value, key, complaint);
  } else if (key == "time") {
    decide.time = time_field(object, key, complaint);
  } else if (key == "position" || key == "positions") {
    read_positions(value, into.positions, complaint);
  } else {
    complaint.say(ErrorCode::kInvalidValue,
                  "'" + std::string(key) +
                      "' is no field of a decide; known are userId, placement, "
                      "count, context, exclude, durable, assumeShown, requestId, time, position");
  }
}

} // namespace

Result<DecideRequest, api::Error> parse_decide(std::string_view body) {
  auto document = parse_document(body);
  if (!document.ok()) return document.error();
  Object object;
  if (document.value().get(object))
    return api::Error{ErrorCode::kMalformed, "a decide must be a JSON object like {\"userId\": \"u1\"}", 0};
  Complaint complaint;
  DecideRequest request;
  for (const auto [key, value] : object)
    if (!value.is_null()) read_field(key, value, object, request, complaint);
  if (complaint.any()) return complaint.take();
  return request;
}

Result<api::UpdateProfile, api::Error> parse_traits(std::string_view body) {
  Complaint complaint;
  api::UpdateProfile update;
  auto document = parse_document(body);
  if (!document.ok()) return document.error();
  Object object;
  if (document.value().get(object))
    return api::Error{ErrorCode::kMalformed, "the body must be a JSON object", 0};
  for (const auto [key, value] : object) {
    if (key == "userId")
      update.update.user_id = text_of(value, key, complaint);
    else if (key == "traits")
      read_traits(value, update.update, complaint);
    else if (key == "purposes")
      update.stated = read_purposes(value, complaint);
    else
      complaint.say(ErrorCode::kInvalidValue,
                    "'" + std::string(key) + "' is no field here; known are userId, traits, purposes");
  }
  if (complaint.any()) return complaint.take();
  if (update.update.user_id.empty())
    return api::Error{ErrorCode::kMissingUser, "'userId' is missing: say whose traits these are", 0};
  return update;
}

Result<api::LinkUsers, api::Error> parse_link(std::string_view body) {
  Complaint complaint;
  api::LinkUsers query;
  auto document = parse_document(body);
  if (!document.ok()) return document.error();
  Object object;
  if (document.value().get(object))
    return api::Error{ErrorCode::kMalformed,
                      "the body must be a JSON object like {\"userId\": \"visitor-7\", \"to\": \"ada\"}", 0};
  for (const auto [key, value] : object) {
    if (key == "userId")
      query.link.user_id = text_of(value, key, complaint);
    else if (key == "to")
      query.link.to = text_of(value, key, complaint);
    else
      complaint.say(ErrorCode::kInvalidValue,
                    "'" + std::string(key) + "' is no field here; known are userId, to");
  }
  if (complaint.any()) return complaint.take();
  return query; // that neither id is missing the gateway sees to
}

} // namespace kindred::json

#include "schemas/json/event_fields.hpp"

#include <array>
#include <cmath>

namespace kindred::json {

using api::ErrorCode;
using records::Context;
using records::DeviceClass;
using records::Purposes;

namespace {

DeviceClass device_of(std::string_view text) {
  struct Name {
    std::string_view text;
    DeviceClass device;
  };
  static constexpr Name kNames[] = {
      {"desktop", DeviceClass::kDesktop}, {"phone", DeviceClass::kPhone},   {"mobile", DeviceClass::kPhone},
      {"ios", DeviceClass::kPhone},       {"android", DeviceClass::kPhone}, {"tablet", DeviceClass::kTablet},
      {"tv", DeviceClass::kTv},           {"watch", DeviceClass::kWatch},   {"", DeviceClass::kUnknown},
  };
  for (const auto& name : kNames)
    if (name.text == text) return name.device;
  return DeviceClass::kOther;
}

void read_place(Object location, Context& context, Complaint& complaint) {
  context.country = text_field(location, "country", complaint);
  context.region = text_field(location, "region", complaint);
  const auto latitude = field(location, "latitude");
  const auto longitude = field(location, "longitude");
  if (!latitude || !longitude) return;
  const auto north = number_of(*latitude);
  const auto east = number_of(*longitude);
  if (!north || !east || !(std::fabs(*north) <= 90) || !(std::fabs(*east) <= 180)) {
    complaint.say(ErrorCode::kInvalidValue,
                  "'context.location' must have a latitude from -90 to 90 and a longitude from "
                  "-180 to 180, in degrees");
    return;
  }
  context.coordinates = records::Place{static_cast<std::int32_t>(std::lround(*north * 1e7)),
                                       static_cast<std::int32_t>(std::lround(*east * 1e7))};
}

/// True where the key was one with a field of its own (here, or in Event: campaign, page, sessionId).
bool read_known(std::string_view key, Element value, Context& context, Complaint& complaint) {
  Object inner;
  const bool object = !value.get(inner);
  if (key == "device" && object)
    return context.device = device_of(text_field(inner, "type", complaint)), true;
  if (key == "device") return context.device = device_of(text_of(value, key, complaint)), true;
  if (key == "os" && object) return context.operating_system = text_field(inner, "name", complaint), true;
  if (key == "os" || key == "operatingSystem")
    return context.operating_system = text_of(value, key, complaint), true;
  if (key == "browser" && object) return context.browser = text_field(inner, "name", complaint), true;
  if (key == "browser") return context.browser = text_of(value, key, complaint), true;
  if (key == "channel") return context.channel = text_of(value, key, complaint), true;
  if (key == "locale") return context.locale = text_of(value, key, complaint), true;
  if (key == "country") return context.country = text_of(value, key, complaint), true;
  if (key == "region") return context.region = text_of(value, key, complaint), true;
  if (key == "location" && object) return read_place(inner, context, complaint), true;
  if (key == "timezoneOffsetMinutes")
    return context.zone_offset_minutes =
               static_cast<std::int16_t>(int_of(value, key, -1080, 1080, complaint)),
           true;
  return key == "campaign" || key == "page" || key == "sessionId" || key == "consent";
}

std::vector<std::string> text_list(simdjson::dom::array list, std::string_view name, Complaint& complaint) {
  std::vector<std::string> texts;
  for (const Element one : list) {
    if (texts.size() == records::kListMax) {
      complaint.say(ErrorCode::kTooLarge,
                    "'" + std::string(name) + "' has more than 64 values: send at most 64");
      break;
    }
    const bool nested = one.is_object() || one.is_array();
    texts.push_back(nested          ? std::string(simdjson::minify(one))
                    : one.is_null() ? "null"
                                    : text_of(one, name, complaint));
  }
  return texts;
}

records::PropertyValue value_of(Element value, std::string_view name, Complaint& complaint) {
  if (bool flag; !value.get(flag)) return flag;
  if (std::int64_t number; !value.get(number)) return number;
  if (double number; value.is_double() && !value.get(number)) {
    if (const auto fixed = Fixed::from(number); fixed.ok()) return fixed.value();
    return std::string(simdjson::minify(value));
  }
  if (simdjson::dom::array list; !value.get(list)) return text_list(list, name, complaint);
  return text_of(value, name, complaint);
}

} // namespace

Context read_context(Object object, Complaint& complaint) {
  Context context;
  for (const auto [key, value] : object)
    if (!value.is_null() && !read_known(key, value, context, complaint))
      keep_property(context.extra, key, value, records::kPropertiesMax, complaint);
  return context;
}

void keep_property(std::vector<records::Property>& into, std::string_view name, Element value,
                   std::size_t most, Complaint& complaint) {
  if (value.is_null() || complaint.any()) return;
  if (Object object; !value.get(object)) {
    for (const auto [key, inner] : object)
      keep_property(into, std::string(name) + "." + std::string(key), inner, most, complaint);
    return;
  }
  if (into.size() == most) {
    complaint.say(ErrorCode::kTooLarge, "more than " + std::to_string(most) + " properties, '" +
                                            std::string(name) + "' is one too many: send fewer");
    return;
  }
  into.push_back({std::string(name), value_of(value, name, complaint)});
}

Purposes purpose_of(std::string_view name) {
  if (name == "personalization") return records::kPersonalization;
  if (name == "measurement") return records::kMeasurement;
  if (name == "training") return records::kTraining;
  if (name == "messaging") return records::kMessaging;
  return records::kNoPurpose;
}

Purposes read_purposes(Element value, Complaint& complaint) {
  Purposes purposes = records::kNoPurpose;
  simdjson::dom::array list;
  if (value.get(list)) {
    complaint.say(ErrorCode::kInvalidValue,
                  "'purposes' must be an array of names, like [\"personalization\"]");
    return purposes;
  }
  for (const Element one : list) {
    const std::string name = text_of(one, "purposes", complaint);
    const Purposes purpose = purpose_of(name);
    if (purpose.empty())
      complaint.say(ErrorCode::kInvalidValue, "'purposes' names '" + name +
                                                  "'; known are personalization, measurement, "
                                                  "training and messaging");
    purposes = purposes | purpose;
  }
  return purposes;
}

DecisionId read_decision_id(Element value, std::string_view name, Complaint& complaint) {
  DecisionId id;
  const std::string text = text_of(value, name, complaint);
  if (!text.empty() && !from_hex(text, id))
    complaint.say(ErrorCode::kInvalidValue,
                  "'" + std::string(name) +
                      "' must be the 32 hexadecimal digits that a decision answered as decisionId");
  return id;
}

} // namespace kindred::json

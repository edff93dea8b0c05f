#include "schemas/json/read_item.hpp"

#include "schemas/codec/bounds.hpp"
#include "schemas/json/event_fields.hpp"

namespace kindred::json {

using api::ErrorCode;

namespace {

constexpr std::int64_t kTimeMax_us = 1LL << 56; // no clock shows more: as the gateway has it

void bound(std::string_view text, std::string_view name, std::size_t most, Complaint& complaint) {
  if (text.size() > most)
    complaint.say(ErrorCode::kTooLarge, "'" + std::string(name) + "' has " + std::to_string(text.size()) +
                                            " bytes, at most " + std::to_string(most) +
                                            " are taken: shorten it");
}

void read_price(Element value, Money& price, Complaint& complaint) {
  Object object;
  const bool alone = value.get(object);
  const auto amount = alone ? std::optional(value) : field(object, "amount");
  if (!amount)
    return complaint.say(ErrorCode::kInvalidPrice,
                         "'price' has no amount: send {\"amount\": 12.99} or 12.99");
  const auto currency = price.currency;
  price = money_of(*amount, "price", complaint);
  price.currency = currency;
  if (price.minor < 0)
    complaint.say(ErrorCode::kInvalidPrice, "'price' is negative: send what is asked for the item, or none");
  if (!alone) read_currency(text_field(object, "currency", complaint), "price.currency", price, complaint);
}

void check_attribute(const records::Property& attribute, Complaint& complaint) {
  if (attribute.name.empty())
    return complaint.say(ErrorCode::kMissingField, "an attribute has no name: name it, or leave it out");
  bound(attribute.name, "attribute name", schemas::kNameBytesMax, complaint);
  if (const auto* text = std::get_if<std::string>(&attribute.value))
    bound(*text, attribute.name, schemas::kTextBytesMax, complaint);
  if (const auto* list = std::get_if<std::vector<std::string>>(&attribute.value))
    for (const auto& text : *list) bound(text, attribute.name, schemas::kTextBytesMax, complaint);
}

/// Answers the field that the first complaint is about.
std::string read_attributes(Element value, records::Item& item, Complaint& complaint) {
  Object attributes;
  if (value.get(attributes)) {
    complaint.say(ErrorCode::kInvalidValue,
                  "'attributes' must be an object like {\"category\": \"lamps\"}, but is " +
                      std::string(kind_of(value)));
    return "attributes";
  }
  for (const auto [name, one] : attributes) {
    const std::size_t before = item.attributes.size();
    keep_property(item.attributes, name, one, records::kAttributesMax, complaint);
    for (std::size_t i = before; i < item.attributes.size(); ++i)
      check_attribute(item.attributes[i], complaint);
    if (complaint.any()) return "attributes." + std::string(name);
  }
  return {};
}

void read_published(Object object, records::Item& item, Complaint& complaint) {
  const auto time = time_field(object, "published", complaint);
  if (!time) return;
  if (time->us < -kTimeMax_us || time->us > kTimeMax_us)
    complaint.say(ErrorCode::kInvalidTime,
                  "'published' is a time that no clock shows: check the unit (milliseconds)");
  item.published = *time;
}

/// Answers the field that the first complaint is about.
std::string read_field(std::string_view key, Element value, Object object, records::Item& item,
                       Complaint& complaint) {
  if (key == "item") {
    item.item = text_of(value, key, complaint);
    bound(item.item, key, kExternalIdBytesMax, complaint);
  } else if (key == "title") {
    item.title = text_of(value, key, complaint);
    bound(item.title, key, schemas::kTextBytesMax, complaint);
  } else if (key == "price") {
    read_price(value, item.price, complaint);
  } else if (key == "currency") {
    read_currency(text_of(value, key, complaint), key, item.price, complaint);
  } else if (key == "available") {
    item.available = bool_field(object, key, true, complaint);
  } else if (key == "removed") {
    item.removed = bool_field(object, key, false, complaint);
  } else if (key == "published") {
    read_published(object, item, complaint);
  } else if (key == "attributes") {
    return read_attributes(value, item, complaint);
  } else if (key != "type" && key != "automatic" && key != "error") {
    complaint.say(ErrorCode::kInvalidValue,
                  "'" + std::string(key) +
                      "' is no field of an item; known are item, title, price, currency, available, "
                      "published, removed; put all others into attributes");
  }
  return std::string(key);
}

} // namespace

Result<records::Item, FieldError> parse_item(std::string_view line) {
  if (line.size() > kItemLineBytesMax)
    return FieldError{"",
                      {ErrorCode::kTooLarge,
                       "the item has " + std::to_string(line.size()) +
                           " bytes, at most 65536 are taken: leave out what is not needed",
                       0}};
  auto document = parse_document(line);
  if (!document.ok()) return FieldError{"", document.error()};
  Object object;
  if (document.value().get(object))
    return FieldError{"",
                      {ErrorCode::kMalformed,
                       "an item must be a JSON object like {\"item\": \"a1\"}, but this is " +
                           std::string(kind_of(document.value())),
                       0}};
  Complaint complaint;
  records::Item item;
  for (const auto [key, value] : object) {
    if (value.is_null()) continue;
    auto at = read_field(key, value, object, item, complaint);
    if (complaint.any()) return FieldError{std::move(at), complaint.take()};
  }
  if (item.item.empty())
    return FieldError{"item", {ErrorCode::kMissingField, "'item' is missing: send the item's id", 0}};
  if (!field(object, "price")) item.price = {}; // a currency alone is no price
  return item;
}

} // namespace kindred::json

#include "engine/profiles/value_codec.hpp"

namespace kindred::profiles {
namespace {

using records::Context;
using records::Place;
using records::Property;
using records::PropertyValue;

constexpr auto kDeviceLast = static_cast<std::uint8_t>(records::DeviceClass::kOther);

void write_value(ByteWriter& out, bool value) { out.u8(value ? 1 : 0); }
void write_value(ByteWriter& out, std::int64_t value) { out.i64(value); }
void write_value(ByteWriter& out, Fixed value) { out.i64(value.raw); }
void write_value(ByteWriter& out, const std::string& value) { out.text(value); }
void write_value(ByteWriter& out, const std::vector<std::string>& value) {
  out.u32(static_cast<std::uint32_t>(value.size()));
  for (const std::string& text : value) out.text(text);
}
void write_value(ByteWriter& out, Instant value) { out.instant(value); }
void write_value(ByteWriter& out, Place value) {
  out.i32(value.latitude_e7);
  out.i32(value.longitude_e7);
}

/// The tag is the place in the variant: PropertyValue may only grow at its end.
bool read_value(ByteReader& in, std::uint8_t tag, PropertyValue& value) {
  switch (tag) {
  case 0: {
    const std::uint8_t told = in.u8();
    value = told == 1;
    return told <= 1;
  }
  case 1: value = in.i64(); return true;
  case 2: value = Fixed{in.i64()}; return true;
  case 3: value = std::string(in.text()); return true;
  case 4: {
    std::vector<std::string> texts(in.count(4));
    for (std::string& text : texts) text = in.text();
    value = std::move(texts);
    return true;
  }
  case 5: value = in.instant(); return true;
  case 6: {
    const std::int32_t latitude = in.i32();
    value = Place{latitude, in.i32()};
    return true;
  }
  default: return false;
  }
}

bool read_flag(ByteReader& in, bool& flag) {
  const std::uint8_t value = in.u8();
  flag = value == 1;
  return value <= 1;
}

} // namespace

void write_money(ByteWriter& out, const Money& money) {
  out.i64(money.minor);
  out.u8(money.exponent);
  out.raw({money.currency.data(), money.currency.size()});
}

bool read_money(ByteReader& in, Money& money) {
  money.minor = in.i64();
  money.exponent = in.u8();
  const BytesView currency = in.raw(money.currency.size());
  if (!in.ok()) return false;
  std::copy(currency.begin(), currency.end(), money.currency.begin());
  return true;
}

void write_property(ByteWriter& out, const Property& property) {
  out.text(property.name);
  out.u8(static_cast<std::uint8_t>(property.value.index()));
  std::visit([&](const auto& value) { write_value(out, value); }, property.value);
}

bool read_property(ByteReader& in, Property& property) {
  property.name = in.text();
  return read_value(in, in.u8(), property.value) && in.ok();
}

void write_context(ByteWriter& out, const Context& context) {
  out.u8(static_cast<std::uint8_t>(context.device));
  for (const std::string* text : {&context.operating_system, &context.browser, &context.channel,
                                  &context.locale, &context.country, &context.region})
    out.text(*text);
  out.u8(context.coordinates ? 1 : 0);
  if (context.coordinates) write_value(out, *context.coordinates);
  out.u8(context.zone_offset_minutes ? 1 : 0);
  if (context.zone_offset_minutes) out.u16(static_cast<std::uint16_t>(*context.zone_offset_minutes));
  out.u32(static_cast<std::uint32_t>(context.extra.size()));
  for (const Property& property : context.extra) write_property(out, property);
}

bool read_context(ByteReader& in, Context& context) {
  const std::uint8_t device = in.u8();
  if (device > kDeviceLast) return false;
  context.device = static_cast<records::DeviceClass>(device);
  for (std::string* text : {&context.operating_system, &context.browser, &context.channel, &context.locale,
                            &context.country, &context.region})
    *text = in.text();
  bool told = false;
  if (!read_flag(in, told)) return false;
  if (told) {
    const std::int32_t latitude = in.i32();
    context.coordinates = Place{latitude, in.i32()};
  }
  if (!read_flag(in, told)) return false;
  if (told) context.zone_offset_minutes = static_cast<std::int16_t>(in.u16());
  context.extra.resize(in.count(6));
  for (Property& property : context.extra)
    if (!read_property(in, property)) return false;
  return in.ok();
}

} // namespace kindred::profiles

#include "schemas/codec/values_wire.hpp"

#include "schemas/codec/bounds.hpp"

namespace kindred::wire {
namespace {

constexpr int kExponentMax = 9;

void write_value(Property::Value::Builder to, const records::PropertyValue& value) {
  switch (value.index()) {
  case 0: return to.setBool(std::get<0>(value));
  case 1: return to.setInt(std::get<1>(value));
  case 2: return to.setFixed(std::get<2>(value).raw);
  case 3: return to.setText(as_text(std::get<3>(value)));
  case 4: {
    const auto& texts = std::get<4>(value);
    auto list = to.initList(static_cast<unsigned>(texts.size()));
    for (unsigned i = 0; i < texts.size(); ++i) list.set(i, as_text(texts[i]));
    return;
  }
  case 5: return to.setTime(std::get<5>(value).us);
  case 6: {
    const auto& place = std::get<6>(value);
    auto built = to.initPlace();
    built.setLatitudeE7(place.latitude_e7);
    built.setLongitudeE7(place.longitude_e7);
    return;
  }
  }
}

records::Place place_of(Reading& reading, Place::Reader from) {
  const records::Place place{from.getLatitudeE7(), from.getLongitudeE7()};
  constexpr std::int32_t kDegree = 10'000'000;
  if (place.latitude_e7 < -90 * kDegree || place.latitude_e7 > 90 * kDegree ||
      place.longitude_e7 < -180 * kDegree || place.longitude_e7 > 180 * kDegree)
    reading.fail(CodecError::kOutOfRange, "place", "not on the globe");
  return place;
}

void read_value(Reading& reading, Property::Value::Reader from, records::PropertyValue& value) {
  using Value = Property::Value;
  switch (from.which()) {
  case Value::BOOL: value = from.getBool(); return;
  case Value::INT: value = from.getInt(); return;
  case Value::FIXED: value = reading.fixed(from.getFixed(), "property"); return;
  case Value::TEXT:
    return reading.text(value.emplace<3>(), from.getText(), schemas::kTextBytesMax, "property");
  case Value::LIST:
    return reading.texts(value.emplace<4>(), from.getList(), records::kListMax, schemas::kTextBytesMax,
                         "property list");
  case Value::TIME: value = Instant{from.getTime()}; return;
  case Value::PLACE: value = place_of(reading, from.getPlace()); return;
  }
  reading.fail(CodecError::kOutOfRange, "property", "unknown kind of value");
}

} // namespace

void write(Pair::Builder to, const TextPair& value) {
  put(to, &Pair::Builder::setName, value.first);
  put(to, &Pair::Builder::setValue, value.second);
}

void read(Reading& reading, Pair::Reader from, TextPair& value) {
  reading.text(value.first, from.getName(), schemas::kNameBytesMax, "name");
  reading.text(value.second, from.getValue(), schemas::kNameBytesMax, "value");
}

void write(Money::Builder to, const kindred::Money& value) {
  to.setMinor(value.minor);
  to.setExponent(value.exponent);
  std::uint32_t currency = 0;
  for (int i = 2; i >= 0; --i) currency = currency << 8 | static_cast<unsigned char>(value.currency[i]);
  to.setCurrency(currency);
}

void read(Reading& reading, Money::Reader from, kindred::Money& value) {
  value.minor = from.getMinor();
  value.exponent = from.getExponent();
  if (value.exponent > kExponentMax) reading.fail(CodecError::kOutOfRange, "money exponent", "at most 9");
  const std::uint32_t currency = from.getCurrency();
  if (currency == 0) return;
  for (int i = 0; i < 3; ++i) {
    value.currency[i] = static_cast<char>(currency >> (8 * i));
    if (value.currency[i] < 'A' || value.currency[i] > 'Z')
      reading.fail(CodecError::kOutOfRange, "currency", "three capital letters");
  }
  if (currency >> 24 != 0) reading.fail(CodecError::kOutOfRange, "currency", "three capital letters");
}

void write(Property::Builder to, const records::Property& value) {
  put(to, &Property::Builder::setName, value.name);
  write_value(to.getValue(), value.value);
}

void read(Reading& reading, Property::Reader from, records::Property& value) {
  reading.text(value.name, from.getName(), schemas::kNameBytesMax, "property name");
  read_value(reading, from.getValue(), value.value);
}

bool told(const records::Context& value) {
  return value.device != records::DeviceClass::kUnknown || !value.operating_system.empty() ||
         !value.browser.empty() || !value.channel.empty() || !value.locale.empty() ||
         !value.country.empty() || !value.region.empty() || value.coordinates || value.zone_offset_minutes ||
         !value.extra.empty();
}

void write(Context::Builder to, const records::Context& value) {
  using To = Context::Builder;
  to.setDevice(static_cast<DeviceClass>(value.device));
  put(to, &To::setOperatingSystem, value.operating_system);
  put(to, &To::setBrowser, value.browser);
  put(to, &To::setChannel, value.channel);
  put(to, &To::setLocale, value.locale);
  put(to, &To::setCountry, value.country);
  put(to, &To::setRegion, value.region);
  if (value.coordinates) {
    auto place = to.initCoordinates();
    place.setLatitudeE7(value.coordinates->latitude_e7);
    place.setLongitudeE7(value.coordinates->longitude_e7);
  }
  to.setZoneOffsetMinutes(value.zone_offset_minutes.value_or(schemas::kNotTold16));
  put_all(to, &To::initExtra, value.extra);
}

void read(Reading& reading, Context::Reader from, records::Context& value) {
  value.device =
      reading.number(static_cast<std::uint16_t>(from.getDevice()), records::DeviceClass::kOther, "device");
  reading.text(value.operating_system, from.getOperatingSystem(), schemas::kNameBytesMax, "operatingSystem");
  reading.text(value.browser, from.getBrowser(), schemas::kNameBytesMax, "browser");
  reading.text(value.channel, from.getChannel(), schemas::kNameBytesMax, "channel");
  reading.text(value.locale, from.getLocale(), schemas::kNameBytesMax, "locale");
  reading.text(value.country, from.getCountry(), schemas::kNameBytesMax, "country");
  reading.text(value.region, from.getRegion(), schemas::kNameBytesMax, "region");
  if (from.hasCoordinates()) value.coordinates = place_of(reading, from.getCoordinates());
  if (const auto offset = from.getZoneOffsetMinutes(); offset != schemas::kNotTold16)
    value.zone_offset_minutes = offset;
  take_all(reading, from.getExtra(), value.extra, records::kPropertiesMax, "context extra");
}

void write(Position::Builder to, const records::Position& value) {
  to.setIncarnation(value.incarnation);
  to.setTopic(static_cast<Topic>(value.stream.topic));
  to.setPartition(value.stream.partition.value);
  to.setIndex(value.index);
  to.setOffset(value.offset);
  to.setWriter(value.author.writer.value);
  to.setEpoch(value.author.epoch);
  to.setSequence(value.author.sequence);
}

void read(Reading& reading, Position::Reader from, records::Position& value) {
  value.incarnation = from.getIncarnation();
  value.stream.topic =
      reading.number(static_cast<std::uint16_t>(from.getTopic()), records::Topic::kLibrary, "topic");
  value.stream.partition.value = from.getPartition();
  value.index = from.getIndex();
  value.offset = from.getOffset();
  value.author.writer.value = from.getWriter();
  value.author.epoch = from.getEpoch();
  value.author.sequence = from.getSequence();
}

void write(TraceParent::Builder to, const records::TraceParent& value) {
  to.setTraceHigh(value.trace.high);
  to.setTraceLow(value.trace.low);
  to.setSpan(value.span);
  to.setFlags(value.flags);
}

void read(Reading&, TraceParent::Reader from, records::TraceParent& value) {
  value.trace = {from.getTraceHigh(), from.getTraceLow()};
  value.span = from.getSpan();
  value.flags = from.getFlags();
}

} // namespace kindred::wire

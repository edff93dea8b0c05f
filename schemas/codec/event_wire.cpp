#include "schemas/codec/bounds.hpp"
#include "schemas/codec/records_wire.hpp"

namespace kindred::wire {

using schemas::kNameBytesMax;
using schemas::kNotTold;
using schemas::kTextBytesMax;

void write(OrderLine::Builder to, const records::OrderLine& value) {
  put(to, &OrderLine::Builder::setItem, value.item);
  to.setQuantity(value.quantity);
  if (told(value.unit_price)) write(to.initUnitPrice(), value.unit_price);
  if (told(value.discount)) write(to.initDiscount(), value.discount);
  if (told(value.tax)) write(to.initTax(), value.tax);
  put(to, &OrderLine::Builder::setCoupon, value.coupon);
}

void read(Reading& reading, OrderLine::Reader from, records::OrderLine& value) {
  reading.text(value.item, from.getItem(), kExternalIdBytesMax, "line item");
  value.quantity = from.getQuantity();
  if (from.hasUnitPrice()) read(reading, from.getUnitPrice(), value.unit_price);
  if (from.hasDiscount()) read(reading, from.getDiscount(), value.discount);
  if (from.hasTax()) read(reading, from.getTax(), value.tax);
  reading.text(value.coupon, from.getCoupon(), kNameBytesMax, "coupon");
}

namespace {

void write_facts(ItemFacts::Builder to, const records::ItemFacts& value) {
  put(to, &ItemFacts::Builder::setCategory, value.category);
  put(to, &ItemFacts::Builder::setBrand, value.brand);
  put(to, &ItemFacts::Builder::setPublisher, value.publisher);
  if (told(value.price_base)) write(to.initPriceBase(), value.price_base);
}

void read_facts(Reading& reading, ItemFacts::Reader from, records::ItemFacts& value) {
  reading.text(value.category, from.getCategory(), kTextBytesMax, "category");
  reading.text(value.brand, from.getBrand(), kTextBytesMax, "brand");
  reading.text(value.publisher, from.getPublisher(), kTextBytesMax, "publisher");
  if (from.hasPriceBase()) read(reading, from.getPriceBase(), value.price_base);
}

void write_details(EventDetails::Builder to, const records::Event& value) {
  put(to, &EventDetails::Builder::setTypeName, value.type_name);
  put(to, &EventDetails::Builder::setSearchQuery, value.search_query);
  if (value.original_time) to.setOriginalTime(value.original_time->us);
  if (value.send_time) to.setSendTime(value.send_time->us);
  if (value.rating) to.setRating(value.rating->raw);
  if (value.dwell) to.setDwellUs(value.dwell->us);
  put(to, &EventDetails::Builder::setAuthor, value.author);
  if (!value.producer) return;
  auto producer = to.initProducer();
  put(producer, &Producer::Builder::setName, value.producer->name);
  producer.setEpoch(value.producer->epoch);
  producer.setSequence(value.producer->sequence);
}

void read_details(Reading& reading, EventDetails::Reader from, records::Event& value) {
  reading.text(value.type_name, from.getTypeName(), kNameBytesMax, "typeName");
  reading.text(value.search_query, from.getSearchQuery(), kTextBytesMax, "searchQuery");
  if (const auto us = from.getOriginalTime(); us != kNotTold) value.original_time = Instant{us};
  if (const auto us = from.getSendTime(); us != kNotTold) value.send_time = Instant{us};
  if (const auto raw = from.getRating(); raw != kNotTold) value.rating = reading.fixed(raw, "rating");
  if (const auto us = from.getDwellUs(); us != kNotTold) value.dwell = Duration{us};
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
  if (!from.hasProducer()) return;
  const auto producer = from.getProducer();
  value.producer.emplace();
  reading.text(value.producer->name, producer.getName(), kNameBytesMax, "producer name");
  value.producer->epoch = producer.getEpoch();
  value.producer->sequence = producer.getSequence();
}

void write_identity(EventIdentity::Builder to, const records::Event& value) {
  put(to, &EventIdentity::Builder::setAnonymousId, value.anonymous_id);
  put_all(to, &EventIdentity::Builder::initOtherIds, value.other_ids);
  put(to, &EventIdentity::Builder::setHousehold, value.household);
}

void read_identity(Reading& reading, EventIdentity::Reader from, records::Event& value) {
  reading.text(value.anonymous_id, from.getAnonymousId(), kExternalIdBytesMax, "anonymousId");
  take_all(reading, from.getOtherIds(), value.other_ids, schemas::kOtherIdsMax, "otherIds");
  reading.text(value.household, from.getHousehold(), kExternalIdBytesMax, "household");
}

void write_origin(EventOrigin::Builder to, const records::Event& value) {
  put(to, &EventOrigin::Builder::setSessionId, value.session_id);
  put(to, &EventOrigin::Builder::setPage, value.page);
  put(to, &EventOrigin::Builder::setReferrer, value.referrer);
  put(to, &EventOrigin::Builder::setCampaign, value.campaign);
}

void read_origin(Reading& reading, EventOrigin::Reader from, records::Event& value) {
  reading.text(value.session_id, from.getSessionId(), kExternalIdBytesMax, "sessionId");
  reading.text(value.page, from.getPage(), kTextBytesMax, "page");
  reading.text(value.referrer, from.getReferrer(), kTextBytesMax, "referrer");
  reading.text(value.campaign, from.getCampaign(), kTextBytesMax, "campaign");
}

void write_cause(EventCause::Builder to, const records::Event& value) {
  to.setDecisionHigh(value.decision.high);
  to.setDecisionLow(value.decision.low);
  put(to, &EventCause::Builder::setRequestId, value.request_id);
  put_all(to, &EventCause::Builder::initVariants, value.variants);
}

void read_cause(Reading& reading, EventCause::Reader from, records::Event& value) {
  value.decision = {from.getDecisionHigh(), from.getDecisionLow()};
  reading.text(value.request_id, from.getRequestId(), kExternalIdBytesMax, "requestId");
  take_all(reading, from.getVariants(), value.variants, schemas::kVariantsMax, "variants");
}

bool has_details(const records::Event& v) {
  return !v.type_name.empty() || !v.search_query.empty() || v.original_time || v.send_time || v.rating ||
         v.dwell || !v.author.empty() || v.producer;
}
bool has_identity(const records::Event& v) {
  return !v.anonymous_id.empty() || !v.other_ids.empty() || !v.household.empty();
}
bool has_origin(const records::Event& v) {
  return !v.session_id.empty() || !v.page.empty() || !v.referrer.empty() || !v.campaign.empty();
}
bool has_cause(const records::Event& v) {
  return !v.decision.is_zero() || !v.request_id.empty() || !v.variants.empty();
}
bool told(const records::ItemFacts& v) {
  return !v.category.empty() || !v.brand.empty() || !v.publisher.empty() || wire::told(v.price_base);
}

} // namespace

void write(Event::Builder to, const records::Event& value) {
  to.setType(static_cast<EventType>(value.type));
  to.setSource(static_cast<Source>(value.source));
  to.setHoldout(value.holdout);
  to.setWouldHaveShown(value.would_have_shown);
  to.setScrollPercent(value.scroll_percent);
  to.setEventTime(value.event_time.us);
  to.setClientSequence(value.client_sequence);
  put(to, &Event::Builder::setUserId, value.user_id);
  put(to, &Event::Builder::setMessageId, value.message_id);
  put(to, &Event::Builder::setItem, value.item);
  if (wire::told(value.value)) write(to.initValue(), value.value);
  if (wire::told(value.context)) write(to.initContext(), value.context);
  if (told(value.item_facts)) write_facts(to.initItemFacts(), value.item_facts);
  put_all(to, &Event::Builder::initProperties, value.properties);
  if (has_details(value)) write_details(to.initDetails(), value);
  if (has_identity(value)) write_identity(to.initIdentity(), value);
  if (has_origin(value)) write_origin(to.initOrigin(), value);
  if (!value.order_id.empty() || !value.lines.empty()) {
    auto order = to.initOrder();
    put(order, &EventOrder::Builder::setOrderId, value.order_id);
    put_all(order, &EventOrder::Builder::initLines, value.lines);
  }
  if (has_cause(value)) write_cause(to.initCause(), value);
}

void read(Reading& reading, Event::Reader from, records::Event& value) {
  value.type =
      reading.number(static_cast<std::uint16_t>(from.getType()), records::EventType::kError, "event type");
  value.source =
      reading.number(static_cast<std::uint16_t>(from.getSource()), records::Source::kImport, "source");
  value.holdout = from.getHoldout();
  value.would_have_shown = from.getWouldHaveShown();
  value.scroll_percent = from.getScrollPercent();
  if (value.scroll_percent < -1 || value.scroll_percent > 100)
    reading.fail(CodecError::kOutOfRange, "scrollPercent", "0 to 100, or -1");
  value.event_time = {from.getEventTime()};
  value.client_sequence = from.getClientSequence();
  reading.text(value.user_id, from.getUserId(), kExternalIdBytesMax, "userId");
  reading.text(value.message_id, from.getMessageId(), kExternalIdBytesMax, "messageId");
  reading.text(value.item, from.getItem(), kExternalIdBytesMax, "item");
  if (from.hasValue()) read(reading, from.getValue(), value.value);
  if (from.hasContext()) read(reading, from.getContext(), value.context);
  if (from.hasItemFacts()) read_facts(reading, from.getItemFacts(), value.item_facts);
  if (from.hasProperties())
    take_all(reading, from.getProperties(), value.properties, records::kPropertiesMax, "properties");
  if (from.hasDetails()) read_details(reading, from.getDetails(), value);
  if (from.hasIdentity()) read_identity(reading, from.getIdentity(), value);
  if (from.hasOrigin()) read_origin(reading, from.getOrigin(), value);
  if (from.hasOrder()) {
    const auto order = from.getOrder();
    reading.text(value.order_id, order.getOrderId(), kExternalIdBytesMax, "orderId");
    take_all(reading, order.getLines(), value.lines, records::kOrderLinesMax, "lines");
  }
  if (from.hasCause()) read_cause(reading, from.getCause(), value);
}

} // namespace kindred::wire

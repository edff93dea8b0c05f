#include "schemas/codec/bounds.hpp"
#include "schemas/codec/records_wire.hpp"

namespace kindred::wire {

using schemas::kNameBytesMax;
using schemas::kTextBytesMax;

void write(Item::Builder to, const records::Item& value) {
  using To = Item::Builder;
  put(to, &To::setItem, value.item);
  to.setAutomatic(value.automatic);
  to.setRemoved(value.removed);
  to.setAvailable(value.available);
  to.setPublished(value.published.us);
  put(to, &To::setTitle, value.title);
  if (told(value.price)) write(to.initPrice(), value.price);
  put_all(to, &To::initAttributes, value.attributes);
  put(to, &To::setAuthor, value.author);
}

void read(Reading& reading, Item::Reader from, records::Item& value) {
  reading.text(value.item, from.getItem(), kExternalIdBytesMax, "item");
  value.automatic = from.getAutomatic();
  value.removed = from.getRemoved();
  value.available = from.getAvailable();
  value.published = {from.getPublished()};
  reading.text(value.title, from.getTitle(), kTextBytesMax, "title");
  if (from.hasPrice()) read(reading, from.getPrice(), value.price);
  take_all(reading, from.getAttributes(), value.attributes, records::kAttributesMax, "attributes");
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

void write(SourceWeight::Builder to, const records::SourceWeight& value) {
  put(to, &SourceWeight::Builder::setSource, value.source);
  to.setWeight(value.weight.raw);
}

void read(Reading& reading, SourceWeight::Reader from, records::SourceWeight& value) {
  reading.text(value.source, from.getSource(), kNameBytesMax, "source");
  value.weight = reading.fixed(from.getWeight(), "source weight");
}

void write(Placement::Builder to, const records::Placement& value) {
  using To = Placement::Builder;
  put(to, &To::setPlacement, value.placement);
  to.setRemoved(value.removed);
  put_all(to, &To::initSources, value.sources);
  to.setFilter(static_cast<Filter>(value.filter));
  to.setExploration(value.exploration.raw);
  to.setCountDefault(value.count_default);
  to.setCountMax(value.count_max);
  to.setBudgetUs(value.budget_us);
  put(to, &To::setAuthor, value.author);
}

void read(Reading& reading, Placement::Reader from, records::Placement& value) {
  reading.text(value.placement, from.getPlacement(), kNameBytesMax, "placement");
  value.removed = from.getRemoved();
  take_all(reading, from.getSources(), value.sources, schemas::kSourcesMax, "sources");
  value.filter =
      reading.number(static_cast<std::uint16_t>(from.getFilter()), records::Filter::kNeverBought, "filter");
  value.exploration = reading.fixed(from.getExploration(), "exploration");
  value.count_default = from.getCountDefault();
  value.count_max = from.getCountMax();
  value.budget_us = from.getBudgetUs();
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

void write(Tenant::Builder to, const records::Tenant& value) {
  to.setId(value.id);
  put(to, &Tenant::Builder::setName, value.name);
  to.setRemoved(value.removed);
  to.setConsentDefault(value.consent_default.bits);
  put(to, &Tenant::Builder::setBaseCurrency, value.base_currency);
  to.setCartAbandonedAfterUs(value.cart_abandoned_after.us);
  put(to, &Tenant::Builder::setAuthor, value.author);
}

void read(Reading& reading, Tenant::Reader from, records::Tenant& value) {
  value.id = from.getId();
  reading.text(value.name, from.getName(), kNameBytesMax, "tenant name");
  value.removed = from.getRemoved();
  value.consent_default = {from.getConsentDefault()};
  reading.text(value.base_currency, from.getBaseCurrency(), kNameBytesMax, "baseCurrency");
  value.cart_abandoned_after = {from.getCartAbandonedAfterUs()};
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
}

} // namespace kindred::wire

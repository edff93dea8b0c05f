#include "actors/gateway/checks.hpp"

#include <algorithm>
#include <string>

#include "engine/decisions/blend.hpp"

namespace kindred::actors::gateway {

using api::Error;
using api::ErrorCode;

namespace {

std::string source_names() {
  std::string names;
  for (std::size_t i = 0; i < decisions::kSourceCount; ++i)
    names += (i == 0 ? "" : ", ") + std::string(name_of(static_cast<records::CandidateSource>(i)));
  return names;
}

/// The first thing that is wrong wins; later ones are not looked at.
class Checker {
public:
  Checker& that(bool holds, ErrorCode code, auto&& message) {
    if (!holds && !error_) error_ = Error{code, message(), 0};
    return *this;
  }
  Checker& user(const std::string& user) {
    that(!user.empty(), ErrorCode::kMissingUser, [] {
      return std::string("the user is missing: send userId, or anonymousId where nobody is known");
    });
    return id("userId", user);
  }
  Checker& id(std::string_view name, const std::string& text) {
    return bounded(name, text, kExternalIdBytesMax);
  }
  Checker& text(std::string_view name, const std::string& text) { return bounded(name, text, kTextBytesMax); }
  Checker& needed(std::string_view name, bool there) {
    return that(there, ErrorCode::kMissingField, [&] {
      return "'" + std::string(name) + "' is missing: it says what this is about, send it";
    });
  }
  Checker& count(std::string_view name, std::size_t count, std::size_t most) {
    return that(count <= most, ErrorCode::kTooLarge, [&] {
      return std::to_string(count) + " " + std::string(name) + ", at most " + std::to_string(most) +
             " are taken: send fewer";
    });
  }
  Checker& time(std::string_view name, Instant time) {
    return that(time.us >= -kTimeMax_us && time.us <= kTimeMax_us, ErrorCode::kInvalidTime, [&] {
      return "'" + std::string(name) + "' is " + std::to_string(time.us) +
             " µs since 1970, which no clock shows: check the unit (microseconds)";
    });
  }
  Checker& time(std::string_view name, const std::optional<Instant>& told) {
    return told ? time(name, *told) : *this;
  }
  Checker& price(std::string_view name, const Money& money, bool may_be_negative = false) {
    that(money.exponent <= 9, ErrorCode::kInvalidPrice,
         [&] { return "'" + std::string(name) + "' has more than 9 digits behind the point: round it"; });
    that(may_be_negative || money.minor >= 0, ErrorCode::kInvalidPrice, [&] {
      return "'" + std::string(name) +
             "' is negative: send what was paid, or an event 'refund' for what was paid back";
    });
    const auto& currency = money.currency;
    const bool letters =
        std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return that(letters || currency == std::array<char, 3>{}, ErrorCode::kInvalidValue, [&] {
      return "the currency of '" + std::string(name) +
             "' must be three capital letters of ISO 4217, like EUR";
    });
  }
  Checker& within(std::string_view name, std::int64_t value, std::int64_t least, std::int64_t most) {
    return that(value >= least && value <= most, ErrorCode::kInvalidValue, [&] {
      return "'" + std::string(name) + "' is " + std::to_string(value) + ", but must be from " +
             std::to_string(least) + " to " + std::to_string(most);
    });
  }
  Checker& fixed(std::string_view name, Fixed value) {
    constexpr auto kMost = static_cast<std::int64_t>(Fixed::kMax * Fixed::kOne);
    return that(value.raw >= -kMost && value.raw <= kMost, ErrorCode::kInvalidValue, [&] {
      return "'" + std::string(name) + "' is out of range: its magnitude must stay below 16,777,216";
    });
  }
  Checker& place(const std::optional<records::Place>& place) {
    if (!place) return *this;
    return within("latitude × 10^7", place->latitude_e7, -900'000'000, 900'000'000)
        .within("longitude × 10^7", place->longitude_e7, -1'800'000'000, 1'800'000'000);
  }
  Checker& properties(std::string_view name, const std::vector<records::Property>& properties,
                      std::size_t most) {
    count(name, properties.size(), most);
    for (const auto& property : properties) {
      if (error_) break;
      needed("property name", !property.name.empty()).text("property name", property.name);
      if (const auto* list = std::get_if<std::vector<std::string>>(&property.value))
        count("values in the list '" + property.name + "'", list->size(), records::kListMax);
      else if (const auto* at = std::get_if<Instant>(&property.value))
        time(property.name, *at);
      else if (const auto* where = std::get_if<records::Place>(&property.value))
        place(*where);
    }
    return *this;
  }
  Checker& context(const records::Context& context) {
    for (const auto* one : {&context.operating_system, &context.browser, &context.channel, &context.locale,
                            &context.country, &context.region})
      bounded("a text of the context", *one, kExternalIdBytesMax);
    if (context.zone_offset_minutes)
      within("zone offset in minutes", *context.zone_offset_minutes, -1080, 1080);
    return place(context.coordinates).properties("context keys", context.extra, records::kPropertiesMax);
  }
  std::optional<Error> error() { return std::move(error_); }

private:
  Checker& bounded(std::string_view name, const std::string& text, std::size_t most) {
    return that(text.size() <= most, ErrorCode::kTooLarge, [&] {
      return "'" + std::string(name) + "' has " + std::to_string(text.size()) + " bytes, at most " +
             std::to_string(most) + " are taken: shorten it";
    });
  }
  std::optional<Error> error_;
};

void check_lines(const std::vector<records::OrderLine>& lines, bool refund, Checker& checker) {
  checker.count("order lines", lines.size(), records::kOrderLinesMax);
  constexpr std::int64_t kMost = 1LL << 31;
  for (const auto& line : lines)
    checker.needed("item of an order line", !line.item.empty())
        .id("item of an order line", line.item)
        .within("quantity", line.quantity, refund ? -kMost : 0, kMost)
        .price("price of an order line", line.unit_price, refund)
        .price("discount of an order line", line.discount, refund)
        .price("tax of an order line", line.tax, refund)
        .id("coupon", line.coupon);
}

} // namespace

std::optional<Error> check(const records::Event& event) {
  Checker checker;
  checker.user(event.user_id);
  checker.needed("event", event.type != records::EventType::kCustom || !event.type_name.empty());
  for (const auto& [name, text] :
       {std::pair<std::string_view, const std::string*>{"anonymousId", &event.anonymous_id},
        {"messageId", &event.message_id},
        {"event", &event.type_name},
        {"item", &event.item},
        {"householdId", &event.household},
        {"sessionId", &event.session_id},
        {"orderId", &event.order_id},
        {"requestId", &event.request_id},
        {"author", &event.author}})
    checker.id(name, *text);
  checker.text("query", event.search_query).text("page", event.page).text("referrer", event.referrer);
  checker.text("campaign", event.campaign);
  checker.count("external ids", event.other_ids.size(), records::kListMax);
  checker.count("variants", event.variants.size(), records::kListMax);
  for (const auto& [space, value] : event.other_ids)
    checker.id("external id", space).id("external id", value);
  for (const auto& [experiment, variant] : event.variants)
    checker.id("experiment", experiment).id("variant", variant);
  const bool refund = event.type == records::EventType::kRefund;
  checker.time("timestamp", event.event_time)
      .time("sentAt", event.send_time)
      .price("value", event.value, refund);
  check_lines(event.lines, refund, checker);
  if (event.rating) checker.fixed("rating", *event.rating);
  if (event.dwell) checker.within("dwell in µs", event.dwell->us, 0, kDwellMax.us);
  checker.within("scrollPercent", event.scroll_percent, -1, 100);
  if (event.producer)
    checker.needed("producer name", !event.producer->name.empty()).id("producer name", event.producer->name);
  return checker.context(event.context)
      .properties("properties", event.properties, records::kPropertiesMax)
      .error();
}

std::optional<Error> check(const records::ProfileUpdate& update) {
  Checker checker;
  checker.user(update.user_id).id("author", update.author);
  checker.properties("traits", update.traits, records::kTraitsMax);
  checker.count("removed traits", update.removed.size(), records::kTraitsMax);
  for (const auto& name : update.removed) checker.text("removed trait", name);
  if (update.default_context) checker.context(*update.default_context);
  return checker.error();
}

std::optional<Error> check(const records::Consent& consent) {
  return Checker()
      .user(consent.user_id)
      .needed("granted or withdrawn", !consent.granted.empty() || !consent.withdrawn.empty())
      .text("reason", consent.reason)
      .id("author", consent.author)
      .error();
}

std::optional<Error> check(const records::Erase& erase) {
  return Checker().user(erase.user_id).text("reason", erase.reason).id("author", erase.author).error();
}

std::optional<Error> check(const records::Link& link) {
  if (link.user_id == link.to && !link.to.empty())
    return Error{ErrorCode::kInvalidValue,
                 "an id cannot be linked to itself: send the visitor's id as userId, the account's as to", 0};
  Checker checker;
  checker.user(link.user_id).needed("to", !link.to.empty());
  return checker.id("to", link.to).id("author", link.author).error();
}

std::optional<Error> check(const records::Exposed& exposed) {
  Checker checker;
  checker.user(exposed.user_id).id("requestId", exposed.request_id).time("shownAt", exposed.shown_at);
  checker.needed("decisionId or requestId", !exposed.decision.is_zero() || !exposed.request_id.empty());
  checker.count("slots", exposed.slots.size(), records::kSlotsMax);
  for (const auto slot : exposed.slots) checker.within("slot", slot, 0, records::kSlotsMax - 1);
  return checker.context(exposed.context).error();
}

std::optional<Error> check(const records::Reward& reward) {
  return Checker()
      .user(reward.user_id)
      .needed("decisionId", !reward.decision.is_zero())
      .needed("name", !reward.name.empty())
      .id("name", reward.name)
      .id("item", reward.item)
      .fixed("value", reward.value)
      .time("time", reward.time)
      .error();
}

std::optional<Error> check(const records::Item& item) {
  return Checker()
      .needed("item", !item.item.empty())
      .id("item", item.item)
      .text("title", item.title)
      .id("author", item.author)
      .price("price", item.price)
      .time("published", item.published)
      .properties("attributes", item.attributes, records::kAttributesMax)
      .error();
}

std::optional<Error> check(const records::Placement& placement) {
  Checker checker;
  checker.needed("placement", !placement.placement.empty()).id("placement", placement.placement);
  checker.id("author", placement.author).count("sources", placement.sources.size(), records::kListMax);
  for (const auto& source : placement.sources)
    checker.needed("source", !source.source.empty())
        .that(records::candidate_source_of(source.source).has_value(), ErrorCode::kInvalidValue,
              [&] { return "there is no source '" + source.source + "': known are " + source_names(); })
        .fixed("weight", source.weight);
  checker.within("exploration × 2^20", placement.exploration.raw, 0, static_cast<std::int64_t>(Fixed::kOne));
  checker.within("countMax", placement.count_max, 1, records::kSlotsMax);
  return checker.within("countDefault", placement.count_default, 1, placement.count_max).error();
}

std::optional<Error> check(const records::Tenant& tenant) {
  Checker checker;
  checker.needed("name", !tenant.name.empty()).id("name", tenant.name).id("author", tenant.author);
  const bool three = tenant.base_currency.size() == 3 &&
                     std::all_of(tenant.base_currency.begin(), tenant.base_currency.end(),
                                 [](char c) { return c >= 'A' && c <= 'Z'; });
  checker.that(tenant.base_currency.empty() || three, ErrorCode::kInvalidValue, [] {
    return std::string("'baseCurrency' must be three capital letters of ISO 4217, like EUR");
  });
  return checker.within("cartAbandonedAfter in µs", tenant.cart_abandoned_after.us, kMinute.us, 30 * kDay.us)
      .error();
}

std::optional<Error> check(const api::Decide& decide, bool follows_events) {
  Checker checker;
  checker.user(decide.user_id).id("placement", decide.placement).id("requestId", decide.request_id);
  checker.within("count", decide.count, 0, records::kSlotsMax);
  checker.that(follows_events || !decide.time, ErrorCode::kInvalidTime, [] {
    return std::string(
        "'time' is taken only by a server with the clock 'events': leave it out, now is meant");
  });
  checker.time("time", decide.time).count("excluded items", decide.exclude.size(), kExcludeMax);
  for (const auto& item : decide.exclude) checker.id("excluded item", item);
  return checker.context(decide.context).error();
}

std::optional<Error> check(const api::GetProfile& get) {
  Checker checker;
  checker.user(get.user_id).count("counters", get.counters.size(), kListLimitMax);
  for (const auto& name : get.counters) checker.id("counter", name);
  return checker.error();
}

Error error_of(const schemas::CodecFailure& failure) {
  using schemas::CodecError;
  const auto error = [&](ErrorCode code, const char* what_to_do) {
    return Error{code, failure.what + ": " + what_to_do, 0};
  };
  switch (failure.code) {
  case CodecError::kTooLarge: return error(ErrorCode::kTooLarge, "send less at once");
  case CodecError::kUnsupportedVersion:
    return error(ErrorCode::kUnsupportedVersion,
                 "this server speaks protocol version 1; use a client of that version");
  case CodecError::kInvalidText: return error(ErrorCode::kInvalidText, "encode text as UTF-8");
  case CodecError::kOutOfRange:
    return error(ErrorCode::kInvalidValue, "send a value within the field's range");
  case CodecError::kNotOurs:
  case CodecError::kChecksum:
  case CodecError::kTruncated:
  case CodecError::kMalformed: break;
  }
  return error(ErrorCode::kMalformed, "send one Cap'n Proto message of schemas/api.capnp in stream framing");
}

std::optional<TenantId> tenant_named(std::string_view name, const kindred::catalog::Library& library) {
  const auto* tenant = library.tenant(name.empty() ? std::string_view("default") : name);
  if (tenant == nullptr || tenant->removed) return std::nullopt;
  return TenantId{tenant->id};
}

} // namespace kindred::actors::gateway

#include "actors/gateway/recorder.hpp"

#include <gtest/gtest.h>

#include "actors/gateway/contract.hpp"
#include "engine/base/hash.hpp"
#include "engine/profiles/tenant_inputs.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/actors/gateway/gateway_world.hpp"

namespace kindred::actors::gateway {
namespace {

using api::ErrorCode;
using records::Event;

class RecorderTest : public testing::Test {
protected:
  Circumstance at(std::uint32_t query = 0, std::string_view key = {}) {
    return {kDefaultTenant, *world.library.tenant("default"), world.library, key, query, world.now, {}};
  }
  Recorded record(api::Query query, const Circumstance& circumstance) {
    auto recorded = recorder.record(std::move(query), circumstance);
    if (recorded.ok()) return recorded.take();
    ADD_FAILURE() << recorded.error().message;
    return {};
  }
  records::Record record_of(api::Query query) {
    return schemas::decode_record(record(std::move(query), at()).record).take();
  }
  Event event_of(api::Track track) { return std::get<Event>(record_of(std::move(track)).body); }

  GatewayWorld world;
  Recorder recorder{{4, false, 7}};
};

TEST_F(RecorderTest, TheHeaderSaysWhoseAndWhen) {
  auto track = view("u1", "", "m1");
  track.stated = records::kTraining;
  const auto record = record_of(track);
  EXPECT_EQ(record.header.id, event_record_id(kDefaultTenant, "u1", "m1"));
  EXPECT_EQ(record.header.slot, slot_of(kDefaultTenant, "u1"));
  EXPECT_EQ(record.header.stamp, world.now);
  EXPECT_EQ(record.header.stated, records::kTraining);
}

TEST_F(RecorderTest, AMissingTimeIsNow) { EXPECT_EQ(event_of(view("u")).event_time, world.now); }

TEST_F(RecorderTest, TimesAreClampedInLifeAndTheToldOneIsKept) {
  auto track = view("u");
  track.event.event_time = {1};
  EXPECT_EQ(event_of(track).event_time, world.now - kClientTimePastMax);
  EXPECT_EQ(event_of(track).original_time, Instant{1});
  track.event.event_time = world.now + kHour;
  EXPECT_EQ(event_of(track).event_time, world.now + kClientTimeAheadMax);
  track.event.event_time = world.now - kDay;
  EXPECT_FALSE(event_of(track).original_time);
  track.flags = records::flags::kImport;
  track.event.event_time = {1};
  EXPECT_EQ(event_of(track).event_time, Instant{1});
}

TEST_F(RecorderTest, WhatWasFirstSentBeforeTheWindowIsRefused) {
  auto track = view("u");
  track.event.send_time = world.now - kOnceWindow - kSecond;
  EXPECT_EQ(recorder.record(track, at()).error().code, ErrorCode::kTooOldInput);
  track.flags = records::flags::kImport;
  EXPECT_TRUE(recorder.record(track, at()).ok());
  track.flags = 0;
  track.event.send_time = world.now - kDay;
  EXPECT_TRUE(recorder.record(track, at()).ok());
}

TEST_F(RecorderTest, AProducerGoesWithTheFlagImportOnly) {
  auto track = view("u");
  track.event.producer = records::Producer{"shop", 1, 5};
  EXPECT_EQ(recorder.record(track, at()).error().code, ErrorCode::kInvalidValue);
  track.flags = records::flags::kImport;
  track.event.send_time = world.now - kDay * 300;
  EXPECT_EQ(event_of(track).producer, track.event.producer);
  track.event.producer->name.clear();
  EXPECT_EQ(recorder.record(track, at()).error().code, ErrorCode::kMissingField);
  track.event.producer->name.assign(kExternalIdBytesMax + 1, 'x');
  EXPECT_EQ(recorder.record(track, at()).error().code, ErrorCode::kTooLarge);
}

TEST_F(RecorderTest, AnImportedLineWithoutAnIdHasTheSameOneEveryTime) {
  const auto id = [&](std::uint64_t epoch, std::uint64_t sequence, const std::string& name = "shop") {
    auto track = view("u");
    track.flags = records::flags::kImport;
    track.event.producer = records::Producer{name, epoch, sequence};
    return record_of(track).header.id;
  };
  EXPECT_EQ(id(1, 5), id(1, 5));
  EXPECT_NE(id(1, 5), id(1, 6));
  EXPECT_NE(id(1, 5), id(2, 5));
  EXPECT_NE(id(1, 5), id(1, 5, "other"));
}

TEST_F(RecorderTest, ARepeatOfARequestWithAKeyHasTheSameIds) {
  const auto id = [&](std::uint32_t query, std::string_view key) {
    return schemas::decode_record(record(view("u"), at(query, key)).record).take().header.id;
  };
  EXPECT_EQ(id(0, "k"), id(0, "k"));
  EXPECT_NE(id(0, "k"), id(1, "k"));
  EXPECT_NE(id(0, "k"), id(0, "l"));
  EXPECT_NE(id(0, ""), id(0, "")) << "without a key every request is a new one";
}

TEST_F(RecorderTest, ConsentsAndTheRestHaveIdsThatARepeatHasAgain) {
  const auto id = [&](api::Query query) {
    return schemas::decode_record(record(std::move(query), at(3, "k")).record).take().header.id;
  };
  const api::SetConsent consent{{"u", records::kTraining, {}, "", ""}};
  EXPECT_EQ(id(consent), id(consent));
  EXPECT_NE(id(consent), id(api::EraseUser{{"u", "", ""}}));
}

TEST_F(RecorderTest, FactsComeFromTheCatalogElseFromTheEvent) {
  world.put_item("known", {{"category", std::string("shoes")}, {"brand", std::string("b")}});
  auto track = view("u", "known");
  track.event.properties = {{"category", std::string("told")}};
  EXPECT_EQ(event_of(track).item_facts.category, "shoes");
  EXPECT_EQ(event_of(track).item_facts.brand, "b");
  track.event.item = "unknown";
  EXPECT_EQ(event_of(track).item_facts.category, "told");
}

TEST_F(RecorderTest, AnUnknownItemIsAnnouncedUntilTheLibraryHasIt) {
  EXPECT_EQ(record(view("u", "new"), at()).new_items.size(), 1u);
  EXPECT_EQ(record(view("u", "new"), at()).new_items.size(), 0u);
  recorder.on_library_refused();
  const auto again = record(view("u", "new"), at()).new_items;
  ASSERT_EQ(again.size(), 1u);
  const auto item = std::get<records::Item>(schemas::decode_record(again[0]).take().body);
  EXPECT_TRUE(item.automatic);
  EXPECT_EQ(item.published, world.now);
  world.put_item("new");
  recorder.on_library(world.library);
  EXPECT_EQ(record(view("u", "new"), at()).new_items.size(), 0u);
}

TEST_F(RecorderTest, ItemsOfOrderLinesAreAnnouncedToo) {
  auto track = view("u");
  track.event.type = records::EventType::kPurchase;
  track.event.lines = {{"a", 1, {500, 2, {}}, {}, {}, ""}, {"b", 1, {}, {}, {}, ""}};
  const auto items = record(track, at()).new_items;
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(std::get<records::Item>(schemas::decode_record(items[0]).take().body).price, (Money{500, 2, {}}));
}

TEST_F(RecorderTest, TooLargeEventsAreRefused) {
  auto track = view("u");
  for (int i = 0; i < 30; ++i)
    track.event.properties.push_back({"p" + std::to_string(i), std::string(4000, 'x')});
  EXPECT_EQ(recorder.record(track, at()).error().code, ErrorCode::kTooLarge);
}

TEST_F(RecorderTest, TenantsGetIdsOfTheirOwn) {
  const auto id = [&](std::string name) {
    api::SetTenant set;
    set.tenant.name = std::move(name);
    return record(set, at()).tenant->id;
  };
  EXPECT_EQ(id("default"), kDefaultTenant.value);
  const auto first = id("a");
  EXPECT_NE(first, kDefaultTenant.value);
  EXPECT_NE(id("b"), first);
  EXPECT_EQ(id("a"), first);
}

TEST_F(RecorderTest, AdoptsCarryTheTenantsSettings) {
  records::Tenant tenant;
  tenant.id = 8;
  tenant.consent_default = records::kMeasurement;
  const auto adopts = recorder.adopts(tenant, 5, world.now);
  profiles::TenantInputs inputs;
  for (const auto& bytes : adopts) {
    const auto record = schemas::decode_record(bytes).take();
    EXPECT_EQ(record.header.tenant, TenantId{8});
    EXPECT_EQ(profiles::adopt(std::get<records::Adopt>(record.body), inputs), profiles::Adoption::kTaken);
  }
  EXPECT_EQ(inputs.consent_default, records::kMeasurement);
  EXPECT_EQ(inputs.cart_generation, 5u);
}

TEST(Recorder, EveryQueryIsAWriteOrARead) {
  EXPECT_TRUE(is_write(api::Track{}) && is_write(api::SetTenant{}) && is_write(api::PutItem{}));
  EXPECT_FALSE(is_write(api::Decide{}) || is_write(api::GetStatus{}) || is_write(api::ListRejects{}));
  EXPECT_EQ(user_of(api::Query(view("u"))), "u");
  EXPECT_EQ(message_id_of(api::Query(view("u", "", "m"))), "m");
}

} // namespace
} // namespace kindred::actors::gateway

#include "engine/profiles/merge.hpp"

#include <gtest/gtest.h>

#include "engine/profiles/counters.hpp"
#include "engine/profiles/marks.hpp"
#include "engine/profiles/personalization.hpp"
#include "engine/profiles/profile_codec.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

/// A visitor's story beside ann's: what he does before he says that he is ann.
class Merge : public ::testing::Test {
protected:
  Merge() { visitor_.user.user = "visitor"; }

  static records::Event of(records::Event event, const std::string& user) {
    event.user_id = user;
    return event;
  }
  void visit(EventType type, const std::string& item, Instant t) {
    visitor_.tell(of(event_of(type, item, t), "visitor"));
  }
  /// The visitor is ann; answers the record that her partition gets.
  records::Record link(std::uint64_t id = 1) {
    const Instant stamp = kNoon + kDay;
    records::MergeIn merge = leave(visitor_.user, "ann", visitor_.profile, visitor_.changes);
    return record_of(records::RecordType::kMergeIn, std::move(merge), {7, id}, stamp);
  }
  const Profile& ann() const { return *ann_.profile; }

  Story ann_, visitor_;
};

TEST_F(Merge, WhatOneGivesAwayTheOtherTakes) {
  ann_.tell(EventType::kView, "a", kNoon);
  visit(EventType::kView, "b", kNoon + kMinute);
  visit(EventType::kView, "c", kNoon - kMinute);
  const auto record = link();
  EXPECT_FALSE(visitor_.profile.has_value());
  EXPECT_TRUE(visitor_.changes.is_zero()) << "nothing of him is counted where he was";
  EXPECT_EQ(ann_.tell(record), Outcome::kApplied);

  Story one; // who had one id all along
  one.tell(event_of(EventType::kView, "c", kNoon - kMinute));
  one.tell(event_of(EventType::kView, "a", kNoon));
  one.tell(event_of(EventType::kView, "b", kNoon + kMinute));
  EXPECT_EQ(ann_.changes, one.changes);
  ASSERT_EQ(ann().personalization.history.size(), 3u);
  EXPECT_EQ(ann().personalization.history.front().item, item_id("c"));
  EXPECT_EQ(ann().personalization.history.back().item, item_id("b"));
  EXPECT_EQ(ann().personalization.items.size(), 3u);
  EXPECT_EQ(ann().personalization.counters, one.profile->personalization.counters);
  EXPECT_EQ(ann().personalization.events, 3u);
  EXPECT_EQ(ann().linked, std::vector<std::string>{"visitor"});
}

TEST_F(Merge, ItemsOfBothAreOneUse) {
  ann_.tell(EventType::kPurchase, "a", kNoon);
  visit(EventType::kView, "a", kNoon - kDay * 2);
  ann_.tell(link());
  ASSERT_EQ(ann().personalization.items.size(), 1u);
  const ItemUse& use = ann().personalization.items.front();
  EXPECT_EQ(use.count, 2u);
  EXPECT_EQ(use.purchases, 1u);
  EXPECT_EQ(use.first, kNoon - kDay * 2);
  EXPECT_EQ(use.last, kNoon);
  EXPECT_TRUE(use.has(EventType::kView) && use.has(EventType::kPurchase));
}

TEST_F(Merge, TheCartIsWhatBothLeftInIt) {
  ann_.tell(EventType::kRemoveFromCart, "a", kNoon + kMinute);
  visit(EventType::kAddToCart, "a", kNoon);
  visit(EventType::kAddToCart, "b", kNoon + kMinute * 2);
  ann_.tell(link());
  ASSERT_EQ(ann().personalization.cart.size(), 1u) << "a was taken out behind it was put in";
  EXPECT_EQ(ann().personalization.cart.front().item, item_id("b"));
  EXPECT_EQ(ann().personalization.cart_due, kNoon + kMinute * 2 + ann_.tenant.cart_abandoned_after);
}

TEST_F(Merge, HerTraitsWinAndHisFillIn) {
  records::ProfileUpdate hers{"ann", {{"city", std::string("Oslo")}}, {}, {}, ""};
  records::ProfileUpdate his{"visitor", {{"city", std::string("Bergen")}, {"size", 41.0 > 0}}, {}, {}, ""};
  ann_.tell(record_of(records::RecordType::kProfileUpdate, hers, {8, 1}, kNoon));
  visitor_.tell(record_of(records::RecordType::kProfileUpdate, his, {8, 2}, kNoon));
  ann_.tell(link());
  ASSERT_EQ(ann().personalization.traits.size(), 2u);
  EXPECT_EQ(std::get<std::string>(ann().personalization.traits[0].value), "Oslo");
  EXPECT_EQ(ann().personalization.traits[1].name, "size");
}

TEST_F(Merge, TheStricterConsentHolds) {
  const auto consent = [](const std::string& user, records::Purposes withdrawn, std::uint64_t id) {
    return record_of(records::RecordType::kConsent, records::Consent{user, {}, withdrawn, "", ""}, {9, id},
                     kNoon);
  };
  ann_.tell(EventType::kView, "a", kNoon);
  visit(EventType::kView, "b", kNoon);
  visitor_.tell(consent("visitor", records::kTraining, 1));
  ann_.tell(link());
  EXPECT_TRUE(ann().consent_told);
  EXPECT_FALSE(ann().consent.has(records::kTraining));
  EXPECT_TRUE(ann().consent.has(records::kPersonalization));
  EXPECT_TRUE(ann().training.marks.empty()) << "hers go, too: both are one, who withdrew it";
  EXPECT_TRUE(ann_.changes.is_zero());
  EXPECT_EQ(ann().personalization.events, 2u);
  EXPECT_TRUE(ann().personalization.beyond_training);
}

TEST_F(Merge, WhatHerConsentRefusesDoesNotComeInWithHim) {
  ann_.tell(record_of(records::RecordType::kConsent,
                      records::Consent{"ann", {}, records::kPersonalization | records::kMeasurement, "", ""},
                      {9, 1}, kNoon));
  visit(EventType::kView, "b", kNoon);
  ann_.tell(link());
  EXPECT_EQ(ann().personalization, PersonalizationLane{});
  EXPECT_EQ(ann().measurement, MeasurementLane{});
  EXPECT_EQ(ann().training.marks.size(), 1u) << "that purpose both grant";
}

/// What came for the visitor reaches her later than what came for herself.
TEST_F(Merge, AGrantOfBeforeAWithdrawalGrantsNothing) {
  const auto consent = [](records::Purposes granted, records::Purposes withdrawn, Instant stamp, bool sent) {
    auto record =
        record_of(records::RecordType::kConsent, records::Consent{"ann", granted, withdrawn, "", ""},
                  {9, static_cast<std::uint64_t>(stamp.us)}, stamp);
    if (sent) record.header.causation = {8, 8};
    return record;
  };
  const auto view = [](Instant stamp, const std::string& item) {
    auto record = record_of(records::RecordType::kEvent, event_of(EventType::kView, item, stamp),
                            {10, static_cast<std::uint64_t>(stamp.us)}, stamp);
    record.header.causation = {8, 8};
    return record;
  };
  const Instant withdrawn = kNoon + kHour;
  ann_.tell(link());
  ann_.tell(consent({}, records::kTraining, withdrawn, false));
  ann_.tell(consent(records::kTraining, {}, kNoon, true));
  EXPECT_FALSE(ann().consent.has(records::kTraining)) << "stamped before it";
  ann_.tell(consent(records::kTraining, {}, withdrawn, true));
  EXPECT_FALSE(ann().consent.has(records::kTraining)) << "at the same instant the stricter holds";
  ann_.tell(consent(records::kTraining, {}, withdrawn + kSecond, true));
  EXPECT_TRUE(ann().consent.has(records::kTraining)) << "and one of later grants";
  ann_.tell(view(kNoon, "a"));
  EXPECT_TRUE(ann().training.marks.empty()) << "but nothing comes in again that it had made go";
  EXPECT_EQ(ann().personalization.events, 1u) << "for another purpose it was not withdrawn";
  ann_.tell(view(withdrawn + kMinute, "b"));
  EXPECT_EQ(ann().training.marks.size(), 1u);
}

/// She withdrew and granted again before his profile arrived, and they were linked before both.
TEST_F(Merge, WhatWasWithdrawnMeanwhileDoesNotComeInWithHim) {
  visit(EventType::kView, "b", kNoon);
  const auto merge = link(); // stamped a day after noon
  const auto consent = [](records::Purposes granted, records::Purposes withdrawn, Instant stamp) {
    return record_of(records::RecordType::kConsent, records::Consent{"ann", granted, withdrawn, "", ""},
                     {9, static_cast<std::uint64_t>(stamp.us)}, stamp);
  };
  ann_.tell(consent({}, records::kTraining, kNoon + kDay + kMinute));
  ann_.tell(consent(records::kTraining, {}, kNoon + kDay + kHour));
  auto sent = merge;
  sent.header.causation = {8, 8};
  ann_.tell(sent);
  EXPECT_TRUE(ann().consent.has(records::kTraining));
  EXPECT_TRUE(ann().training.marks.empty());
  EXPECT_EQ(ann().personalization.events, 1u);
}

TEST_F(Merge, HisWithdrawalsAreHers) {
  visitor_.tell(record_of(records::RecordType::kConsent,
                          records::Consent{"visitor", {}, records::kTraining, "", ""}, {9, 1}, kNoon));
  ann_.tell(link());
  EXPECT_EQ(ann().withdrawals, (Withdrawals{{kNoon, records::kTraining}}));
}

TEST_F(Merge, AnUnknownUserTakesOverTheKeyThatVariantsAreGivenBy) {
  visit(EventType::kView, "b", kNoon);
  ann_.tell(link());
  EXPECT_EQ(ann().assignment_key, "visitor");
  EXPECT_FALSE(ann().mixed_keys);
}

TEST_F(Merge, WhoWasShownThingsUnderTwoKeysIsMarked) {
  for (Story* story : {&ann_, &visitor_}) {
    records::Decided decided;
    decided.user_id = story->user.user;
    decided.decision = {1, story == &ann_ ? 1u : 2u};
    decided.shown = {{item_id("a"), 0, false, 1 << 24}};
    decided.assume_shown = true;
    story->tell(record_of(records::RecordType::kDecided, decided, {6, decided.decision.low}, kNoon));
  }
  ann_.tell(link());
  EXPECT_EQ(ann().assignment_key, "ann");
  EXPECT_TRUE(ann().mixed_keys);
  EXPECT_EQ(ann().measurement.exposures, 2u);
  EXPECT_EQ(ann().measurement.decisions.size(), 2u);
}

TEST_F(Merge, NobodyMayBeLinked) {
  const auto record = link();
  EXPECT_TRUE(std::get<records::MergeIn>(record.body).image.empty());
  EXPECT_EQ(ann_.tell(record), Outcome::kApplied);
  EXPECT_EQ(ann().linked, std::vector<std::string>{"visitor"});
  EXPECT_EQ(ann().personalization, PersonalizationLane{});
  EXPECT_EQ(ann().assignment_key, "ann");
}

TEST_F(Merge, ADamagedImageLinksTheIdsAlone) {
  visit(EventType::kView, "b", kNoon);
  auto record = link();
  std::get<records::MergeIn>(record.body).image.resize(10);
  EXPECT_EQ(ann_.tell(record), Outcome::kApplied);
  EXPECT_EQ(ann().linked, std::vector<std::string>{"visitor"});
  EXPECT_EQ(ann().personalization.events, 0u);
}

TEST_F(Merge, EverythingStaysWithinItsBound) {
  for (std::size_t i = 0; i < kHistoryMax; ++i) {
    const Instant t = kNoon + kMinute * static_cast<std::int64_t>(i);
    ann_.tell(EventType::kView, "a" + std::to_string(i), t);
    visit(EventType::kView, "b" + std::to_string(i), t + kSecond);
  }
  ann_.tell(link());
  EXPECT_EQ(ann().personalization.history.size(), kHistoryMax);
  EXPECT_EQ(ann().personalization.history.back().item, item_id("b" + std::to_string(kHistoryMax - 1)));
  EXPECT_EQ(ann().personalization.items.size(), kHistoryMax * 2);
  const auto back = profile_from_canonical(ann_.user, canonical(ann()));
  ASSERT_TRUE(back.ok()) << "what is united can be stored";
  EXPECT_EQ(back.value(), ann());
}

TEST_F(Merge, TheIdLinkedLongestAgoGoesWhereThereAreTooMany) {
  for (std::size_t i = 0; i <= records::kLinkedMax; ++i) {
    Story visitor;
    visitor.user.user = "visitor" + std::to_string(i);
    records::MergeIn merge = leave(visitor.user, "ann", visitor.profile, visitor.changes);
    ann_.tell(record_of(records::RecordType::kMergeIn, std::move(merge), {7, i + 1}, kNoon));
  }
  EXPECT_EQ(ann().linked.size(), records::kLinkedMax);
  ASSERT_EQ(ann_.outbox.size(), 1u);
  const auto* unlink = std::get_if<records::Unlink>(&ann_.outbox[0].body);
  ASSERT_NE(unlink, nullptr);
  EXPECT_EQ(unlink->user_id, "visitor0");
  EXPECT_EQ(unlink->to, "ann");
  EXPECT_EQ(ann_.outbox[0].header.slot, slot_of(kDefaultTenant, "visitor0"));
}

TEST_F(Merge, WhatTheLinkedOneWasPassesOnHisOwnLinks) {
  visit(EventType::kView, "b", kNoon);
  visitor_.profile->linked = {"earlier"};
  ann_.tell(link());
  EXPECT_EQ(ann().linked, (std::vector<std::string>{"earlier", "visitor"}));
}

TEST_F(Merge, WhoToldNothingRefusesNothing) {
  for (Story* story : {&ann_, &visitor_}) story->tenant.consent_default = {};
  const auto grant = [](const std::string& user) {
    return record_of(records::RecordType::kConsent, records::Consent{user, records::kAllPurposes, {}, "", ""},
                     {9, 1}, kNoon);
  };
  ann_.tell(grant("ann"));
  ann_.tell(EventType::kView, "a", kNoon);
  ann_.tell(link());
  EXPECT_EQ(ann().consent, records::kAllPurposes);
  EXPECT_EQ(ann().personalization.events, 1u) << "what she granted is not taken back by a visitor";

  Story bob;
  bob.user.user = "bob";
  bob.tenant = ann_.tenant;
  visitor_.tell(grant("visitor"));
  visit(EventType::kView, "b", kNoon);
  auto record = link(2);
  std::get<records::MergeIn>(record.body).user_id = "bob";
  bob.tell(record);
  EXPECT_TRUE(bob.profile->consent_told) << "and what the visitor granted goes with him";
  EXPECT_EQ(bob.profile->personalization.events, 1u);
}

TEST_F(Merge, NobodyToldAndTheTenantsDefaultHolds) {
  ann_.tell(EventType::kView, "a", kNoon);
  visit(EventType::kView, "b", kNoon);
  ann_.tell(link());
  EXPECT_FALSE(ann().consent_told);
}

TEST_F(Merge, ExposuresThatWaitedForTheDecisionCountWithIt) {
  records::Exposed exposed;
  exposed.decision = {1, 5};
  exposed.slots = {1};
  records::Decided decided;
  decided.decision = {1, 5};
  decided.shown = {{item_id("a"), 0, false, 1 << 24}, {item_id("b"), 0, false, 1 << 24}};
  for (const bool hers : {true, false}) {
    Story ann, visitor;
    visitor.user.user = "visitor";
    (hers ? ann : visitor).tell(record_of(records::RecordType::kDecided, decided, {6, 1}, kNoon));
    (hers ? visitor : ann).tell(record_of(records::RecordType::kExposed, exposed, {6, 2}, kNoon));
    records::MergeIn merge = leave(visitor.user, "ann", visitor.profile, visitor.changes);
    ann.tell(record_of(records::RecordType::kMergeIn, std::move(merge), {7, 1}, kNoon));
    const MeasurementLane& lane = ann.profile->measurement;
    ASSERT_EQ(lane.decisions.size(), 1u) << hers;
    EXPECT_TRUE(lane.decisions[0].recorded) << hers;
    ASSERT_EQ(lane.decisions[0].shown.size(), 2u) << hers;
    EXPECT_EQ(lane.decisions[0].shown[1].happened, ShownItem::kExposed) << hers;
    EXPECT_EQ(lane.exposures, 1u) << hers;
  }
}

/// By the events clock a decision's id follows from its request's, which two users may share.
TEST_F(Merge, TwoDecisionsOfOneIdStayTwo) {
  records::Decided decided;
  decided.decision = {1, 5};
  decided.assume_shown = true;
  decided.shown = {{item_id("a"), 0, false, 1 << 24}};
  ann_.tell(record_of(records::RecordType::kDecided, decided, {6, 1}, kNoon));
  decided.shown = {{item_id("b"), 0, false, 1 << 24}};
  visitor_.tell(record_of(records::RecordType::kDecided, decided, {6, 2}, kNoon));
  ann_.tell(link());
  EXPECT_EQ(ann().measurement.decisions.size(), 2u);
  EXPECT_EQ(ann().measurement.exposures, 2u);
}

TEST_F(Merge, WhoAloneWasShownThingsKeepsTheKey) {
  ann_.tell(EventType::kView, "a", kNoon);
  records::Decided decided;
  decided.user_id = "visitor";
  decided.decision = {1, 2};
  decided.shown = {{item_id("a"), 0, false, 1 << 24}};
  decided.assume_shown = true;
  visitor_.tell(record_of(records::RecordType::kDecided, decided, {6, 2}, kNoon));
  ann_.tell(link());
  EXPECT_EQ(ann().assignment_key, "visitor") << "variants go on as they were shown";
  EXPECT_FALSE(ann().mixed_keys);
}

TEST_F(Merge, OneThatLinksNobodyIsIgnored) {
  records::MergeIn merge;
  merge.user_id = "ann";
  EXPECT_EQ(ann_.tell(record_of(records::RecordType::kMergeIn, merge, {7, 1}, kNoon)), Outcome::kIgnored);
  EXPECT_FALSE(ann_.profile.has_value());
}

records::Property big_trait(int number, char fill) {
  return {"trait" + std::to_string(number), std::vector<std::string>(60, Bytes(4096, fill))};
}

TEST_F(Merge, HisTraitsComeInAsFarAsThereIsRoom) {
  for (int i = 0; i < 4; ++i) { // 242 KiB each: two are taken
    ann_.tell(record_of(records::RecordType::kProfileUpdate,
                        records::ProfileUpdate{"ann", {big_trait(i, 'a')}, {}, {}, ""},
                        {8, static_cast<std::uint64_t>(i)}, kNoon));
    visitor_.tell(
        record_of(records::RecordType::kProfileUpdate,
                  records::ProfileUpdate{"visitor", {big_trait(i + 2, 'v'), {"small", true}}, {}, {}, ""},
                  {9, static_cast<std::uint64_t>(i)}, kNoon));
  }
  const auto before = ann().personalization.traits;
  ASSERT_GE(before.size(), 1u);
  ann_.tell(link());
  std::size_t bytes = 0;
  for (const records::Property& trait : ann().personalization.traits) bytes += bytes_of(trait);
  EXPECT_LE(bytes, kTraitsBytesMax);
  for (const records::Property& trait : before)
    EXPECT_NE(std::find(ann().personalization.traits.begin(), ann().personalization.traits.end(), trait),
              ann().personalization.traits.end())
        << "hers stay";
  EXPECT_EQ(ann().personalization.traits.back().name, "trait1") << "and what was small found room before";
  EXPECT_EQ(ann().personalization.traits.front().name, "small");
}

/// Every list of a profile as long as it may be, every text of it as long as it may be.
Profile full_profile() {
  constexpr std::size_t kName = 256, kText = 4096;
  const auto name = [](std::size_t n) {
    Bytes text = std::to_string(100'000 + n);
    text.resize(kName, 'n');
    return text;
  };
  records::Context context;
  for (Bytes* text : {&context.operating_system, &context.browser, &context.channel, &context.locale,
                      &context.country, &context.region})
    text->assign(kName, 'c');
  for (std::size_t i = 0; i < records::kPropertiesMax; ++i)
    context.extra.push_back({name(i), std::vector<std::string>(records::kListMax, Bytes(16, 'x'))});
  Profile profile;
  profile.key = {kDefaultTenant, name(0)};
  profile.assignment_key = name(0);
  for (std::size_t i = 0; i < records::kLinkedMax; ++i) profile.linked.push_back(name(i));
  PersonalizationLane& lane = profile.personalization;
  for (std::size_t i = 0; i < kHistoryMax; ++i) lane.history.emplace_back().order.time = kNoon + kSecond * 1;
  for (std::size_t i = 0; i < kItemsMax; ++i) lane.items.push_back({{i + 1}, 1, kNoon, kNoon, 1, 0, {}});
  for (std::size_t i = 0; i < records::kEventTypeCount * 16u; ++i)
    lane.counters.push_back({static_cast<EventType>(i / 16), static_cast<std::uint8_t>(i % 4), 0, 1});
  for (std::size_t i = 0; i < kCartMax; ++i) lane.cart.push_back({{i + 1}, kNoon, 1});
  for (std::size_t i = 0; i < kPathsMax; ++i) lane.paths.push_back({name(i) + ">" + name(i), 1, kNoon});
  for (std::size_t i = 0; i < kTastesMax; ++i)
    lane.tastes.push_back({Bytes(kText, static_cast<char>('a' + i)), 1});
  lane.last_page.assign(kPageBytesMax, 'p');
  lane.last_context = context;
  lane.default_context = context;
  for (int i = 0; i < 8; ++i) put_trait(lane.traits, big_trait(i, 't'), true);
  for (std::size_t i = 0; i < kMarksMax; ++i) profile.training.marks.emplace_back().order.time = kNoon;
  Choices& choices = profile.training.choices;
  for (std::size_t i = 0; i < kOpenChoicesMax; ++i)
    choices.open.push_back(
        {{1, i + 1}, name(i), name(i), kNoon, 1, true, Bytes(records::kCandidatesMax * 200, 'o')});
  for (std::size_t i = 0; i < kExamplesMax; ++i)
    choices.examples.push_back({kNoon, name(i), 1, true, true, 0, Bytes(kAlternativesMax * 200, 'e')});
  for (std::size_t i = 0; i < kDecisionsMax; ++i)
    profile.measurement.decisions.push_back(
        {{2, i + 1}, true, true, kNoon, name(i), name(i), std::vector<ShownItem>(records::kSlotsMax)});
  return profile;
}

TEST_F(Merge, AProfileAtAllItsBoundsFitsARecord) {
  std::optional<Profile> profile = full_profile();
  stats::FastDelta changes;
  records::MergeIn merge = leave(profile->key, Bytes(256, 't'), profile, changes);
  std::size_t others = 0;
  for (std::size_t i = 0; i < records::kMergePathMax; ++i) merge.path.push_back(Bytes(256, 'p'));
  for (const auto* ids : {&merge.linked, &merge.path})
    for (const std::string& id : *ids) others += id.size() + 16;
  EXPECT_GT(merge.image.size(), 1u << 20);
  EXPECT_LT(merge.image.size() + others, records::kMergeBytesMax / 2) << "with room for what is to come";
}

TEST_F(Merge, TraitsFromBeforeTheirBoundAreCut) {
  visit(EventType::kView, "b", kNoon);
  for (int i = 0; i < 20; ++i)
    visitor_.profile->personalization.traits.push_back(big_trait(100 + i, 'o')); // 5 MiB
  const auto record = link();
  EXPECT_LT(std::get<records::MergeIn>(record.body).image.size(), records::kMergeBytesMax / 2);
  EXPECT_EQ(ann_.tell(record), Outcome::kApplied);
  EXPECT_EQ(ann().personalization.events, 1u);
}

} // namespace
} // namespace kindred::profiles

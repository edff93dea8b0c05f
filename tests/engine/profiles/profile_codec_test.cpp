#include "engine/profiles/profile_codec.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/base/random.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

/// A profile in which every field says something.
Profile full_profile(std::uint64_t seed) {
  Random random(seed);
  Story story;
  Instant t = kNoon;
  constexpr EventType kTypes[] = {EventType::kView, EventType::kAddToCart, EventType::kPurchase,
                                  EventType::kDwell};
  for (std::uint64_t i = 4 + random.below(40); i > 0; --i) {
    auto event = event_of(kTypes[random.below(4)], "i" + std::to_string(random.below(9)),
                          t = t + Duration{static_cast<std::int64_t>(random.below(kHour.us))});
    event.page = "/p" + std::to_string(random.below(4));
    event.dwell = kSecond;
    event.session_id = random.below(2) == 0 ? "s" : "";
    event.value = {static_cast<std::int64_t>(random.below(1000)), 2, {'E', 'U', 'R'}};
    event.context.device = records::DeviceClass::kPhone;
    event.context.country = "BR";
    event.context.coordinates = records::Place{1, -2};
    event.context.zone_offset_minutes = std::int16_t{-180};
    event.context.extra = {{"weather", std::string("rain")}};
    event.decision = {1, 2};
    story.tell(event);
  }
  records::ProfileUpdate update{"ann", {}, {}, records::Context{}, ""};
  update.traits = {{"bool", true},
                   {"fixed", Fixed{5}},
                   {"int", std::int64_t{-7}},
                   {"list", std::vector<std::string>{"a", "b"}},
                   {"place", records::Place{7, 8}},
                   {"text", std::string("x")},
                   {"time", kNoon}};
  story.tell(record_of(records::RecordType::kProfileUpdate, update, {9, 1}, t));
  records::Decided decided;
  decided.decision = {3, 4};
  decided.user_id = "ann";
  decided.placement = "home";
  decided.request_id = "r";
  decided.as_of = t;
  decided.shown = {{item_id("i1"), 0, false, 1}, {item_id("i2"), 0, true, 1}};
  decided.assume_shown = true;
  story.tell(record_of(records::RecordType::kDecided, decided, {9, 2}, t));
  story.tell(record_of(records::RecordType::kConsent, records::Consent{"ann", {7}, {8}, "", ""}, {9, 3}, t));
  return *story.profile;
}

const UserKey kAnn{kDefaultTenant, "ann"};

TEST(ProfileCodec, AFullProfileComesBack) {
  const Profile profile = full_profile(1);
  ASSERT_FALSE(profile.personalization.paths.empty());
  ASSERT_FALSE(profile.training.marks.empty());
  ASSERT_FALSE(profile.measurement.decisions.empty());
  const auto read = profile_from_canonical(kAnn, canonical(profile));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value(), profile);
}

TEST(ProfileCodec, AnEmptyProfileComesBack) {
  Profile profile;
  profile.key = kAnn;
  EXPECT_EQ(profile_from_canonical(kAnn, canonical(profile)).value(), profile);
}

TEST(ProfileCodec, TheBytesOfAnEmptyProfileAreFixed) {
  const Bytes bytes = canonical(Profile{});
  EXPECT_EQ(bytes.front(), 5) << "version";
  EXPECT_EQ(bytes.size(), 247u);
  EXPECT_EQ(hash64(bytes), 7858158714058462541ULL)
      << "a change of this form needs a new version, and a reader for the old one";
}

/// Version 4 had no stamps of withdrawals. Requires: none in the profile.
Bytes without_stamps(Bytes bytes) {
  bytes.erase(1 + 8 + 8 + 1 + 4, 4);
  return bytes;
}

/// Version 3 had neither linked ids nor a flag for mixed keys. Requires: no assignment key.
Bytes without_links(Bytes bytes) {
  bytes.erase(1 + 8 + 8 + 1 + 4 + 4, 1 + 4);
  return bytes;
}

/// The bytes of a profile without marks as versions before wrote them: 4 had no stamps of withdrawals; 3 no links; 2 no tastes, orders and memberships; 1 no choices
/// and no flag of what may not train, either.
Bytes written_by(std::uint8_t version, const Profile& profile) {
  Bytes old = without_stamps(canonical(profile));
  old[0] = static_cast<char>(version);
  if (version == 4) return old;
  old = without_links(std::move(old));
  if (version == 3) return old;
  const std::size_t measurement = 4 + 12 + 8, choices = 8, marks = 4; // behind: the empty lane, empty lists
  const std::size_t segments = 4 + 8 + (4 + 8 + 8 + 8) + 2 * (4 + 4 + 8 + 1);
  old.erase(old.size() - measurement - choices - marks - segments, segments);
  if (version == 2) return old;
  old.erase(old.size() - measurement - choices, choices);
  old.erase(old.size() - measurement - marks - 1, 1); // the flag
  return old;
}

TEST(ProfileCodec, TheFormsBeforeAreStillRead) {
  Profile profile;
  profile.key = kAnn;
  profile.records = 7;
  profile.personalization.traits = {{"age", std::int64_t{40}}};
  ASSERT_EQ(written_by(1, Profile{}).size(), 155u);
  ASSERT_EQ(written_by(2, Profile{}).size(), 164u);
  ASSERT_EQ(hash64(written_by(2, Profile{})), 598816054166060162ULL) << "what version 2 wrote";
  ASSERT_EQ(hash64(written_by(3, Profile{})), 8330186840869431987ULL) << "what version 3 wrote";
  ASSERT_EQ(hash64(written_by(4, Profile{})), 16218203491822381578ULL) << "what version 4 wrote";
  for (const std::uint8_t version : {1, 2, 3, 4}) {
    const Bytes old = written_by(version, profile);
    const auto read = profile_from_canonical(kAnn, old);
    ASSERT_TRUE(read.ok()) << int{version};
    EXPECT_EQ(read.value(), profile);
    for (std::size_t size = 0; size < old.size(); ++size)
      ASSERT_FALSE(profile_from_canonical(kAnn, BytesView(old).substr(0, size)).ok()) << size;
  }
  profile.personalization.beyond_training = true;
  EXPECT_EQ(profile_from_canonical(kAnn, written_by(2, profile)).value(), profile);
}

TEST(ProfileCodec, MarksOfTheFormBeforeHadNoSegment) {
  Profile profile;
  profile.key = kAnn;
  profile.training.marks.push_back({{kNoon, 1, {1, 2}}, {11}, 5, 8, 9, 0, 2});
  Bytes old = without_links(without_stamps(canonical(profile)));
  old[0] = 2;
  const std::size_t behind = 4 + 8 + 4 + 12 + 8; // the kinds, choices, measurement
  ASSERT_EQ(old.substr(old.size() - behind - 8, 8), Bytes(8, '\0'));
  old.erase(old.size() - behind - 8, 8); // the scope of the segment
  const std::size_t mark = 32 + 8 * 4 + 4, segments = 4 + 8 + 28 + 34;
  old.erase(old.size() - (8 + 4 + 12 + 8) - mark - 4 - segments, segments);
  EXPECT_EQ(profile_from_canonical(kAnn, old).value(), profile);
}

TEST(ProfileCodec, LinkedIdsComeBack) {
  Profile profile;
  profile.key = kAnn;
  profile.mixed_keys = true;
  profile.linked = {"visitor-1", "visitor-7"};
  EXPECT_EQ(profile_from_canonical(kAnn, canonical(profile)).value(), profile);
  profile.linked.resize(records::kLinkedMax + 1, "x");
  EXPECT_FALSE(profile_from_canonical(kAnn, canonical(profile)).ok());
}

TEST(ProfileCodec, AnAliasIsToldFromAProfile) {
  const Bytes bytes = canonical(Alias{"ann"});
  EXPECT_TRUE(is_alias(bytes));
  EXPECT_FALSE(is_alias(canonical(Profile{})));
  EXPECT_EQ(alias_from_canonical(bytes), Alias{"ann"});
  EXPECT_EQ(alias_from_canonical(canonical(Profile{})), std::nullopt);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(alias_from_canonical(BytesView(bytes).substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(alias_from_canonical(bytes + "x"), std::nullopt);
  EXPECT_EQ(alias_from_canonical(canonical(Alias{})), std::nullopt) << "to nobody";
}

TEST(ProfileCodec, ANewerFormIsSeenByItsFirstByte) {
  EXPECT_FALSE(is_newer_profile(canonical(Profile{})));
  EXPECT_FALSE(is_newer_profile({}));
  EXPECT_TRUE(is_newer_profile("\x06 rest"));
}

TEST(ProfileCodec, EveryTruncationIsRefused) {
  const Bytes good = canonical(full_profile(2));
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_EQ(profile_from_canonical(kAnn, BytesView(good).substr(0, size)).error(), CodecError::kMalformed)
        << size;
  EXPECT_EQ(profile_from_canonical(kAnn, good + "x").error(), CodecError::kMalformed);
}

TEST(ProfileCodec, ANewerVersionIsSaidToBeNewer) {
  Bytes bytes = canonical(full_profile(3));
  ++bytes[0];
  EXPECT_EQ(profile_from_canonical(kAnn, bytes).error(), CodecError::kNewerVersion);
  bytes[0] = 0;
  EXPECT_EQ(profile_from_canonical(kAnn, bytes).error(), CodecError::kMalformed);
}

TEST(ProfileCodec, AHostileCountReservesNothing) {
  ByteWriter out;
  out.u8(1);
  out.i64(0);
  out.u64(0);
  out.u8(0);
  out.u32(0);
  out.text("");
  out.u64(0);
  out.u32(0xffffffffu); // history
  EXPECT_EQ(profile_from_canonical(kAnn, out.view()).error(), CodecError::kMalformed);
}

TEST(ProfileCodec, ListsOutOfOrderOrOverTheirBoundAreRefused) {
  Profile profile = full_profile(4);
  std::swap(profile.personalization.items.front(), profile.personalization.items.back());
  EXPECT_EQ(profile_from_canonical(kAnn, canonical(profile)).error(), CodecError::kMalformed);
  profile = full_profile(4);
  std::swap(profile.personalization.history.front(), profile.personalization.history.back());
  EXPECT_EQ(profile_from_canonical(kAnn, canonical(profile)).error(), CodecError::kMalformed);
  profile = full_profile(4);
  std::swap(profile.training.marks.front(), profile.training.marks.back());
  EXPECT_EQ(profile_from_canonical(kAnn, canonical(profile)).error(), CodecError::kMalformed);
  profile = {};
  for (std::size_t i = 0; i <= kDecisionsMax; ++i) profile.measurement.decisions.emplace_back();
  EXPECT_EQ(profile_from_canonical(kAnn, canonical(profile)).error(), CodecError::kMalformed);
}

RC_GTEST_PROP(ProfileCodec, AnyProfileComesBack, (std::uint16_t seed)) {
  const Profile profile = full_profile(seed);
  const auto read = profile_from_canonical(kAnn, canonical(profile));
  RC_ASSERT(read.ok());
  RC_ASSERT(read.value() == profile);
}

/// A flipped bit is refused, or it is another profile with that very form: never two forms of one profile.
RC_GTEST_PROP(ProfileCodec, AFlippedBitNeverMakesASecondForm, (std::uint32_t at)) {
  Bytes bytes = canonical(full_profile(at % 5));
  bytes[at / 8 % bytes.size()] ^= static_cast<char>(1 << at % 8);
  const auto read = profile_from_canonical(kAnn, bytes);
  if (read.ok()) RC_ASSERT(canonical(read.value()) == bytes);
}

// ---- what the form refuses, field by field

/// A profile with one of everything, made by hand, so that its bytes never depend on the fold.
Profile plain_profile() {
  Profile profile;
  profile.key = kAnn;
  profile.now = kNoon;
  profile.records = 3;
  profile.consent_told = true;
  profile.consent = {7};
  profile.withdrawals = {{kNoon, {8}}, {kNoon + kSecond, {16}}};
  profile.assignment_key = "ann";
  PersonalizationLane& lane = profile.personalization;
  lane.events = 2;
  lane.history.push_back(
      {{kNoon, 1, {1, 2}}, EventType::kView, {11}, 5, {6, 7}, {250, 2, {'E', 'U', 'R'}}, kSecond});
  lane.items = {{{11}, 2, kNoon, kNoon + kSecond, 2, 1, kSecond}};
  lane.counters = {{EventType::kView, 0, 9, 65536}};
  lane.cart = {{{11}, kNoon, 2}};
  lane.cart_touched = kNoon;
  lane.cart_due = kNoon + kHour;
  lane.carts_abandoned = 1;
  lane.sessions = 1;
  lane.dwell_total = kSecond;
  lane.last_page = "/b";
  lane.paths = {{"/a>/b", 4, kNoon}};
  lane.last_context.country = "BR";
  lane.traits = {{"age", std::int64_t{40}}};
  lane.default_context.emplace().device = records::DeviceClass::kTablet;
  lane.tastes = {{"books", 1}, {"lamps", 2}};
  lane.tastes_total = 4;
  lane.orders = {2, Fixed::from(12.5).value(), kNoon, 99};
  lane.clustered = {3, 2, kNoon, true};
  lane.rfm = {1, 0, kNoon + kHour, false};
  profile.training.marks.push_back({{kNoon, 1, {1, 2}}, {11}, 5, 8, 9, 10, 2});
  profile.measurement.decisions.push_back({{3, 4}, true, false, kNoon, "home", "r", {{{11}, 3}}});
  profile.measurement.exposures = 1;
  profile.measurement.clicks = 1;
  profile.measurement.reward_raw = -5;
  return profile;
}

TEST(ProfileCodec, TheBytesOfAFurnishedProfileAreFixed) {
  const Bytes bytes = canonical(plain_profile());
  EXPECT_EQ(hash64(bytes), hash64(canonical(plain_profile())));
  // version, now, records, consent told, consent, withdrawals, assignment key, mixed keys, number of linked ids, events, number of events in the history
  ByteWriter out;
  out.u8(5);
  out.instant(kNoon);
  out.u64(3);
  out.u8(1);
  out.u32(7);
  out.u32(2);
  out.instant(kNoon);
  out.u32(8);
  out.instant(kNoon + kSecond);
  out.u32(16);
  out.text("ann");
  out.u8(0);
  out.u32(0);
  out.u64(2);
  out.u32(1);
  out.instant(kNoon); // the event: order, type, item, session, decision, money, dwell
  out.u64(1);
  out.id128({1, 2});
  out.u8(1);
  out.u64(11);
  out.u64(5);
  out.id128({6, 7});
  out.i64(250);
  out.u8(2);
  out.raw("EUR");
  out.i64(1'000'000);
  EXPECT_EQ(bytes.substr(0, out.size()), out.view());
  ByteWriter end; // the decision, then what was counted
  end.u32(1);
  end.id128({3, 4});
  end.u8(1);
  end.u8(0);
  end.instant(kNoon);
  end.text("home");
  end.text("r");
  end.u32(1);
  end.u64(11);
  end.u8(3);
  end.u32(1);
  end.u32(1);
  end.u32(0);
  end.i64(-5);
  ASSERT_GT(bytes.size(), end.size());
  EXPECT_EQ(bytes.substr(bytes.size() - end.size()), end.view());
}

TEST(ProfileCodec, NoFlippedBitOfAFurnishedProfileMakesASecondForm) {
  const Bytes good = canonical(plain_profile());
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto read = profile_from_canonical(kAnn, bytes);
    if (!read.ok()) {
      ++refused;
      continue;
    }
    ASSERT_EQ(canonical(read.value()), bytes) << "bit " << bit;
    ASSERT_FALSE(read.value() == plain_profile()) << "bit " << bit;
  }
  EXPECT_GT(refused, 100u) << "version, flags, counts, types";
}

template <class Change>
bool is_refused(Change change) {
  Profile profile = plain_profile();
  change(profile);
  const auto read = profile_from_canonical(kAnn, canonical(profile));
  return !read.ok() && read.error() == CodecError::kMalformed;
}

TEST(ProfileCodec, EveryListHasItsOrder) {
  EXPECT_FALSE(is_refused([](Profile&) {}));
  const auto twice = [](auto& list) { list.push_back(list.front()); };
  EXPECT_TRUE(is_refused([&](Profile& p) { twice(p.personalization.items); }));
  EXPECT_TRUE(is_refused([&](Profile& p) { twice(p.personalization.counters); }));
  EXPECT_TRUE(is_refused([&](Profile& p) { twice(p.personalization.cart); }));
  EXPECT_TRUE(is_refused([&](Profile& p) { twice(p.personalization.paths); }));
  EXPECT_TRUE(is_refused([&](Profile& p) { twice(p.personalization.traits); }));
  EXPECT_TRUE(is_refused([&](Profile& p) { twice(p.personalization.tastes); }));
  EXPECT_FALSE(is_refused([&](Profile& p) { twice(p.personalization.history); })) << "lines of one order";
  EXPECT_FALSE(is_refused([&](Profile& p) { twice(p.training.marks); })) << "lines of one order";
  EXPECT_TRUE(is_refused([](Profile& p) { std::swap(p.withdrawals[0], p.withdrawals[1]); }));
  EXPECT_TRUE(is_refused([](Profile& p) { p.withdrawals[1].purposes.bits |= 8; })) << "each purpose once";
  EXPECT_TRUE(is_refused([](Profile& p) { p.withdrawals[1].purposes = {}; })) << "of none is none";
  EXPECT_TRUE(is_refused([](Profile& p) {
    p.personalization.counters.push_back({EventType::kCustom, 0, 9, 1});
  })) << "types ascend";
  EXPECT_TRUE(is_refused([](Profile& p) {
    p.personalization.counters.push_back({EventType::kView, 0, 8, 1});
  })) << "generations ascend";
}

/// With copies of its first.
template <class List>
void fill(List& list, std::size_t size) {
  while (list.size() < size) list.push_back(typename List::value_type(list.front()));
}

TEST(ProfileCodec, EveryListHasItsBound) {
  EXPECT_TRUE(is_refused([](Profile& p) { fill(p.personalization.history, kHistoryMax + 1); }));
  EXPECT_TRUE(is_refused([](Profile& p) {
    for (std::uint64_t i = 0; i < kItemsMax; ++i)
      p.personalization.items.push_back({{12 + i}, 0, {}, {}, 0, 0, {}});
  }));
  EXPECT_TRUE(is_refused([](Profile& p) {
    for (std::uint64_t i = 0; i < kCartMax; ++i) p.personalization.cart.push_back({{12 + i}, {}, 1});
  }));
  EXPECT_TRUE(is_refused([](Profile& p) {
    for (std::size_t i = 0; i < kPathsMax; ++i)
      p.personalization.paths.push_back({"0" + std::to_string(100 + i), 1, {}});
  }));
  EXPECT_TRUE(is_refused([](Profile& p) {
    for (std::size_t i = 0; i < records::kTraitsMax; ++i)
      p.personalization.traits.push_back({"b" + std::to_string(1000 + i), true});
  }));
  const auto tastes = [](std::size_t count) {
    return [count](Profile& p) {
      p.personalization.tastes.clear();
      for (std::size_t i = 0; i < count; ++i)
        p.personalization.tastes.push_back({"c" + std::to_string(100 + i), 1});
    };
  };
  EXPECT_FALSE(is_refused(tastes(kTastesMax)));
  EXPECT_TRUE(is_refused(tastes(kTastesMax + 1)));
  EXPECT_TRUE(is_refused([](Profile& p) { fill(p.training.marks, kMarksMax + 1); }));
  EXPECT_TRUE(
      is_refused([](Profile& p) { p.measurement.decisions.front().shown.resize(records::kSlotsMax + 1); }));
  EXPECT_FALSE(is_refused([](Profile& p) {
    p.measurement.decisions.front().shown.resize(records::kSlotsMax);
    while (p.measurement.decisions.size() < kDecisionsMax) p.measurement.decisions.emplace_back();
    fill(p.training.marks, kMarksMax);
    fill(p.personalization.history, kHistoryMax);
  })) << "each at its bound";
}

TEST(ProfileCodec, TypesThatDoNotExistAreRefused) {
  const auto wrong = static_cast<EventType>(records::kEventTypeCount);
  EXPECT_TRUE(is_refused([&](Profile& p) { p.personalization.history.front().type = wrong; }));
  EXPECT_TRUE(is_refused([&](Profile& p) { p.personalization.counters.front().type = wrong; }));
  EXPECT_TRUE(is_refused(
      [](Profile& p) { p.personalization.last_context.device = static_cast<records::DeviceClass>(99); }));
}

} // namespace
} // namespace kindred::profiles

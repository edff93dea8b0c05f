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
  EXPECT_EQ(bytes.front(), 1) << "version";
  EXPECT_EQ(bytes.size(), 155u);
  EXPECT_EQ(hash64(bytes), 17353494516029800394ULL)
      << "a change of this form needs a new version, and a reader for the old one";
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
  bytes[0] = 2;
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
  profile.measurement.decisions.resize(kDecisionsMax + 1);
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

} // namespace
} // namespace kindred::profiles

#include "engine/profiles/footprint.hpp"

#include <gtest/gtest.h>

#include "engine/profiles/profile_codec.hpp"
#include "tests/engine/profiles/stories.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;

TEST(Footprint, NothingIsHeldOfNobody) { EXPECT_EQ(footprint(Profile{}), 0u); }

TEST(Footprint, GrowsWithWhatIsKnown) {
  Story story;
  std::size_t before = 0;
  for (int i = 0; i < 64; ++i) {
    story.tell(EventType::kView, "item" + std::to_string(i), kNoon + kMinute * i);
    const std::size_t now = footprint(*story.profile);
    EXPECT_GE(now, before);
    before = now;
  }
  const std::size_t least =
      64 * (sizeof(HistoryEvent) + sizeof(ItemUse) + sizeof(Mark)); // whatever room the containers keep
  EXPECT_GE(before, least);
  EXPECT_LE(before, 3 * least);
}

TEST(Footprint, LongTextsCount) {
  Profile profile;
  profile.personalization.traits.push_back({"plan", Bytes(10'000, 'x')});
  EXPECT_GE(footprint(profile), 10'000u);
  const std::size_t without = footprint(profile);
  profile.measurement.decisions.emplace_back();
  profile.measurement.decisions[0].request_id = Bytes(300, 'r');
  EXPECT_GE(footprint(profile), without + 300 + sizeof(DecisionMemory));
}

/// What is read back has no room to spare.
TEST(Footprint, WhoIsReadBackIsNoLarger) {
  Story story;
  for (int i = 0; i < 20; ++i) story.tell(EventType::kView, "item" + std::to_string(i), kNoon + kMinute * i);
  const auto back = profile_from_canonical(story.user, canonical(*story.profile));
  ASSERT_TRUE(back.ok());
  EXPECT_LE(footprint(back.value()), footprint(*story.profile));
}

} // namespace
} // namespace kindred::profiles

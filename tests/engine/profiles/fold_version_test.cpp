// A build with one version of the fold. That of two: tests/cluster/next.
#include "engine/profiles/fold_version.hpp"

#include "engine/profiles/state_keys.hpp"
#include "tests/engine/profiles/partition_world.hpp"

namespace kindred::profiles {
namespace {

using FoldVersion = PartitionWorld;

TEST_F(FoldVersion, KnowsWhatItFoldsAndWhose) {
  const auto event = record_of(event_of(EventType::kView, "a", kNoon));
  EXPECT_TRUE(folds(event, records::kFoldFirst));
  EXPECT_EQ(user_of(event, records::kFoldFirst), "ann");
  EXPECT_FALSE(
      folds(record_of(RecordType::kPreference, records::Unknown{"?"}, {1, 1}, kNoon), records::kFoldFirst));
  EXPECT_FALSE(folds(record_of(RecordType::kItem, records::Item{}, {1, 1}, kNoon), records::kFoldFirst))
      << "of another log";
  EXPECT_TRUE(fold_versions().has(records::kFoldFirst));
  EXPECT_FALSE(fold_versions().has(fold_versions().newest + 1));
}

TEST_F(FoldVersion, AVersionOfTheFoldThatThisBuildHasNotStops) {
  const auto activate = [](std::uint32_t version, std::uint64_t id) {
    return record_of(RecordType::kActivate, records::Activate{version, "ada"}, {8, id}, kNoon);
  };
  view_by("ann");
  const auto digest = state_->digest();
  EXPECT_EQ(outcome(activate(records::kFoldFirst, 1)), Outcome::kIgnored);
  EXPECT_EQ(state_->digest(), digest) << "the version that a log begins with is not stored";
  const auto event = record_of(event_of(EventType::kView, "b", kNoon));
  EXPECT_EQ(apply({event, activate(fold_versions().newest + 1, 2)}).error(), FoldError::kTooOld);
  EXPECT_EQ(state_->digest(), digest);
}

TEST_F(FoldVersion, AStateOfANewerFoldIsNotTakenUp) {
  view_by("ann");
  flush();
  cold_.values[version_key()] = encode_version(fold_versions().newest + 1);
  EXPECT_EQ(PartitionState({{0}, 1 << 20}, cold_).restore().error(), FoldError::kTooOld);
  cold_.values[version_key()] = "?";
  EXPECT_EQ(PartitionState({{0}, 1 << 20}, cold_).restore().error(), FoldError::kBadState);
}

} // namespace
} // namespace kindred::profiles

// The fold of a build that has two versions: what an Activate record changes, and that nothing else does.
#include "engine/profiles/fold_version.hpp"

#include "tests/cluster/next/next_records.hpp"
#include "tests/engine/profiles/partition_world.hpp"

namespace kindred::profiles {
namespace {

class NextFold : public PartitionWorld {
protected:
  records::Record activate(std::uint32_t version, std::uint64_t id = 1) {
    return record_of(RecordType::kActivate, records::Activate{version, "ada"}, {8, id}, kNoon);
  }
  records::Record preference(std::uint64_t id = 1) {
    return next::preference({"ann", "boats", true}, {9, id}, kNoon);
  }
  records::Record named_update(std::uint64_t id = 2) {
    return next::named_update({"ann", "Bergen", "Nan"}, {9, id}, kNoon);
  }
  std::vector<std::string> traits() {
    std::vector<std::string> names;
    for (const auto& trait : find("ann")->personalization.traits) names.push_back(trait.name);
    return names;
  }
};

TEST_F(NextFold, BeginsAtTheFirstVersion) {
  EXPECT_EQ(state_->fold_version(), records::kFoldFirst);
  EXPECT_TRUE(fold_versions().has(records::kFoldFirst));
  EXPECT_TRUE(fold_versions().has(next::kVersion));
}

/// As the build before it: where both run side by side, both do the same.
TEST_F(NextFold, StopsAtWhatIsNewUntilActivated) {
  EXPECT_EQ(apply({preference()}).error(), FoldError::kTooOld);
  restart();
  EXPECT_EQ(apply({named_update()}).error(), FoldError::kTooOld);
  restart();
  EXPECT_EQ(apply({preference(), activate(next::kVersion)}).error(), FoldError::kTooOld)
      << "the record behind it does not make it known";
}

TEST_F(NextFold, KnowsWhatIsNewFromTheActivateOn) {
  view_by("ann");
  const auto result = apply({activate(next::kVersion), preference(), named_update(), preference()});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().outcomes, (std::vector<Outcome>{Outcome::kApplied, Outcome::kApplied,
                                                           Outcome::kApplied, Outcome::kSeenBefore}));
  EXPECT_EQ(state_->fold_version(), next::kVersion);
  EXPECT_EQ(traits(), (std::vector<std::string>{"city", "nickname", "topic boats"}));
}

TEST_F(NextFold, OnlyMovesForward) {
  EXPECT_EQ(outcome(activate(next::kVersion)), Outcome::kApplied);
  const auto digest = state_->digest();
  EXPECT_EQ(outcome(activate(next::kVersion, 2)), Outcome::kIgnored);
  EXPECT_EQ(outcome(activate(records::kFoldFirst, 3)), Outcome::kIgnored);
  EXPECT_EQ(state_->digest(), digest);
  EXPECT_EQ(apply({activate(next::kVersion + 1, 4)}).error(), FoldError::kTooOld);
  EXPECT_EQ(state_->fold_version(), next::kVersion);
}

TEST_F(NextFold, IsPartOfTheState) {
  view_by("ann");
  const auto before = state_->digest();
  outcome(activate(next::kVersion));
  EXPECT_NE(state_->digest(), before);
  const auto digest = state_->digest();
  flush();
  restart();
  EXPECT_EQ(state_->fold_version(), next::kVersion);
  EXPECT_EQ(state_->digest(), digest);
  EXPECT_EQ(outcome(preference()), Outcome::kApplied);
}

/// Law fold: where entries begin and end does not matter, nor that state was stored between them.
TEST_F(NextFold, IsTheSameInAnyGrouping) {
  const std::vector<records::Record> records{record_of(event_of(EventType::kView, "a", kNoon)),
                                             activate(next::kVersion), preference(), named_update()};
  ASSERT_TRUE(apply(records).ok());
  const auto all = state_->dump().value();
  const auto digest = state_->digest();
  cold_.values.clear();
  restart();
  sequence_ = 0;
  for (const auto& record : records) {
    ASSERT_TRUE(apply({record}).ok());
    flush();
    restart();
  }
  EXPECT_EQ(state_->dump().value(), all);
  EXPECT_EQ(state_->digest(), digest);
}

} // namespace
} // namespace kindred::profiles

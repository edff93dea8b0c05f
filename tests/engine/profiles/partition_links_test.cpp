#include <deque>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "engine/profiles/profile_codec.hpp"
#include "tests/engine/profiles/stories.hpp"
#include "tests/support/linked_run.hpp"

namespace kindred::profiles {
namespace {

using records::EventType;
using records::RecordType;
using support::kStreamStart;
using support::LinkedRun;

/// Three partitions, and users of whom nobody asks where they are.
class Links : public ::testing::Test {
protected:
  records::Record record(RecordType type, records::Body body) {
    records::Record record = record_of(type, std::move(body), {50, ++number_}, stamp());
    record.header.slot = slot_of(kDefaultTenant, records::user_of(record.body));
    return record;
  }
  records::Record view(const std::string& user, const std::string& item) {
    records::Event event = event_of(EventType::kView, item, stamp());
    event.user_id = user;
    return record(RecordType::kEvent, event);
  }
  records::Record link(const std::string& from, const std::string& to) {
    return record(RecordType::kLink, records::Link{from, to, ""});
  }
  records::Record erase(const std::string& user) {
    return record(RecordType::kErase, records::Erase{user, "asked", ""});
  }
  Instant stamp() { return kStreamStart + kSecond * static_cast<std::int64_t>(number_); }
  void tell(const std::vector<records::Record>& records) {
    for (const auto& one : records) run_->apply(one);
  }
  std::uint64_t events(const std::string& user) {
    const Profile* profile = run_->profile(user);
    return profile == nullptr ? 0 : profile->personalization.events;
  }
  std::uint64_t users() {
    std::uint64_t users = 0;
    for (std::uint16_t p = 0; p < run_->partitions(); ++p) users += run_->fold(p).state().users();
    return users;
  }

  std::unique_ptr<LinkedRun> run_ = std::make_unique<LinkedRun>(3, 5);
  std::uint64_t number_ = 0;
};

TEST_F(Links, TheProfileGoesAndAnAliasStays) {
  tell({view("visitor", "a"), view("visitor", "b"), view("ada", "c"), link("visitor", "ada")});
  run_->settle();
  EXPECT_EQ(run_->profile("visitor"), nullptr);
  EXPECT_EQ(run_->alias("visitor"), Alias{"ada"});
  EXPECT_EQ(events("ada"), 3u);
  EXPECT_EQ(users(), 1u);
}

TEST_F(Links, WhatComesLaterIsSentOn) {
  tell({link("visitor", "ada"), view("visitor", "a")});
  const auto sent = view("visitor", "b");
  tell({sent});
  run_->settle();
  EXPECT_EQ(events("ada"), 2u);
  EXPECT_EQ(run_->fold_of("visitor").apply(sent), Outcome::kSeenBefore) << "and known again at the alias";
  run_->deliver_again();
  EXPECT_EQ(events("ada"), 2u) << "and where it went";
}

TEST_F(Links, TheOutcomeSaysSo) {
  tell({link("visitor", "ada")});
  EXPECT_EQ(run_->fold_of("visitor").apply(view("visitor", "a")), Outcome::kSentOn);
}

TEST_F(Links, AnAliasSurvivesARestart) {
  tell({view("visitor", "a"), link("visitor", "ada")});
  run_->settle();
  auto& fold = run_->fold_of("visitor");
  fold.flush();
  const auto digest = fold.state().digest();
  fold.restart();
  EXPECT_EQ(fold.state().digest(), digest);
  EXPECT_EQ(digest, support::digest_of(fold.dump()));
  EXPECT_EQ(run_->alias("visitor"), Alias{"ada"});
  EXPECT_EQ(fold.apply(view("visitor", "b")), Outcome::kSentOn);
}

TEST_F(Links, ChainsFindTheirEnd) {
  tell({view("a", "x"), view("b", "x"), view("c", "x"), link("a", "b"), link("b", "c")});
  run_->settle();
  tell({view("a", "y")});
  run_->settle();
  EXPECT_EQ(events("c"), 4u);
  EXPECT_EQ(users(), 1u);
  const auto& linked = run_->profile("c")->linked;
  EXPECT_EQ((std::set<std::string>{linked.begin(), linked.end()}), (std::set<std::string>{"a", "b"}));
}

TEST_F(Links, AChainMadeFromItsEndFindsItsEnd) {
  tell({view("a", "x"), view("b", "x"), view("c", "x"), link("b", "c"), link("a", "b")});
  run_->settle();
  EXPECT_EQ(events("c"), 3u);
  EXPECT_EQ(users(), 1u);
}

TEST_F(Links, ALinkBackChangesNothing) {
  tell({view("a", "x"), view("b", "x"), link("a", "b")});
  run_->settle();
  EXPECT_EQ(run_->fold_of("b").apply(link("b", "a")), Outcome::kIgnored);
  EXPECT_EQ(events("b"), 2u);
}

TEST_F(Links, ASecondLinkChangesNothing) {
  tell({link("a", "b")});
  EXPECT_EQ(run_->fold_of("a").apply(link("a", "c")), Outcome::kIgnored);
  run_->settle();
  EXPECT_EQ(run_->alias("a"), Alias{"b"});
}

TEST_F(Links, AnIdIsNotLinkedToItself) {
  EXPECT_EQ(run_->fold_of("a").apply(link("a", "a")), Outcome::kIgnored);
  EXPECT_EQ(run_->alias("a"), std::nullopt);
}

/// Links of a circle that were written before any of them arrived: the least id is the user, everything is his.
TEST_F(Links, CirclesEndAtTheLeastId) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    run_ = std::make_unique<LinkedRun>(3, seed);
    tell({view("a", "x"), view("b", "x"), view("c", "x")});
    for (const auto& [from, to] : {std::pair("a", "b"), std::pair("b", "c"), std::pair("c", "a")})
      run_->hold(link(from, to));
    run_->release();
    tell({view("c", "y"), view("b", "y")});
    run_->settle();
    EXPECT_EQ(events("a"), 5u) << "seed " << seed;
    EXPECT_EQ(users(), 1u) << "seed " << seed;
    EXPECT_EQ(run_->alias("a"), std::nullopt);
    EXPECT_TRUE(run_->alias("b") && run_->alias("c"));
  }
}

TEST_F(Links, ErasingOneErasesAll) {
  for (const std::string erased : {"a", "b", "c"}) {
    run_ = std::make_unique<LinkedRun>(3, number_ + 1);
    tell({view("a", "x"), view("b", "x"), view("c", "x"), link("a", "b"), link("b", "c")});
    run_->settle();
    tell({erase(erased)});
    run_->settle();
    EXPECT_EQ(users(), 0u) << erased;
    for (const std::string id : {"a", "b", "c"}) {
      EXPECT_EQ(run_->alias(id), std::nullopt) << erased << " " << id;
      EXPECT_TRUE(run_->fold_of(id).state().tombstone_of({kDefaultTenant, id}).value().has_value());
    }
    EXPECT_TRUE(run_->changes().is_zero());
    tell({view("a", "z")});
    run_->settle();
    EXPECT_EQ(events("a"), 1u) << "who comes back begins anew, as himself";
  }
}

/// The erasure overtakes the profile that is on its way: it goes with him.
TEST_F(Links, AMergeThatComesToAnErasedUserIsErased) {
  tell({view("a", "x"), view("b", "x")});
  run_->hold(link("a", "b"));
  tell({erase("b")});
  run_->release();
  run_->settle();
  EXPECT_EQ(users(), 0u);
  EXPECT_EQ(run_->alias("a"), std::nullopt);
  EXPECT_TRUE(run_->changes().is_zero());
}

TEST_F(Links, AnUnlinkedIdBeginsAnew) {
  tell({view("a", "x"), link("a", "b")});
  run_->settle();
  EXPECT_EQ(run_->fold_of("a").apply(record(RecordType::kUnlink, records::Unlink{"a", "c", ""})),
            Outcome::kIgnored)
      << "it stands for another one";
  EXPECT_EQ(run_->fold_of("a").apply(record(RecordType::kUnlink, records::Unlink{"a", "b", ""})),
            Outcome::kApplied);
  tell({view("a", "y")});
  EXPECT_EQ(events("a"), 1u);
  EXPECT_EQ(events("b"), 1u);
}

TEST_F(Links, AnImportIsJudgedOnceWhereItCame) {
  auto imported = view("a", "x");
  imported.header.flags |= records::flags::kImport;
  std::get<records::Event>(imported.body).producer = records::Producer{"shop", 1, 1};
  auto later = view("b", "x");
  later.header.flags |= records::flags::kImport;
  std::get<records::Event>(later.body).producer = records::Producer{"shop", 1, 2};
  tell({link("a", "b"), later, imported});
  run_->settle();
  EXPECT_EQ(events("b"), 2u) << "b's watermark has passed it, yet it is new";
}

TEST_F(Links, ANewerBuildsImageStopsTheFold) {
  records::MergeIn merge{"ada", {"visitor"}, {}, Bytes("\x7f rest")};
  auto applied =
      run_->fold_of("ada").state().apply({{{9}, 1, 1}, {record(RecordType::kMergeIn, merge)}},
                                         run_->fold_of("ada").offset(), run_->fold_of("ada").changes);
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error(), FoldError::kTooOld);
}

TEST_F(Links, NoRoundSeesAnAlias) {
  tell({view("a", "x"), link("a", "b")});
  run_->settle();
  struct Visitor final : SweepVisitor {
    void visit(const Profile& profile) override { seen.push_back(profile.key.user); }
    std::vector<std::string> seen;
  } visitor;
  for (std::uint16_t p = 0; p < run_->partitions(); ++p) {
    run_->fold(p).flush();
    run_->fold(p).restart();
    const auto sweep = run_->fold(p).state().begin_sweep(kDefaultTenant, visitor);
    for (bool done = false; !done;) {
      const auto went_on = run_->fold(p).state().go_on_sweeping(sweep, 4);
      ASSERT_TRUE(went_on.ok());
      done = went_on.value();
    }
  }
  EXPECT_EQ(visitor.seen, std::vector<std::string>{"b"});
}

/// The clocks of two partitions are a week apart: what was acknowledged in one is not too old in the other.
TEST_F(Links, WhatIsSentOnIsNeverTooOld) {
  auto late = view("ada", "new");
  late.header.stamp = stamp() + kDay * 30;
  tell({late, view("visitor", "a"), link("visitor", "ada"), view("visitor", "b")});
  run_->settle();
  EXPECT_EQ(events("ada"), 3u);
  run_->deliver_again();
  EXPECT_EQ(events("ada"), 3u) << "known again all the same";
  tell({erase("visitor")});
  run_->settle();
  EXPECT_EQ(users(), 0u) << "nor is an erasure";
}

/// He comes back while the erasure is told from one of his ids to the next.
TEST_F(Links, AnErasureGoesRoundOnce) {
  tell({view("a", "x"), view("b", "x"), view("c", "x"), link("a", "b"), link("b", "c")});
  run_->settle();
  const auto first = erase("c");
  auto applied = run_->fold_of("c").apply_alone(first);
  ASSERT_EQ(applied.outbox.size(), 2u) << "to a and b";
  tell({view("c", "y")}); // begins anew
  std::deque<records::Record> on_their_way(applied.outbox.begin(), applied.outbox.end());
  std::size_t told = 0;
  for (; !on_their_way.empty() && told < 100; ++told) {
    const auto next = on_their_way.front();
    on_their_way.pop_front();
    const std::string user(records::user_of(next.body));
    EXPECT_EQ(next.header.causation, first.header.id);
    applied = run_->fold_of(user).apply_alone(next);
    EXPECT_EQ(applied.outcomes[0], told < 2 ? Outcome::kApplied : Outcome::kErased) << user;
    on_their_way.insert(on_their_way.end(), applied.outbox.begin(), applied.outbox.end());
  }
  EXPECT_LE(told, 6u);
  EXPECT_EQ(events("c"), 1u) << "what came after the erasure stays";
}

TEST_F(Links, ARefusedMergeComesBackToNobody) {
  tell({view("a", "x"), view("b", "x")});
  run_->hold(link("a", "b"));
  tell({erase("b")});
  tell({view("b", "y")}); // begins anew
  run_->release();
  run_->settle();
  EXPECT_EQ(run_->alias("a"), std::nullopt);
  EXPECT_EQ(events("b"), 1u);
}

TEST_F(Links, ADecisionThatCameBehindItsUsersLinkIsFound) {
  records::Decided decided;
  decided.user_id = "visitor";
  decided.decision = {1, 77};
  tell({view("visitor", "a"), link("visitor", "ada"), record(RecordType::kDecided, decided)});
  run_->settle();
  const auto place = run_->fold_of("visitor").state().find_decision({1, 77});
  ASSERT_TRUE(place.ok());
  ASSERT_TRUE(place.value().has_value()) << "where it was made";
  EXPECT_EQ(run_->profile("ada")->measurement.decisions.size(), 1u);
}

} // namespace
} // namespace kindred::profiles

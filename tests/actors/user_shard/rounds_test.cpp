#include "actors/user_shard/rounds.hpp"

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "tests/actors/user_shard/shard_world.hpp"
#include "tests/engine/rounds/choosers.hpp"

namespace kindred::actors::user_shard {
namespace {

using Fate = support::MemoryLog::Fate;

const Bytes kCount = rounds::RankerPass{}.canonical();

/// A pass that says of every example how likely it is: any other users, any other bytes.
Bytes sums() {
  rounds::RankerPass pass;
  pass.kind = rounds::RankerPass::Kind::kSums;
  pass.targets.push_back({"", std::vector<double>(learners::Ranker::kFeatures, 0.25), {}, {}});
  return pass.canonical();
}

struct ShardRounds : testing::Test {
  ShardWorld world;
  std::uint64_t decisions = 0;
  std::uint32_t passes = 0;

  /// The user is shown four items and takes one of them: an example. Every time other scores.
  std::vector<records::Record> choice(const std::string& user, std::size_t taken,
                                      TenantId tenant = kDefaultTenant) {
    Random random(++decisions);
    rounds::Scores scores(4, std::vector<double>(records::kCandidateSourceCount));
    for (auto& of_candidate : scores)
      for (double& score : of_candidate) score = random.uniform();
    auto decided = rounds::decided_of(decisions, scores, world.now);
    decided.user_id = user;
    for (std::size_t i = 0; i < decided.candidates.size(); ++i)
      decided.candidates[i].item = item_id("item" + std::to_string(i));
    const auto in_tenant = [&](records::Record record) {
      record.header.tenant = tenant;
      record.header.slot = slot_of(tenant, user);
      return record;
    };
    auto event = ShardWorld::event(user, "item" + std::to_string(taken), world.now, ++world.number);
    std::get<records::Event>(event.body).decision = decided.decision;
    return {in_tenant(ShardWorld::record(std::move(decided), records::RecordType::kDecided, user,
                                         ++world.number, world.now)),
            in_tenant(std::move(event))};
  }
  void choose(const std::string& user, std::size_t taken, TenantId tenant = kDefaultTenant) {
    world.track(choice(user, taken, tenant));
  }
  void choose_all(int users) {
    for (int i = 0; i < users; ++i) choose("user" + std::to_string(i), static_cast<std::size_t>(i % 4));
  }

  void open(std::uint64_t round, const std::string& learner = "ranker", TenantId tenant = kDefaultTenant) {
    world.carry_out(world.shard->handle(OpenRound{tenant, learner, round, world.now}));
    world.run();
  }
  void close(std::uint64_t round, bool accepted = true) {
    world.carry_out(
        world.shard->handle(CloseRound{kDefaultTenant, "ranker", round, accepted, world.now + kSecond}));
    world.run();
  }
  AskPass ask_of(std::uint64_t round, Bytes parameters, TenantId tenant = kDefaultTenant) {
    return {tenant, "ranker", round, ++passes, std::make_shared<const Bytes>(std::move(parameters))};
  }
  /// Asks and takes the answer.
  Passed pass(std::uint64_t round, Bytes parameters, TenantId tenant = kDefaultTenant) {
    world.carry_out(world.shard->handle(ask_of(round, std::move(parameters), tenant)));
    world.run();
    const auto passed = told<Passed>();
    EXPECT_FALSE(passed.empty());
    if (passed.empty()) return {};
    EXPECT_EQ(passed.back().round, round);
    EXPECT_EQ(passed.back().pass, passes);
    return passed.back();
  }
  std::string lost(std::uint64_t round) {
    const Passed passed = pass(round, kCount);
    EXPECT_TRUE(passed.lost.empty() || passed.statistic.empty());
    return passed.lost;
  }
  /// Examples that the round counts.
  std::int64_t examples(std::uint64_t round, TenantId tenant = kDefaultTenant) {
    const Passed passed = pass(round, kCount, tenant);
    const auto statistic = rounds::RankerStatistic::from(passed.statistic);
    EXPECT_TRUE(statistic) << passed.lost;
    if (!statistic) return -1;
    std::int64_t all = 0;
    for (const auto& [placement, count] : statistic->counts) all += count.all;
    return all;
  }
  /// What a pass must answer of the users as they are now.
  Bytes expected(int users, const Bytes& parameters) {
    rounds::RankerGatherer gatherer(world.now);
    for (int i = 0; i < users; ++i) {
      const auto profile = world.shard->partition_state().find({kDefaultTenant, "user" + std::to_string(i)});
      if (profile.value() != nullptr) gatherer.visit(*profile.value());
    }
    return rounds::pass_of(gatherer, parameters);
  }
  template <class Report>
  std::vector<Report> told() const {
    std::vector<Report> found;
    for (const auto& report : world.reports)
      if (const auto* one = std::get_if<Report>(&report)) found.push_back(*one);
    return found;
  }
  std::vector<records::Record> logged(records::RecordType type) const {
    auto records = world.logged(world.stream());
    std::erase_if(records, [&](const auto& record) { return record.header.type != type; });
    return records;
  }
  void crash() {
    world.crash();
    world.begin_life();
  }
};

// ---- a round from its Cut to its CutDone

TEST_F(ShardRounds, ACutIsAppendedAndToldOnceEverybodyWasLookedAt) {
  choose_all(3);
  open(7);
  const auto cuts = logged(records::RecordType::kCut);
  ASSERT_EQ(cuts.size(), 1u);
  EXPECT_EQ(std::get<records::Cut>(cuts[0].body), (records::Cut{"ranker", 7}));
  EXPECT_EQ(cuts[0].header.stamp, world.now) << "its as-of";
  EXPECT_EQ(cuts[0].header.tenant, kDefaultTenant);
  ASSERT_EQ(world.reports.size(), 1u);
  const auto gathered = told<Gathered>();
  ASSERT_EQ(gathered.size(), 1u);
  EXPECT_EQ(gathered[0].cut, 3u) << "behind three entries";
  EXPECT_EQ(gathered[0].round, 7u);
  EXPECT_EQ(gathered[0].learner, "ranker");
  EXPECT_EQ(gathered[0].tenant, kDefaultTenant);
  EXPECT_EQ(gathered[0].partition, PartitionId{});
  EXPECT_EQ(gathered[0].lost, "");
}

TEST_F(ShardRounds, APassAnswersTheSumOverAllUsers) {
  const int users = static_cast<int>(kSweepSlice + kPassSlice) * 2 + 1;
  choose_all(users);
  open(1);
  EXPECT_EQ(examples(1), users);
  const Passed passed = pass(1, sums());
  EXPECT_EQ(passed.lost, "");
  EXPECT_EQ(passed.statistic, expected(users, sums()));
  EXPECT_EQ(pass(1, sums()).statistic, passed.statistic) << "as often as one likes";
  EXPECT_EQ(examples(1), users) << "and in any order";
}

TEST_F(ShardRounds, WithoutUsersThereIsAStatisticOfNobody) {
  open(1);
  ASSERT_EQ(told<Gathered>().size(), 1u);
  EXPECT_EQ(examples(1), 0);
}

TEST_F(ShardRounds, ClosedOnceItsCutDoneIsFolded) {
  choose_all(2);
  open(4);
  world.tail_runs = false;
  close(4);
  EXPECT_TRUE(told<Closed>().empty()) << "appended, not folded";
  world.tail_runs = true;
  world.run();
  const auto closed = told<Closed>();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].round, 4u);
  EXPECT_EQ(closed[0].learner, "ranker");
  const auto dones = logged(records::RecordType::kCutDone);
  ASSERT_EQ(dones.size(), 1u);
  EXPECT_EQ(std::get<records::CutDone>(dones[0].body), (records::CutDone{"ranker", 4, true}));
  EXPECT_EQ(dones[0].header.stamp, world.now + kSecond);
  EXPECT_NE(dones[0].header.id, logged(records::RecordType::kCut)[0].header.id);
  EXPECT_EQ(lost(4), "this partition does not hold the cut any more");
}

TEST_F(ShardRounds, ARoundThatWasNeverOpenedHereIsClosedAllTheSame) {
  close(9, false);
  ASSERT_EQ(told<Closed>().size(), 1u) << "whoever lost a cut still wants its end";
  EXPECT_FALSE(std::get<records::CutDone>(logged(records::RecordType::kCutDone)[0].body).accepted);
}

TEST_F(ShardRounds, ItsEndDoesNotCloseANewerOne) {
  choose_all(2);
  open(5);
  close(4);
  EXPECT_EQ(examples(5), 2);
  close(6);
  EXPECT_NE(lost(5), "") << "the end of a newer one closes it: it was forgotten";
}

TEST_F(ShardRounds, PassesThatWaitAreToldOfItsEnd) {
  choose_all(static_cast<int>(kPassSlice) * 3);
  open(1);
  world.tail_runs = false;
  world.carry_out(world.shard->handle(CloseRound{kDefaultTenant, "ranker", 1, true, world.now}));
  world.run();
  world.tail_runs = true;
  world.to_shard(ask_of(1, sums()));
  world.to_shard(ask_of(1, sums()));
  world.run(); // the CutDone, held back, comes before their slices are through
  const auto passed = told<Passed>();
  ASSERT_EQ(passed.size(), 2u);
  for (const Passed& one : passed) EXPECT_NE(one.lost, "");
  EXPECT_EQ(told<Closed>().size(), 1u);
}

// ---- as they were at the Cut

TEST_F(ShardRounds, WhoChangedAfterTheCutCountsAsHeWas) {
  choose_all(3);
  const Bytes before = expected(4, sums());
  world.tail_runs = false;
  open(1);
  choose("user0", 2);
  choose("user1", 3);
  choose("user3", 1); // was nobody then
  records::Erase erase;
  erase.user_id = "user2";
  world.track({ShardWorld::record(erase, records::RecordType::kErase, "user2", ++world.number, world.now)});
  world.tail_runs = true;
  world.run();
  EXPECT_EQ(examples(1), 3);
  EXPECT_EQ(pass(1, sums()).statistic, before);
  const Bytes after = expected(4, sums());
  EXPECT_NE(after, before);
  open(2);
  EXPECT_EQ(pass(2, sums()).statistic, after) << "the next one sees them as they are";
}

TEST_F(ShardRounds, ChangesBetweenSlicesDoNotCount) {
  const int users = static_cast<int>(kSweepSlice) * 3;
  choose_all(users);
  const Bytes before = expected(users, sums());
  world.pass(kFlushEvery * 2);
  crash(); // all of them cold
  world.carry_out(world.shard->handle(OpenRound{kDefaultTenant, "ranker", 1, world.now}));
  int changed = 0;
  const auto change_one = [&] {
    const records::Authorship author{WriterId{55}, 1, static_cast<std::uint64_t>(++changed)};
    auto records = choice("user" + std::to_string(users - changed), 1); // against the hand
    world.log->produce(world.stream(), schemas::encode_entry({author, std::move(records)}),
                       [](ports::Verdict) {});
  };
  while (world.step() && told<Gathered>().empty())
    if (!logged(records::RecordType::kCut).empty() && changed < users) change_one();
  EXPECT_GT(changed, 3) << "slices and changes took turns";
  world.run();
  EXPECT_EQ(examples(1), users);
  EXPECT_EQ(pass(1, sums()).statistic, before);
  open(2);
  EXPECT_EQ(examples(2), users + changed);
}

TEST_F(ShardRounds, TenantsAreApart) {
  choose_all(3);
  choose("user0", 1, TenantId{5});
  open(1);
  open(2, "ranker", TenantId{5});
  EXPECT_EQ(examples(1), 3) << "still open beside the other";
  EXPECT_EQ(examples(2, TenantId{5}), 1);
  EXPECT_EQ(logged(records::RecordType::kCut)[1].header.tenant, TenantId{5});
}

TEST_F(ShardRounds, OldExamplesAreAsOldAsTheCutSays) {
  choose_all(2);
  world.now = world.now + rounds::kRankerWindow + kSecond;
  choose("user5", 1);
  open(1);
  EXPECT_EQ(examples(1), 1) << "the as-of of the round is its Cut's stamp";
}

// ---- which round is held

TEST_F(ShardRounds, ANewerRoundTakesThePlace) {
  choose_all(2);
  open(1);
  choose("user7", 1);
  open(2);
  EXPECT_EQ(examples(2), 3);
  EXPECT_EQ(lost(1), "this partition does not hold the cut any more");
  EXPECT_EQ(told<Gathered>().size(), 2u);
}

TEST_F(ShardRounds, AnOlderRoundDoesNot) {
  choose_all(2);
  open(2);
  choose("user7", 1);
  open(1);
  open(2);
  EXPECT_EQ(examples(2), 2) << "neither it nor the same once more";
  EXPECT_NE(lost(1), "");
}

TEST_F(ShardRounds, APassOfARoundThatIsNotHeldIsLost) {
  EXPECT_EQ(lost(1), "this partition does not hold the cut any more");
  open(1);
  EXPECT_NE(lost(2), "");
  EXPECT_NE(pass(1, kCount, TenantId{5}).lost, "") << "another tenant's";
  EXPECT_EQ(lost(1), "");
}

TEST_F(ShardRounds, APassBeforeEverybodyWasLookedAtIsLost) {
  choose_all(2);
  world.carry_out(world.shard->handle(OpenRound{kDefaultTenant, "ranker", 1, world.now}));
  world.to_shard(ask_of(1, kCount)); // comes behind the Cut and before the first slice
  world.run();
  const auto passed = told<Passed>();
  ASSERT_EQ(passed.size(), 1u);
  EXPECT_EQ(passed[0].lost, "this partition has not gathered all of its users yet");
  EXPECT_EQ(told<Gathered>().size(), 1u) << "which goes on";
  EXPECT_EQ(examples(1), 2);
}

TEST_F(ShardRounds, ForeignParametersAreToldAndHarmNothing) {
  choose_all(2);
  open(1);
  EXPECT_EQ(pass(1, "of another build").lost, "these are no parameters of the learner");
  EXPECT_EQ(examples(1), 2);
}

TEST_F(ShardRounds, ALearnerThatThisBuildDoesNotHaveIsTold) {
  open(1, "oracle");
  const auto gathered = told<Gathered>();
  ASSERT_EQ(gathered.size(), 1u);
  EXPECT_EQ(gathered[0].lost, "this build has no learner of that name");
  EXPECT_EQ(gathered[0].learner, "oracle");
  EXPECT_EQ(gathered[0].cut, 0u);
  EXPECT_TRUE(world.standing().ready) << "the log has a Cut of a newer build, which is folded";
}

TEST_F(ShardRounds, OnlySoManyAreGatheredAtOnce) {
  choose_all(2);
  std::vector<records::Record> cuts;
  for (std::uint32_t tenant = 1; tenant <= profiles::kSweepsMax + 1; ++tenant) {
    cuts.push_back(ShardWorld::record(records::Cut{"ranker", 1}, records::RecordType::kCut, "",
                                      1'000 + tenant, world.now));
    cuts.back().header.tenant = {tenant};
  }
  world.track(std::move(cuts));
  const auto gathered = told<Gathered>();
  ASSERT_EQ(gathered.size(), profiles::kSweepsMax + 1);
  EXPECT_EQ(gathered[0].lost, "too many rounds at once: 4 are open");
  EXPECT_EQ(gathered[0].tenant.value, profiles::kSweepsMax + 1);
  for (std::size_t i = 1; i < gathered.size(); ++i) EXPECT_EQ(gathered[i].lost, "");
  EXPECT_EQ(examples(1), 2);
  open(2, "ranker", TenantId{profiles::kSweepsMax + 1});
  EXPECT_EQ(told<Gathered>().back().lost, "") << "there is room again";
}

TEST_F(ShardRounds, ARoundWhoseEndDoesNotComeIsLetGo) {
  choose_all(2);
  open(1);
  world.pass(kRoundKept);
  EXPECT_EQ(examples(1), 2);
  world.pass(Duration{1});
  EXPECT_EQ(lost(1), "this partition does not hold the cut any more");
  open(2);
  EXPECT_EQ(examples(2), 2);
}

// ---- what goes wrong

TEST_F(ShardRounds, ACutThatTheLogRefusesIsTold) {
  choose_all(2);
  world.log->fail(ports::LogError::kDiskFull);
  open(3);
  const auto gathered = told<Gathered>();
  ASSERT_EQ(gathered.size(), 1u);
  EXPECT_EQ(gathered[0].lost, "the log refused its cut");
  EXPECT_EQ(gathered[0].round, 3u);
  world.log->fail(std::nullopt);
  open(3);
  EXPECT_EQ(told<Gathered>().back().lost, "") << "the same may be asked again";
  EXPECT_EQ(examples(3), 2);
}

TEST_F(ShardRounds, ACutWithoutAVerdictIsSentAgain) {
  choose_all(2);
  for (const auto kind : {Fate::Kind::kUnknownLost, Fate::Kind::kUnknownTaken}) {
    world.reports.clear();
    int attempts = 0;
    world.log->judge_with([&](const records::Stream& stream, BytesView) {
      Fate fate;
      if (stream.topic == records::Topic::kEvents && ++attempts == 1) fate.kind = kind;
      return fate;
    });
    const std::uint64_t round = kind == Fate::Kind::kUnknownLost ? 1 : 2;
    open(round);
    world.pass(kAppendRetryAfter);
    EXPECT_EQ(attempts, 2);
    ASSERT_EQ(told<Gathered>().size(), 1u) << "once, though it may stand in the log twice";
    EXPECT_EQ(told<Gathered>()[0].lost, "");
    EXPECT_EQ(examples(round), 2);
    world.log->judge_with(nullptr);
  }
}

TEST_F(ShardRounds, AStoppedPartitionSaysSo) {
  choose_all(2);
  world.pass(kFlushEvery * 2);
  world.crash();
  world.log_disk->tapes.erase(world.stream());
  world.begin_life();
  ASSERT_FALSE(world.standing().ready);
  open(1);
  const auto gathered = told<Gathered>();
  ASSERT_EQ(gathered.size(), 1u);
  EXPECT_EQ(gathered[0].lost, "the partition is not ready");
  EXPECT_NE(lost(1), "");
}

TEST_F(ShardRounds, AStoreThatFailsWhileGatheringEndsTheActor) {
  choose_all(static_cast<int>(kSweepSlice) * 2);
  world.pass(kFlushEvery * 2);
  crash();
  world.store->fail(ports::StoreError::kIo);
  open(1);
  EXPECT_GE(world.quits, 1);
  EXPECT_TRUE(told<Gathered>().empty());
  world.store->fail(std::nullopt);
  crash();
  ASSERT_EQ(told<Gathered>().size(), 1u) << "the next life comes by the Cut again";
}

// ---- crashes

TEST_F(ShardRounds, ACutThatIsFoldedAgainIsGatheredAgain) {
  const int users = static_cast<int>(kSweepSlice) * 2;
  choose_all(users);
  world.pass(kFlushEvery * 2);
  ASSERT_EQ(world.probe.flushes, 1u);
  open(1);
  choose("user0", 3); // behind the Cut
  const Bytes statistic = pass(1, sums()).statistic;
  const auto first = told<Gathered>();
  world.reports.clear();
  crash();
  const auto again = told<Gathered>();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].cut, first.at(0).cut) << "the same place in the log";
  EXPECT_EQ(again[0].lost, "");
  EXPECT_EQ(pass(1, sums()).statistic, statistic) << "from colder users, the same bytes";
}

TEST_F(ShardRounds, ACutThatWasFlushedIsLostWithItsLife) {
  choose_all(2);
  open(1);
  EXPECT_EQ(examples(1), 2);
  world.pass(kFlushEvery * 2);
  crash();
  EXPECT_EQ(told<Gathered>().size(), 1u) << "it is not folded again";
  EXPECT_EQ(lost(1), "this partition does not hold the cut any more");
  open(2);
  EXPECT_EQ(examples(2), 2);
}

TEST_F(ShardRounds, ACutAppendedJustBeforeTheEndIsGatheredByTheNextLife) {
  choose_all(2);
  world.tail_runs = false;
  open(1);
  EXPECT_TRUE(told<Gathered>().empty());
  world.crash();
  world.tail_runs = true;
  world.begin_life();
  ASSERT_EQ(told<Gathered>().size(), 1u);
  EXPECT_EQ(examples(1), 2);
}

TEST_F(ShardRounds, ARoundThatIsOverIsNotHeldWhenItIsFoldedAgain) {
  choose_all(2);
  open(1);
  close(1);
  world.reports.clear();
  crash();
  EXPECT_EQ(told<Closed>().size(), 1u);
  EXPECT_NE(lost(1), "");
}

TEST_F(ShardRounds, GatheringAndFlushingGoOnSideBySide) {
  const int users = static_cast<int>(kSweepSlice) * 3;
  choose_all(users);
  world.pass(kFlushEvery * 2);
  const auto flushed = world.probe.flushes.load();
  choose_all(3); // dirty
  world.carry_out(world.shard->handle(OpenRound{kDefaultTenant, "ranker", 1, world.now}));
  world.pass(kFlushEvery * 2); // the batch is made in slices, too
  EXPECT_GT(world.probe.flushes.load(), flushed);
  ASSERT_EQ(told<Gathered>().size(), 1u);
  EXPECT_EQ(examples(1), users + 3);
}

} // namespace
} // namespace kindred::actors::user_shard

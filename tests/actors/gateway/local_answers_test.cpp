#include "actors/gateway/local_answers.hpp"

#include <gtest/gtest.h>

#include "actors/fast_models/solved_fold.hpp"
#include "engine/rounds/learner.hpp"
#include "tests/actors/fast_models/models_log.hpp"
#include "tests/actors/gateway/gateway_world.hpp"

namespace kindred::actors::gateway {
namespace {

class LocalAnswersTest : public testing::Test {
protected:
  api::AnswerBody ask(api::Query query) { return local.answer(query, kDefaultTenant, world.now); }
  GatewayWorld world;
  RejectChannel rejects;
  LocalAnswers local{{world.library_cell, world.models_cell, [] { return api::Status{}; }}, rejects};
};

TEST_F(LocalAnswersTest, OutsideOfAClusterThereIsNothingToShow) {
  EXPECT_EQ(std::get<api::Error>(ask(api::ShowCluster{})).code, api::ErrorCode::kNotFound);
  EXPECT_EQ(std::get<api::Error>(ask(api::DrainNode{{"b", true, ""}})).code, api::ErrorCode::kNotFound);
}

TEST_F(LocalAnswersTest, AWishToDrainIsHandedOnWhereTheNodeHasJoined) {
  api::Cluster cluster{"shop", "a", 2, 7, {}, {}, {}};
  cluster.members.resize(2);
  cluster.members[0].name = "b";
  cluster.members[0].state = "present";
  cluster.members[1].name = "c";
  cluster.members[1].state = "notJoined";
  std::vector<records::Drain> wishes;
  Views views{world.library_cell, world.models_cell, [] { return api::Status{}; }};
  views.cluster = [&] { return cluster; };
  views.drain = [&](records::Drain drain) { wishes.push_back(std::move(drain)); };
  LocalAnswers in_cluster{views, rejects};
  const auto asked = [&](api::Query query) { return in_cluster.answer(query, kDefaultTenant, world.now); };
  cluster.tenant = kDefaultTenant; // what a client needs beside the map
  EXPECT_EQ(std::get<api::Cluster>(asked(api::ShowCluster{})), cluster);
  EXPECT_TRUE(wishes.empty());
  EXPECT_EQ(std::get<api::Cluster>(asked(api::DrainNode{{"b", true, "ada"}})), cluster);
  EXPECT_EQ(wishes, (std::vector<records::Drain>{{"b", true, "ada"}}));
  EXPECT_EQ(std::get<api::Error>(asked(api::DrainNode{{"c", true, ""}})).code, api::ErrorCode::kNotFound);
  EXPECT_EQ(wishes.size(), 1u);
}

TEST_F(LocalAnswersTest, ItemsComeInPages) {
  for (int i = 0; i < 5; ++i) world.put_item("i" + std::to_string(i));
  auto page = std::get<api::Items>(ask(api::ListItems{"", 2, ""}));
  EXPECT_EQ(page.total, 5u);
  ASSERT_EQ(page.items.size(), 2u);
  EXPECT_EQ(page.next, "i1");
  page = std::get<api::Items>(ask(api::ListItems{"i1", 10, ""}));
  ASSERT_EQ(page.items.size(), 3u);
  EXPECT_EQ(page.items[0].item, "i2");
  EXPECT_EQ(page.next, "");
}

TEST_F(LocalAnswersTest, OneItemOrNone) {
  world.put_item("i");
  EXPECT_EQ(std::get<api::Items>(ask(api::ListItems{"", 10, "i"})).items.size(), 1u);
  EXPECT_EQ(code_of(ask(api::ListItems{"", 10, "j"})), api::ErrorCode::kNotFound);
  EXPECT_EQ(code_of(ask(api::ListItems{"j", 10, ""})), api::ErrorCode::kNotFound);
}

TEST_F(LocalAnswersTest, DefaultPlacementModelsAndStatus) {
  const auto placements = std::get<api::Placements>(ask(api::ListPlacements{})).placements;
  ASSERT_EQ(placements.size(), 1u);
  EXPECT_EQ(placements[0].placement, "default");
  EXPECT_TRUE(std::get<api::Models>(ask(api::ListModels{})).models.empty()) << "nothing was ever learnt";
  fast_models::Snapshot snapshot;
  snapshot.end = 12;
  world.models_cell.publish(std::make_shared<const fast_models::Snapshot>(std::move(snapshot)));
  const auto models = std::get<api::Models>(ask(api::ListModels{})).models;
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0].version, "12");
  EXPECT_EQ(std::get<api::Status>(ask(api::GetStatus{})).models.size(), 1u);
  EXPECT_EQ(local.generations().front().second, "12");
}

// ---- solved models

constexpr TenantId kOther{7};

/// A tenant with a champion, a challenger, two former champions of "ranker", and a champion of "ranker/home".
class SolvedAnswers : public testing::Test {
protected:
  SolvedAnswers() {
    for (int number = 1; number <= 3; ++number)
      put("ranker", number, static_cast<std::uint64_t>(number - 1), records::ModelRole::kChampion);
    put("ranker", 4, 3, records::ModelRole::kChallenger);
    put("ranker/home", 5, 0, records::ModelRole::kChampion);
    fast_models::Snapshot snapshot;
    snapshot.solved = fold.lines();
    snapshot.end = 12;
    world.models_cell.publish(std::make_shared<const fast_models::Snapshot>(std::move(snapshot)));
  }
  void put(const std::string& name, int number, std::uint64_t expects, records::ModelRole role) {
    const Bytes parameters = fast_models::parameters_of(number);
    fold.fold(fast_models::chunk_records(name, parameters)[0]);
    fold.fold(fast_models::solved_record(fast_models::manifest_of(name, parameters, expects, role)));
  }
  std::vector<api::ModelInfo> list(TenantId tenant = kDefaultTenant) {
    return std::get<api::Models>(local.answer(api::ListModels{}, tenant, world.now)).models;
  }
  std::vector<api::ModelInfo> show(const std::string& name, TenantId tenant = kDefaultTenant) {
    return std::get<api::Models>(local.answer(api::ShowModel{name}, tenant, world.now)).models;
  }
  static std::vector<std::string> lines(const std::vector<api::ModelInfo>& models) {
    std::vector<std::string> lines;
    for (const auto& one : models) lines.push_back(one.name + " " + one.state);
    return lines;
  }
  static std::string version_of(int number) { return to_hex(hash128(fast_models::parameters_of(number))); }

  GatewayWorld world;
  RejectChannel rejects;
  fast_models::SolvedFold fold;
  model::Rounds known{9, 10, Instant{77}, "12 examples, 200 are needed", false};
  LocalAnswers local{{world.library_cell, world.models_cell, [] { return api::Status{}; },
                      [this](const std::string& learner, TenantId tenant) {
                        return learner == "ranker" && tenant == kDefaultTenant ? known : model::Rounds{};
                      }},
                     rejects};
};

TEST_F(SolvedAnswers, AListHasWhatServesAndWhatWaits) {
  const auto models = list();
  EXPECT_EQ(lines(models), (std::vector<std::string>{"fast live", "ranker champion", "ranker challenger",
                                                     "ranker/home champion"}));
  const api::ModelInfo& champion = models[1];
  EXPECT_EQ(champion.version, version_of(3));
  EXPECT_EQ(champion.generation, 3u);
  EXPECT_EQ(champion.trained_at, Instant{3'000'000});
  EXPECT_EQ(champion.reason, "reason 2");
  EXPECT_EQ(champion.round, 9u) << "of its learner";
  ASSERT_EQ(champion.metrics.size(), 1u);
  EXPECT_EQ(champion.metrics[0], (api::Counter{"gain", Fixed{7}.to_double()}));
  EXPECT_TRUE(champion.parameters.empty()) << "only where one is asked for";
  EXPECT_EQ(models[2].version, version_of(4));
  EXPECT_EQ(models[3].round, 9u) << "a placement's is the same learner's";
  EXPECT_EQ(lines(list(kOther)), std::vector<std::string>{"fast live"}) << "tenants are apart";
  EXPECT_EQ(std::get<api::Status>(local.answer(api::GetStatus{}, kDefaultTenant, world.now)).models, models);
}

TEST_F(SolvedAnswers, OneModelIsShownWithItsFormersAndParameters) {
  const auto models = show("ranker");
  EXPECT_EQ(lines(models), (std::vector<std::string>{"ranker champion", "ranker challenger", "ranker retired",
                                                     "ranker retired"}));
  const std::vector<int> numbers{3, 4, 2, 1};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(models[i].version, version_of(numbers[i]));
    const auto described = rounds::described("ranker", fast_models::parameters_of(numbers[i]));
    ASSERT_EQ(models[i].parameters.size(), described.size());
    EXPECT_EQ(models[i].parameters.front(),
              (api::Counter{described.front().first, described.front().second}));
  }
  EXPECT_EQ(lines(show("ranker/home")), std::vector<std::string>{"ranker/home champion"});
}

TEST_F(SolvedAnswers, WithoutAModelItTellsWhatItsRoundsSaid) {
  const auto models = show("ranker/basket");
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0].name, "ranker/basket");
  EXPECT_EQ(models[0].version, "prior");
  EXPECT_EQ(models[0].state, "none");
  EXPECT_EQ(models[0].round, 9u);
  EXPECT_EQ(models[0].trained_at, Instant{77});
  EXPECT_EQ(models[0].reason, "12 examples, 200 are needed");
  const auto others = show("ranker", kOther);
  ASSERT_EQ(others.size(), 1u);
  EXPECT_EQ(others[0].round, 0u);
  EXPECT_EQ(others[0].reason, "no round came to its end yet");
}

TEST_F(SolvedAnswers, ALearnerThatThereIsNotIsNotFound) {
  for (const char* name : {"oracle", "", "fast", "rankers"})
    EXPECT_EQ(code_of(local.answer(api::ShowModel{name}, kDefaultTenant, world.now)),
              api::ErrorCode::kNotFound)
        << name;
}

TEST_F(SolvedAnswers, BeforeAnythingIsPublishedThereIsNothingToTell) {
  world.models_cell.publish(nullptr);
  EXPECT_TRUE(list().empty());
  EXPECT_EQ(show("ranker").at(0).state, "none");
  LocalAnswers without({world.library_cell, world.models_cell, [] { return api::Status{}; }}, rejects);
  const auto body = without.answer(api::ShowModel{"ranker"}, kDefaultTenant, world.now);
  EXPECT_EQ(std::get<api::Models>(body).models.at(0).round, 0u) << "nor of rounds";
}

} // namespace
} // namespace kindred::actors::gateway

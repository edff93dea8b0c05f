#include "actors/gateway/local_answers.hpp"

#include <gtest/gtest.h>

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

} // namespace
} // namespace kindred::actors::gateway

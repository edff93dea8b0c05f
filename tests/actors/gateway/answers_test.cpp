#include "actors/gateway/answers.hpp"

#include <gtest/gtest.h>

namespace kindred::actors::gateway {
namespace {

TEST(Answers, ARefusalSaysWhenToAskAgain) {
  const auto answer = refused(7, {api::ErrorCode::kOverloaded, "too much", 50});
  EXPECT_EQ(answer.request_id, 7u);
  EXPECT_EQ(answer.retry_after_ms, 50u);
  ASSERT_EQ(answer.bodies.size(), 1u);
  EXPECT_EQ(std::get<api::Error>(answer.bodies[0]).code, api::ErrorCode::kOverloaded);
}

TEST(Answers, GenerationsAreOfWhatIsThere) {
  fast_models::Snapshot models;
  models.end = 12;
  catalog::Snapshot library;
  library.end = 3;
  EXPECT_TRUE(generations_of(nullptr, nullptr).empty());
  using Generations = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(generations_of(&models, &library), (Generations{{"fast", "12"}, {"library", "3"}}));
  EXPECT_EQ(generations_of(nullptr, &library), (Generations{{"library", "3"}}));
}

} // namespace
} // namespace kindred::actors::gateway

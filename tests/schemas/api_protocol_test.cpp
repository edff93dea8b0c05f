#include "schemas/api_protocol.hpp"

#include <set>

#include <gtest/gtest.h>

#include "engine/records/types.hpp"
#include "schemas/api.capnp.h"

namespace kindred::api {
namespace {

TEST(ErrorCodes, NamesAreDistinctAndForEver) {
  std::set<std::string_view> names;
  for (std::uint16_t code = 1; code <= 29; ++code) names.insert(name_of(ErrorCode{code}));
  EXPECT_EQ(names.size(), 29u);
  EXPECT_EQ(name_of(ErrorCode::kMalformed), "malformed");
  EXPECT_EQ(name_of(ErrorCode::kInvalidPrice), "invalidPrice");
  EXPECT_EQ(name_of(ErrorCode::kUnknownOutcome), "unknownOutcome");
  EXPECT_EQ(name_of(ErrorCode::kNotLogged), "notLogged");
  EXPECT_EQ(name_of(ErrorCode::kInternal), "internal");
  EXPECT_EQ(name_of(ErrorCode{30}), "unknown") << "a code of a newer server";
}

/// The schema and the values must mean the same by a number.
TEST(ErrorCodes, HaveTheNumbersOfTheSchema) {
  EXPECT_EQ(static_cast<int>(ErrorCode::kMalformed), static_cast<int>(wire::ErrorCode::MALFORMED));
  EXPECT_EQ(static_cast<int>(ErrorCode::kOverloaded), static_cast<int>(wire::ErrorCode::OVERLOADED));
  EXPECT_EQ(static_cast<int>(ErrorCode::kErased), static_cast<int>(wire::ErrorCode::ERASED));
  EXPECT_EQ(static_cast<int>(ErrorCode::kCollision), static_cast<int>(wire::ErrorCode::COLLISION));
  EXPECT_EQ(static_cast<int>(ErrorCode::kInternal), static_cast<int>(wire::ErrorCode::INTERNAL));
}

TEST(EventTypes, HaveTheNumbersOfTheSchema) {
  EXPECT_EQ(static_cast<int>(records::EventType::kPurchase), static_cast<int>(wire::EventType::PURCHASE));
  EXPECT_EQ(static_cast<int>(records::EventType::kSurveyAnswer),
            static_cast<int>(wire::EventType::SURVEY_ANSWER));
  EXPECT_EQ(static_cast<int>(records::EventType::kError), static_cast<int>(wire::EventType::ERROR));
  EXPECT_EQ(records::kEventTypeCount, static_cast<int>(wire::EventType::ERROR) + 1);
}

TEST(RecordTypes, HaveTheNumbersOfTheSchema) {
  EXPECT_EQ(static_cast<int>(records::RecordType::kEvent), static_cast<int>(wire::RecordType::EVENT));
  EXPECT_EQ(static_cast<int>(records::RecordType::kDelta), static_cast<int>(wire::RecordType::DELTA));
  EXPECT_EQ(static_cast<int>(records::RecordType::kTenant), static_cast<int>(wire::RecordType::TENANT));
  EXPECT_EQ(static_cast<int>(records::RecordType::kAudit), static_cast<int>(wire::RecordType::AUDIT));
}

} // namespace
} // namespace kindred::api

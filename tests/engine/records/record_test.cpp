#include "engine/records/record.hpp"

#include <gtest/gtest.h>

namespace kindred::records {
namespace {

template <class Value>
Body of_ada() {
  Value value;
  value.user_id = "ada";
  return value;
}

TEST(UserOf, IsWhomABodyIsAbout) {
  for (const Body& body : {of_ada<Event>(), of_ada<ProfileUpdate>(), of_ada<Consent>(), of_ada<Erase>(),
                           of_ada<Decided>(), of_ada<Exposed>(), of_ada<Reward>()})
    EXPECT_EQ(user_of(body), "ada") << body.index();
}

TEST(UserOf, IsEmptyWhereABodyBelongsToNobody) {
  for (const Body& body : {Body(Unknown{"ada"}), Body(Adopt{}), Body(Tick{}), Body(Delta{}), Body(Item{}),
                           Body(Placement{}), Body(Tenant{})})
    EXPECT_EQ(user_of(body), "") << body.index();
}

TEST(UserOf, PointsIntoTheBody) {
  const Body body = of_ada<Event>();
  EXPECT_EQ(user_of(body).data(), std::get<Event>(body).user_id.data());
}

TEST(RecordHeaders, StateAllPurposesUnlessToldOtherwise) {
  const RecordHeader header;
  EXPECT_EQ(header.stated, kAllPurposes);
  EXPECT_EQ(header.schema_version, kSchemaVersion);
  EXPECT_EQ(header.tenant, kDefaultTenant);
}

} // namespace
} // namespace kindred::records

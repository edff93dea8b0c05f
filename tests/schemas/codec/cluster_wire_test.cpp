#include <gtest/gtest.h>

#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::schemas {
namespace {

template <class Body>
Body through_the_log(records::RecordType type, Body body) {
  records::Record record;
  record.header.type = type;
  record.body = std::move(body);
  const auto back = decode_record(encode_record(record));
  EXPECT_TRUE(back.ok());
  return std::get<Body>(back.value().body);
}

TEST(ClusterWire, MembersComeBackAsTheyWere) {
  const records::Join join{"b", 7, "shop", "tcp://10.0.0.2:7402", "east", 150, 3, 64, true, "tcp://b:1", 70};
  EXPECT_EQ(through_the_log(records::RecordType::kJoin, join), join);
  const records::CaughtUp caught_up{"b", 7, {0, 3, 63}};
  EXPECT_EQ(through_the_log(records::RecordType::kCaughtUp, caught_up), caught_up);
  const records::Drain drain{"b", false, "ada", 50};
  EXPECT_EQ(through_the_log(records::RecordType::kDrain, drain), drain);
}

/// A fold divides by weights and waits for leases: what is out of range is brought into it where it is read.
TEST(ClusterWire, NumbersStayInTheirRange) {
  records::Join join;
  join.weight = 0;
  join.replicas = 0;
  EXPECT_EQ(through_the_log(records::RecordType::kJoin, join).weight, 1);
  EXPECT_EQ(through_the_log(records::RecordType::kJoin, join).replicas, 1);
  join.weight = UINT16_MAX;
  join.replicas = UINT8_MAX;
  EXPECT_EQ(through_the_log(records::RecordType::kJoin, join).weight, records::kWeightMax);
  EXPECT_EQ(through_the_log(records::RecordType::kJoin, join).replicas, records::kReplicasMax);
  EXPECT_EQ(through_the_log(records::RecordType::kAlive, records::Alive{"b", 7, {0}}).lease,
            records::kLeaseMin);
  EXPECT_EQ(through_the_log(records::RecordType::kAlive, records::Alive{"b", 7, {INT64_MAX}}).lease,
            records::kLeaseMax);
}

TEST(ClusterWire, AMapOfMembersThatAreNotToldIsRefused) {
  api::Cluster cluster{"shop", "a", 2, 17, {}, {{0}}, {3}};
  cluster.members.emplace_back().name = "a";
  api::Answer answer;
  answer.bodies = {cluster};
  EXPECT_EQ(decode_answer(encode_answer(answer)).value(), answer);
  cluster.map = {{1}};
  answer.bodies = {cluster};
  EXPECT_FALSE(decode_answer(encode_answer(answer)).ok());
}

} // namespace
} // namespace kindred::schemas

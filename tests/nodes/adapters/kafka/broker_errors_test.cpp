#include "nodes/adapters/kafka/broker_errors.hpp"

#include <gtest/gtest.h>

namespace kindred::adapters {
namespace {

using ports::LogError;
using ports::Verdict;

TEST(BrokerErrors, EachHasItsNameInThePort) {
  EXPECT_EQ(log_error_of(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), LogError::kNoStream);
  EXPECT_EQ(log_error_of(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION), LogError::kNoStream);
  EXPECT_EQ(log_error_of(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE), LogError::kOutOfRange);
  EXPECT_EQ(log_error_of(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET), LogError::kOutOfRange);
  EXPECT_EQ(log_error_of(RD_KAFKA_RESP_ERR__BAD_MSG), LogError::kCorrupt);
  EXPECT_EQ(log_error_of(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), LogError::kTooLarge);
  EXPECT_EQ(log_error_of(RD_KAFKA_RESP_ERR__QUEUE_FULL), LogError::kFull);
  EXPECT_EQ(log_error_of(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN), LogError::kIo);
  EXPECT_EQ(log_error_of(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION), LogError::kIo);
}

TEST(BrokerErrors, RefusedOnlyWhereItIsCertain) {
  const auto refused = [](rd_kafka_resp_err_t error, rd_kafka_msg_status_t status) {
    return verdict_of_failure(error, status).kind == Verdict::Kind::kRefused;
  };
  EXPECT_TRUE(refused(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_MSG_STATUS_NOT_PERSISTED));
  EXPECT_TRUE(refused(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_MSG_STATUS_NOT_PERSISTED));
  EXPECT_FALSE(refused(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED))
      << "an attempt before may have been written";
  EXPECT_FALSE(refused(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_MSG_STATUS_NOT_PERSISTED))
      << "the library's own word";
  EXPECT_FALSE(refused(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED));
  EXPECT_FALSE(refused(RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_MSG_STATUS_NOT_PERSISTED));
}

TEST(BrokerErrors, ARefusedAppendHasAReasonOfAppends) {
  using Error = rd_kafka_resp_err_t;
  const auto reason = [](Error error) {
    return verdict_of_failure(error, RD_KAFKA_MSG_STATUS_NOT_PERSISTED).error;
  };
  EXPECT_EQ(reason(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), LogError::kTooLarge);
  EXPECT_EQ(reason(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), LogError::kNoStream);
  EXPECT_EQ(reason(RD_KAFKA_RESP_ERR_INVALID_MSG), LogError::kIo)
      << "nothing that was acknowledged is corrupt";
  EXPECT_EQ(reason(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), LogError::kIo);
}

} // namespace
} // namespace kindred::adapters

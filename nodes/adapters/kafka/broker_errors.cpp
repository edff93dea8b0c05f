#include "nodes/adapters/kafka/broker_errors.hpp"

namespace kindred::adapters {

using ports::LogError;
using ports::Verdict;

bool says_gone(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

bool says_corrupt(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__BAD_MSG || error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
         error == RD_KAFKA_RESP_ERR__BAD_COMPRESSION || error == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

bool says_out_of_range(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
}

LogError log_error_of(rd_kafka_resp_err_t error) {
  if (says_gone(error)) return LogError::kNoStream;
  if (says_corrupt(error)) return LogError::kCorrupt;
  if (says_out_of_range(error)) return LogError::kOutOfRange;
  if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return LogError::kTooLarge;
  if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return LogError::kFull;
  if (error == RD_KAFKA_RESP_ERR__DESTROY) return LogError::kClosed;
  return LogError::kIo;
}

Verdict verdict_of_failure(rd_kafka_resp_err_t error, rd_kafka_msg_status_t status) {
  const bool brokers_own =
      error > 0 || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
  const bool certain = brokers_own && status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
  const LogError named = log_error_of(error);
  const bool of_appends = named == LogError::kNoStream || named == LogError::kTooLarge;
  return {certain ? Verdict::Kind::kRefused : Verdict::Kind::kUnknown, 0, of_appends ? named : LogError::kIo};
}

} // namespace kindred::adapters

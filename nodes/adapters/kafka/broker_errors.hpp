#pragma once

#include <librdkafka/rdkafka.h>

#include "actors/ports/log.hpp"

namespace kindred::adapters {

/// What a synchronous call tells its caller when the brokers answered so. Anything not named is kIo: tried again later.
ports::LogError log_error_of(rd_kafka_resp_err_t error);

/// The verdict of an entry whose delivery failed. Refused only where it is certain that it does not stand in the log: the
/// broker said no and the message was not on its way before.
ports::Verdict verdict_of_failure(rd_kafka_resp_err_t error, rd_kafka_msg_status_t status);

/// The topic or the partition is not there.
bool says_gone(rd_kafka_resp_err_t error);
/// Bytes came that are not what was written.
bool says_corrupt(rd_kafka_resp_err_t error);
/// The offset is not in the log: trimmed, or behind the end.
bool says_out_of_range(rd_kafka_resp_err_t error);

} // namespace kindred::adapters

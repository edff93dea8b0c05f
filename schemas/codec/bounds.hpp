#pragma once

#include <cstddef>

#include "engine/base/ids.hpp"
#include "engine/records/record.hpp"

namespace kindred::schemas {

// How much a request may hold. Decoding refuses more with kTooLarge and says which field; the bounds of events and records
// stand with their values (engine/records). Logs and answers are read without these (codec/reading.hpp, Writer).

inline constexpr std::size_t kNameBytesMax = 256;  ///< names, ids other than external ids, codes
inline constexpr std::size_t kTextBytesMax = 4096; ///< pages, searches, titles, reasons, text properties
inline constexpr std::size_t kOtherIdsMax = 64;    ///< per event
inline constexpr std::size_t kVariantsMax = 64;    ///< per event
inline constexpr std::size_t kExcludedMax = 1000;  ///< items a decide leaves out
inline constexpr std::size_t kSourcesMax = 32;     ///< per placement
inline constexpr std::size_t kCountersMax = 256;   ///< names asked for
inline constexpr std::size_t kFeaturesMax = 32;    ///< per request
inline constexpr std::size_t kSettingsMax = 256;   ///< settings, metrics of a model

inline constexpr std::size_t kAnswerBytesMax = 16 << 20;
inline constexpr std::size_t kNotificationBytesMax = 64 << 10;

/// Queries that are no Cap'n Proto at all cost an exception each; a request with more of them is refused as a whole.
inline constexpr std::size_t kHostileQueriesMax = 16;

} // namespace kindred::schemas

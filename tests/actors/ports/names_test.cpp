#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include "actors/ports/log.hpp"
#include "actors/ports/state_store.hpp"

namespace kindred::ports {
namespace {

// Names go into metrics and messages: each is its own, and none is left out.
template <class Error>
std::set<std::string_view> names_of(std::initializer_list<Error> errors) {
  std::set<std::string_view> names;
  for (const auto error : errors) names.insert(name_of(error));
  EXPECT_EQ(names.size(), errors.size()) << "two errors share a name";
  EXPECT_FALSE(names.contains("unknown"));
  return names;
}

TEST(LogError, EveryOneHasAName) {
  const auto names =
      names_of({LogError::kFull, LogError::kDiskFull, LogError::kIo, LogError::kTooLarge, LogError::kClosed,
                LogError::kNoStream, LogError::kOutOfRange, LogError::kWentBack, LogError::kCorrupt});
  EXPECT_TRUE(names.contains("diskFull"));
}

TEST(StoreError, EveryOneHasAName) {
  const auto names = names_of({StoreError::kDiskFull, StoreError::kIo, StoreError::kCorrupt,
                               StoreError::kNewerVersion, StoreError::kClosed, StoreError::kBusy});
  EXPECT_TRUE(names.contains("newerVersion"));
}

TEST(LogError, ANumberFromElsewhereIsUnknown) {
  EXPECT_EQ(name_of(static_cast<LogError>(250)), "unknown");
  EXPECT_EQ(name_of(static_cast<StoreError>(250)), "unknown");
}

} // namespace
} // namespace kindred::ports

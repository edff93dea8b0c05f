#include "schemas/json/time_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kindred::json {
namespace {

TEST(TimeText, ReadsWhatClientsWrite) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), Instant{0});
  EXPECT_EQ(parse_time("2017-07-14T02:40:00Z"), (Instant{1'500'000'000 * kSecond.us}));
  EXPECT_EQ(parse_time("2017-07-14T02:40:00.123Z"), (Instant{1'500'000'000'123'000}));
  EXPECT_EQ(parse_time("2017-07-14T02:40:00.1234567Z"), (Instant{1'500'000'000'123'456}));
  EXPECT_EQ(parse_time("2017-07-14T04:40:00+02:00"), (Instant{1'500'000'000 * kSecond.us}));
  EXPECT_EQ(parse_time("2017-07-13T21:10:00-0530"), (Instant{1'500'000'000 * kSecond.us}));
  EXPECT_EQ(parse_time("2017-07-14 02:40"), (Instant{1'500'000'000 * kSecond.us}));
  EXPECT_EQ(parse_time("2000-02-29"), (Instant{951'782'400 * kSecond.us}));
  EXPECT_EQ(parse_time("1969-12-31T23:59:59.999999Z"), Instant{-1});
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const auto* text :
       {"", "now", "2017", "2017-13-01", "2017-02-29", "2017-02-30T00:00:00Z", "2017-07-14T24:00:00Z",
        "2017-07-14T02:40:00.Z", "2017-07-14T02:40:00+2", "2017-07-14T02:40:00Zjunk", "2017-7-4"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(TimeText, WritesUtcWithTheDigitsThatThereAre) {
  EXPECT_EQ(time_text({0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(time_text({1'500'000'000'123'456}), "2017-07-14T02:40:00.123456Z");
  EXPECT_EQ(time_text({-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(time_text({INT64_MAX}), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(time_text({INT64_MIN}), "0000-01-01T00:00:00Z");
}

RC_GTEST_PROP(TimeText, WhatIsWrittenIsReadBack, ()) {
  const Instant time{*rc::gen::inRange<std::int64_t>(-62'167'219'200'000'000, 253'402'300'800'000'000)};
  RC_ASSERT(parse_time(time_text(time)) == time);
}

} // namespace
} // namespace kindred::json

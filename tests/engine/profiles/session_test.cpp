#include "engine/profiles/session.hpp"

#include <gtest/gtest.h>

namespace kindred::profiles {
namespace {

records::Event told(std::string session, std::string order = "") {
  records::Event event;
  event.session_id = std::move(session);
  event.order_id = std::move(order);
  return event;
}

constexpr Instant kStart{1'000'000'000};
constexpr Instant kAtTheGap = kStart + kSessionGap;
constexpr Instant kPastTheGap = kAtTheGap + Duration{1};

TEST(Session, WithoutANameTheHashIsZero) { EXPECT_EQ(session_hash_of(told("")), 0u); }

TEST(Session, NamesTellSessionsApart) {
  EXPECT_EQ(session_hash_of(told("a")), session_hash_of(told("a")));
  EXPECT_NE(session_hash_of(told("a")), session_hash_of(told("b")));
  EXPECT_NE(session_hash_of(told("a")), 0u);
}

TEST(Session, AnOrderIsItsOwnSession) {
  EXPECT_EQ(session_hash_of(told("a", "o1")), session_hash_of(told("b", "o1")));
  EXPECT_NE(session_hash_of(told("a", "o1")), session_hash_of(told("a")));
  EXPECT_NE(session_hash_of(told("", "x")), session_hash_of(told("x")))
      << "an order is no session of the same text";
}

TEST(Session, ToldNamesDecideWhateverTheGap) {
  EXPECT_TRUE(same_session(7, kStart, 7, kStart + kDay));
  EXPECT_FALSE(same_session(7, kStart, 8, kStart));
}

TEST(Session, WithoutNamesTheGapDecides) {
  EXPECT_TRUE(same_session(0, kStart, 0, kAtTheGap));
  EXPECT_FALSE(same_session(0, kStart, 0, kPastTheGap));
}

TEST(Session, OneNameAloneDecidesNothing) {
  EXPECT_TRUE(same_session(7, kStart, 0, kAtTheGap));
  EXPECT_TRUE(same_session(0, kStart, 7, kAtTheGap));
  EXPECT_FALSE(same_session(7, kStart, 0, kPastTheGap));
}

} // namespace
} // namespace kindred::profiles

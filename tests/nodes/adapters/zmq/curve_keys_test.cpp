#include "nodes/adapters/zmq/curve_keys.hpp"

#include <gtest/gtest.h>

namespace kindred::adapters {
namespace {

TEST(CurveKeys, AreMadeInPairs) {
  const CurveKeys one = make_curve_keys(), other = make_curve_keys();
  EXPECT_TRUE(is_curve_key(one.public_key) && is_curve_key(one.secret_key));
  EXPECT_EQ(public_key_of(one.secret_key), one.public_key);
  EXPECT_NE(one.public_key, other.public_key);
}

TEST(CurveKeys, HaveOneForm) {
  EXPECT_FALSE(is_curve_key(""));
  EXPECT_FALSE(is_curve_key(std::string(39, '0')));
  EXPECT_FALSE(is_curve_key(std::string(41, '0')));
  EXPECT_FALSE(is_curve_key(std::string(39, '0') + "\""));
  EXPECT_EQ(curve_text(std::string(kCurveKeyBytes, '\0')), std::string(kCurveTextBytes, '0'));
}

} // namespace
} // namespace kindred::adapters

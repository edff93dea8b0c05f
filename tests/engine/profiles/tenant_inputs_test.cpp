#include "engine/profiles/tenant_inputs.hpp"

#include <gtest/gtest.h>

namespace kindred::profiles {
namespace {

records::Adopt consent_default(std::uint64_t generation, std::uint32_t bits) {
  return {std::string(kAdoptConsentDefault), generation, adopt_value(records::Purposes{bits})};
}
records::Adopt cart_after(std::uint64_t generation, Duration after) {
  return {std::string(kAdoptCartAbandonedAfter), generation, adopt_value(after)};
}

TEST(TenantInputs, ShippedValues) {
  const TenantInputs inputs;
  EXPECT_EQ(inputs.consent_default, records::kAllPurposes);
  EXPECT_EQ(inputs.cart_abandoned_after, kHour);
  EXPECT_EQ(inputs.consent_generation, 0u);
}

TEST(TenantInputs, OnlyMovesForward) {
  TenantInputs inputs;
  EXPECT_EQ(adopt(consent_default(5, 3), inputs), Adoption::kTaken);
  EXPECT_EQ(inputs.consent_default.bits, 3u);
  EXPECT_EQ(adopt(consent_default(5, 7), inputs), Adoption::kKnown);
  EXPECT_EQ(adopt(consent_default(4, 7), inputs), Adoption::kKnown);
  EXPECT_EQ(inputs.consent_default.bits, 3u);
  EXPECT_EQ(adopt(consent_default(6, 7), inputs), Adoption::kTaken);
  EXPECT_EQ(inputs.consent_default.bits, 7u);
  EXPECT_EQ(adopt(cart_after(1, kMinute), inputs), Adoption::kTaken) << "kinds have generations of their own";
  EXPECT_EQ(inputs.cart_abandoned_after, kMinute);
}

TEST(TenantInputs, ValuesThatAreNoneAreLeftOut) {
  TenantInputs inputs;
  const TenantInputs before = inputs;
  EXPECT_EQ(adopt({std::string(kAdoptConsentDefault), 1, "abc"}, inputs), Adoption::kKnown);
  EXPECT_EQ(adopt({std::string(kAdoptConsentDefault), 1, "abcde"}, inputs), Adoption::kKnown);
  EXPECT_EQ(adopt(cart_after(1, Duration{0}), inputs), Adoption::kKnown);
  EXPECT_EQ(adopt(cart_after(1, Duration{-1}), inputs), Adoption::kKnown);
  EXPECT_EQ(adopt(cart_after(1, kDay * 366), inputs), Adoption::kKnown);
  EXPECT_EQ(adopt({"outbox", 1, ""}, inputs), Adoption::kForeign);
  EXPECT_EQ(inputs, before);
}

TEST(TenantInputs, ComesBackFromItsBytes) {
  TenantInputs inputs;
  (void)adopt(consent_default(5, 3), inputs);
  (void)adopt(cart_after(9, kMinute * 7), inputs);
  const Bytes bytes = canonical(inputs);
  EXPECT_EQ(tenant_inputs_from(bytes), inputs);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(tenant_inputs_from(BytesView(bytes).substr(0, size)), std::nullopt);
  EXPECT_EQ(tenant_inputs_from(bytes + "x"), std::nullopt);
  Bytes newer = bytes;
  newer[0] = 2;
  EXPECT_EQ(tenant_inputs_from(newer), std::nullopt);
}

// ---- values at and beyond what they may be

TEST(TenantInputs, ACartMayWaitFromAMomentToAYear) {
  TenantInputs inputs;
  EXPECT_EQ(adopt(cart_after(1, {1}), inputs), Adoption::kTaken);
  EXPECT_EQ(adopt(cart_after(2, kDay * 365), inputs), Adoption::kTaken);
  EXPECT_EQ(inputs.cart_abandoned_after, kDay * 365);
  for (const Duration wrong : {Duration{0}, Duration{-1}, kDay * 365 + Duration{1}})
    EXPECT_EQ(adopt(cart_after(9, wrong), inputs), Adoption::kKnown) << wrong.us;
  EXPECT_EQ(inputs.cart_generation, 2u);
}

TEST(TenantInputs, EachInputMovesByItsOwnGeneration) {
  TenantInputs inputs;
  ASSERT_EQ(adopt(cart_after(50, kMinute), inputs), Adoption::kTaken);
  EXPECT_EQ(adopt(consent_default(1, 4), inputs), Adoption::kTaken) << "a lower generation of another input";
  EXPECT_EQ(inputs.consent_generation, 1u);
  EXPECT_EQ(inputs.cart_generation, 50u);
  EXPECT_EQ(adopt({"a learner of the future", 99, "?"}, inputs), Adoption::kForeign);
}

TEST(TenantInputs, EveryCutAndWhatStandsBehindIsRefused) {
  TenantInputs inputs;
  inputs.consent_generation = 5;
  inputs.cart_abandoned_after = kMinute;
  const Bytes good = canonical(inputs);
  ASSERT_EQ(tenant_inputs_from(good), inputs);
  EXPECT_EQ(good.size(), 1u + 8 + 4 + 8 + 8);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(tenant_inputs_from(BytesView(good).substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(tenant_inputs_from(good + "x"), std::nullopt);
  EXPECT_EQ(tenant_inputs_from("\2" + good.substr(1)), std::nullopt) << "a newer form";
}

} // namespace
} // namespace kindred::profiles

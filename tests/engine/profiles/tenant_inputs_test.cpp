#include "engine/profiles/tenant_inputs.hpp"

#include <gtest/gtest.h>

#include "tests/engine/profiles/segment_models.hpp"

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
  newer[0] = 3;
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
  EXPECT_EQ(good.size(), 1u + 8 + 4 + 8 + 8 + 8 + 4 + 8 + 4);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(tenant_inputs_from(BytesView(good).substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(tenant_inputs_from(good + "x"), std::nullopt);
  EXPECT_EQ(tenant_inputs_from("\3" + good.substr(1)), std::nullopt) << "a newer form";
}

// ---- models that folds adopt

TEST(TenantInputs, SegmentsMoveForwardByTheirGeneration) {
  TenantInputs inputs;
  EXPECT_EQ(adopted_generation(inputs, "segments"), 0u);
  EXPECT_EQ(adopt(adopt_of(parted_at({0, 10}), 5), inputs), Adoption::kTaken);
  ASSERT_NE(inputs.segmentation, nullptr);
  EXPECT_EQ(*inputs.segmentation, parted_at({0, 10}));
  const auto kept = inputs.segmentation;
  EXPECT_EQ(adopt(adopt_of(parted_at({3}), 5), inputs), Adoption::kKnown) << "the same generation";
  EXPECT_EQ(adopt(adopt_of(parted_at({3}), 4), inputs), Adoption::kKnown) << "an older one";
  EXPECT_EQ(inputs.segmentation, kept);
  EXPECT_EQ(adopt(adopt_of(parted_at({3}), 6), inputs), Adoption::kTaken);
  EXPECT_EQ(*inputs.segmentation, parted_at({3}));
  EXPECT_EQ(kept->segments.size(), 2u) << "who holds the one before still has it";
  EXPECT_EQ(adopted_generation(inputs, "segments"), 6u);
  EXPECT_EQ(adopted_generation(inputs, "rfm"), 0u);
  EXPECT_EQ(adopted_generation(inputs, "ranker"), std::nullopt);
}

TEST(TenantInputs, QuintilesMoveForwardByTheirGeneration) {
  TenantInputs inputs;
  learners::Rfm other = quintiles();
  other.spent_borders.fill(7);
  EXPECT_EQ(adopt(adopt_of(quintiles(), 2), inputs), Adoption::kTaken);
  EXPECT_EQ(adopt(adopt_of(other, 2), inputs), Adoption::kKnown);
  EXPECT_EQ(adopt(adopt_of(other, 1), inputs), Adoption::kKnown);
  EXPECT_EQ(inputs.rfm, quintiles());
  EXPECT_EQ(adopt(adopt_of(other, 3), inputs), Adoption::kTaken);
  EXPECT_EQ(inputs.rfm, other);
  EXPECT_EQ(adopted_generation(inputs, "rfm"), 3u);
}

TEST(TenantInputs, ModelsThatAreNoneLeaveTheGenerationWhereItIs) {
  TenantInputs inputs;
  for (const std::string_view kind : {kAdoptSegmentation, kAdoptRfm}) {
    for (const Bytes& wrong : {Bytes(), Bytes("x"), parted_at({0}).canonical() + "x",
                               quintiles().canonical().substr(1), Bytes(100'000, '\1')})
      EXPECT_EQ(adopt({std::string(kind), 9, wrong}, inputs), Adoption::kKnown);
  }
  EXPECT_EQ(inputs, TenantInputs{});
  EXPECT_EQ(adopt({std::string(kAdoptRfm), 9, parted_at({0}).canonical()}, inputs), Adoption::kKnown)
      << "of the other learner";
  EXPECT_EQ(adopt(adopt_of(parted_at({0}), 1), inputs), Adoption::kTaken) << "nothing was held against it";
}

TenantInputs with_models() {
  TenantInputs inputs;
  (void)adopt(consent_default(5, 3), inputs);
  (void)adopt(adopt_of(parted_at({0, 10, 20}), 7), inputs);
  (void)adopt(adopt_of(quintiles(), 8), inputs);
  return inputs;
}

TEST(TenantInputs, AreEqualByValue) {
  EXPECT_EQ(with_models(), with_models()) << "two copies of one model";
  TenantInputs other = with_models();
  (void)adopt(adopt_of(parted_at({0, 10, 21}), 8), other);
  EXPECT_FALSE(other == with_models());
}

TEST(TenantInputs, ModelsComeBackFromTheBytes) {
  const Bytes good = canonical(with_models());
  const auto read = tenant_inputs_from(good);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, with_models());
  EXPECT_EQ(*read->segmentation, parted_at({0, 10, 20}));
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_EQ(tenant_inputs_from(BytesView(good).substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(tenant_inputs_from(good + "x"), std::nullopt);
  int refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto other = tenant_inputs_from(bytes);
    refused += other ? 0 : 1;
    ASSERT_TRUE(!other || canonical(*other) == bytes) << bit;
  }
  EXPECT_GT(refused, 100);
}

TEST(TenantInputs, TheFormBeforeSegmentsIsStillRead) {
  TenantInputs inputs;
  (void)adopt(consent_default(5, 3), inputs);
  (void)adopt(cart_after(9, kMinute * 7), inputs);
  const Bytes old = "\1" + canonical(inputs).substr(1, 8 + 4 + 8 + 8);
  EXPECT_EQ(tenant_inputs_from(old), inputs);
  for (std::size_t size = 0; size < old.size(); ++size)
    EXPECT_EQ(tenant_inputs_from(BytesView(old).substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(tenant_inputs_from(old + "x"), std::nullopt);
  EXPECT_EQ(tenant_inputs_from(Bytes(1, '\0') + old.substr(1)), std::nullopt);
}

} // namespace
} // namespace kindred::profiles

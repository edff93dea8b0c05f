#include "engine/profiles/tenant_inputs.hpp"

namespace kindred::profiles {
namespace {
constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kWithoutSegments = 1; ///< still read

std::shared_ptr<const learners::Segmentation> segmentation_from(BytesView bytes) {
  auto model = learners::Segmentation::from(bytes);
  return model ? std::make_shared<const learners::Segmentation>(std::move(*model)) : nullptr;
}

Bytes bytes_of(const TenantInputs& inputs) {
  return inputs.segmentation ? inputs.segmentation->canonical() : Bytes();
}
} // namespace

bool operator==(const TenantInputs& a, const TenantInputs& b) { return canonical(a) == canonical(b); }

Bytes adopt_value(records::Purposes consent_default) {
  ByteWriter out;
  out.u32(consent_default.bits);
  return out.take();
}

Bytes adopt_value(Duration cart_abandoned_after) {
  ByteWriter out;
  out.i64(cart_abandoned_after.us);
  return out.take();
}

std::optional<std::uint64_t> adopted_generation(const TenantInputs& inputs, std::string_view model) {
  if (model == kAdoptSegmentation) return inputs.segmentation_generation;
  if (model == kAdoptRfm) return inputs.rfm_generation;
  return std::nullopt;
}

Adoption adopt(const records::Adopt& adopt, TenantInputs& inputs) {
  ByteReader in(adopt.value);
  if (adopt.kind == kAdoptConsentDefault) {
    const records::Purposes purposes{in.u32()};
    if (!in.ok() || !in.at_end() || adopt.generation <= inputs.consent_generation) return Adoption::kKnown;
    inputs.consent_generation = adopt.generation;
    inputs.consent_default = purposes;
    return Adoption::kTaken;
  }
  if (adopt.kind == kAdoptCartAbandonedAfter) {
    const Duration after{in.i64()};
    const bool sound = in.ok() && in.at_end() && after > Duration{} && after <= kDay * 365;
    if (!sound || adopt.generation <= inputs.cart_generation) return Adoption::kKnown;
    inputs.cart_generation = adopt.generation;
    inputs.cart_abandoned_after = after;
    return Adoption::kTaken;
  }
  if (adopt.kind == kAdoptSegmentation) {
    if (adopt.generation <= inputs.segmentation_generation) return Adoption::kKnown;
    auto model = segmentation_from(adopt.value);
    if (!model) return Adoption::kKnown;
    inputs.segmentation_generation = adopt.generation;
    inputs.segmentation = std::move(model);
    return Adoption::kTaken;
  }
  if (adopt.kind == kAdoptRfm) {
    const auto model = learners::Rfm::from(adopt.value);
    if (!model || adopt.generation <= inputs.rfm_generation) return Adoption::kKnown;
    inputs.rfm_generation = adopt.generation;
    inputs.rfm = model;
    return Adoption::kTaken;
  }
  return Adoption::kForeign;
}

Bytes canonical(const TenantInputs& inputs) {
  ByteWriter out;
  out.u8(kVersion);
  out.u64(inputs.consent_generation);
  out.u32(inputs.consent_default.bits);
  out.u64(inputs.cart_generation);
  out.i64(inputs.cart_abandoned_after.us);
  out.u64(inputs.segmentation_generation);
  out.text(bytes_of(inputs));
  out.u64(inputs.rfm_generation);
  out.text(inputs.rfm ? inputs.rfm->canonical() : Bytes());
  return out.take();
}

std::optional<TenantInputs> tenant_inputs_from(BytesView canonical) {
  ByteReader in(canonical);
  const std::uint8_t version = in.u8();
  TenantInputs inputs;
  inputs.consent_generation = in.u64();
  inputs.consent_default.bits = in.u32();
  inputs.cart_generation = in.u64();
  inputs.cart_abandoned_after.us = in.i64();
  if (version == kVersion) {
    inputs.segmentation_generation = in.u64();
    const BytesView segmentation = in.text();
    if (!segmentation.empty() && !(inputs.segmentation = segmentation_from(segmentation)))
      return std::nullopt;
    inputs.rfm_generation = in.u64();
    const BytesView rfm = in.text();
    if (!rfm.empty() && !(inputs.rfm = learners::Rfm::from(rfm))) return std::nullopt;
  }
  if ((version != kVersion && version != kWithoutSegments) || !in.ok() || !in.at_end()) return std::nullopt;
  return inputs;
}

} // namespace kindred::profiles

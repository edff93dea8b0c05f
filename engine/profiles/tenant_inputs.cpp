#include "engine/profiles/tenant_inputs.hpp"

namespace kindred::profiles {
namespace {
constexpr std::uint8_t kVersion = 1;
}

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
  return Adoption::kForeign;
}

Bytes canonical(const TenantInputs& inputs) {
  ByteWriter out;
  out.u8(kVersion);
  out.u64(inputs.consent_generation);
  out.u32(inputs.consent_default.bits);
  out.u64(inputs.cart_generation);
  out.i64(inputs.cart_abandoned_after.us);
  return out.take();
}

std::optional<TenantInputs> tenant_inputs_from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  TenantInputs inputs;
  inputs.consent_generation = in.u64();
  inputs.consent_default.bits = in.u32();
  inputs.cart_generation = in.u64();
  inputs.cart_abandoned_after.us = in.i64();
  if (!known || !in.ok() || !in.at_end()) return std::nullopt;
  return inputs;
}

} // namespace kindred::profiles

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/base/time.hpp"
#include "engine/learners/segmentation/rfm.hpp"
#include "engine/learners/segmentation/segmentation.hpp"
#include "engine/records/bodies.hpp"
#include "engine/records/types.hpp"

namespace kindred::profiles {

/// Tenant-wide inputs of a partition's fold, as Adopt records brought them in (records.md §2). Value type.
///
/// A consent default acts on users who never told a consent of their own: on their records from here on, and on use in
/// decisions at once. What their earlier records contributed to models stays until they tell.
struct TenantInputs {
  std::uint64_t consent_generation = 0; ///< 0: never adopted, the shipped value holds
  records::Purposes consent_default = records::kAllPurposes;
  std::uint64_t cart_generation = 0;
  Duration cart_abandoned_after{kHour.us};
  std::uint64_t segmentation_generation = 0;
  std::shared_ptr<const learners::Segmentation> segmentation; ///< null: none adopted yet
  std::uint64_t rfm_generation = 0;
  std::optional<learners::Rfm> rfm;
};
bool operator==(const TenantInputs& a, const TenantInputs& b);

// Kinds of Adopt that this fold knows, and the values that go with them.
inline constexpr std::string_view kAdoptConsentDefault = "consentDefault";
inline constexpr std::string_view kAdoptCartAbandonedAfter = "cartAbandonedAfter";
// The two below name learners: the value is the model's parameters, the generation that of its manifest.
inline constexpr std::string_view kAdoptSegmentation = "segments";
inline constexpr std::string_view kAdoptRfm = "rfm";
Bytes adopt_value(records::Purposes consent_default);
Bytes adopt_value(Duration cart_abandoned_after);

/// Of a model that folds adopt; none: they do not use it.
std::optional<std::uint64_t> adopted_generation(const TenantInputs& inputs, std::string_view model);

enum class Adoption : std::uint8_t {
  kTaken = 1,
  kKnown = 2,   ///< a generation not newer than the adopted one, or a value that is none
  kForeign = 3, ///< a kind this build does not know
};
/// Only moves forward: adopting twice, or an older generation later, changes nothing.
Adoption adopt(const records::Adopt& adopt, TenantInputs& inputs);

/// Version, then the fields in order.
Bytes canonical(const TenantInputs& inputs);
std::optional<TenantInputs> tenant_inputs_from(BytesView canonical); ///< none: not what `canonical` writes

} // namespace kindred::profiles

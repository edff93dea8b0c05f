#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/profiles/profile.hpp"
#include "engine/profiles/tenant_inputs.hpp"
#include "engine/profiles/user_fold.hpp"
#include "engine/records/record.hpp"

namespace kindred::profiles {

// Where versions of the fold's meaning differ, and nowhere else: what a partition's fold does with a record is a function of
// the record, the state, and the version that an Activate record of its log said last (kFoldFirst before any).
// docs/decisions/0032_fold_versions_are_activated.md says how a version is added.

/// Versions that one build has: the present one, and the one before as long as that is somewhere about.
struct FoldVersions {
  std::uint32_t oldest = records::kFoldFirst, newest = records::kFoldFirst;
  constexpr bool has(std::uint32_t version) const { return oldest <= version && version <= newest; }
};
FoldVersions fold_versions();

/// Whether it is one of the records that a fold has known since kFoldFirst.
inline bool is_of_first(const records::Record& record) {
  using records::RecordType;
  if (record.header.schema_version > records::kSchemaVersion ||
      std::holds_alternative<records::Unknown>(record.body))
    return false;
  switch (record.header.type) {
  case RecordType::kEvent:
  case RecordType::kProfileUpdate:
  case RecordType::kConsent:
  case RecordType::kErase:
  case RecordType::kDecided:
  case RecordType::kExposed:
  case RecordType::kReward:
  case RecordType::kLink:
  case RecordType::kUnlink:
  case RecordType::kMergeIn:
  case RecordType::kAdopt:
  case RecordType::kActivate:
  case RecordType::kTick:
  case RecordType::kCut:
  case RecordType::kCutDone: return true;
  default: return false;
  }
}

/// Whether a fold at this version knows the record. What it does not know stops it, unless the record is ignorable.
bool folds(const records::Record& record, std::uint32_t version);

/// The user whom the record is about, in whose partition it is; empty: nobody. Requires: folds(record, version). Good as
/// long as the record.
std::string_view user_of(const records::Record& record, std::uint32_t version);

/// fold_record (user_fold.hpp) as this version means it.
Outcome fold_record(const records::Record& record, std::uint32_t version, const UserKey& user,
                    const TenantInputs& tenant, std::optional<Profile>& profile, FoldOutput& out);

} // namespace kindred::profiles

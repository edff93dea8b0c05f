#include "engine/profiles/fold_version.hpp"

namespace kindred::profiles {

// There is one version so far, so nothing here asks which it is. tests/cluster/next is this file with a version more.

FoldVersions fold_versions() { return {}; }

bool folds(const records::Record& record, std::uint32_t) { return is_of_first(record); }

std::string_view user_of(const records::Record& record, std::uint32_t) {
  return records::user_of(record.body);
}

Outcome fold_record(const records::Record& record, std::uint32_t, const UserKey& user,
                    const TenantInputs& tenant, std::optional<Profile>& profile, FoldOutput& out) {
  return fold_record(record, user, tenant, profile, out);
}

} // namespace kindred::profiles

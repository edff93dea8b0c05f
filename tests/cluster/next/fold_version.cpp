// engine/profiles/fold_version.cpp as the build after this one would have it: a version more, which knows a record type more
// (a user's wish about a topic) and a field more of a record (a nickname in a profile update). Linked in its place.
#include "engine/profiles/fold_version.hpp"

#include "tests/cluster/next/next_records.hpp"

namespace kindred::profiles {

using records::RecordType;

namespace {

bool is_new(const records::Record& record) {
  return next::is_preference(record) || next::is_named_update(record);
}

/// What it means in records that were always known.
std::optional<records::Record> meaning_of(const records::Record& record) {
  records::ProfileUpdate update;
  if (next::is_preference(record)) {
    const auto preference = next::preference_of(record);
    if (!preference) return std::nullopt;
    update.user_id = preference->user_id;
    update.traits.push_back({"topic " + preference->topic, preference->wanted});
  } else {
    const auto named = next::named_update_of(record);
    if (!named) return std::nullopt;
    update.user_id = named->user_id;
    update.traits.push_back({"city", named->city});
    update.traits.push_back({"nickname", named->nickname});
  }
  records::Record known;
  known.header = record.header;
  known.header.type = RecordType::kProfileUpdate;
  known.header.schema_version = records::kSchemaVersion;
  known.body = std::move(update);
  return known;
}

} // namespace

FoldVersions fold_versions() { return {records::kFoldFirst, next::kVersion}; }

bool folds(const records::Record& record, std::uint32_t version) {
  return is_of_first(record) || (version >= next::kVersion && is_new(record) && meaning_of(record));
}

std::string_view user_of(const records::Record& record, std::uint32_t) {
  return is_new(record) ? next::user_of(record) : records::user_of(record.body);
}

Outcome fold_record(const records::Record& record, std::uint32_t, const UserKey& user,
                    const TenantInputs& tenant, std::optional<Profile>& profile, FoldOutput& out) {
  if (!is_new(record)) return fold_record(record, user, tenant, profile, out);
  return fold_record(*meaning_of(record), user, tenant, profile, out);
}

} // namespace kindred::profiles

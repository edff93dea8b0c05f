#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/profiles/effect.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/profiles/tenant_inputs.hpp"
#include "engine/profiles/uses.hpp"
#include "engine/records/record.hpp"
#include "engine/stats/fast_delta.hpp"

namespace kindred::profiles {

/// What became of one record. Closed list.
enum class Outcome : std::uint8_t {
  kApplied = 0,
  kSeenBefore = 1, ///< its id was folded within the window, or its producer's watermark is at it or above
  kTooOld = 2,     ///< stamped before the window of once
  kErased = 3,     ///< first stamped before the user's erasure: by its stamp, or its id was folded before it
  kNoConsent = 4,  ///< no purpose left that it could serve: only its id was kept
  kIgnored = 5, ///< ignorable type, or nothing to change (a tick with nothing due, an adoption known already)
  kSentOn = 6,  ///< the id was linked to another one, to whom it is sent
};

/// Where a fold puts what leaves the profile, and the memory it reuses. References are good until the call returns.
struct FoldOutput {
  stats::FastDelta& changes;
  Effects& effects;
  std::vector<Use>& uses; ///< scratch
  std::vector<records::Record>&
      outbox; ///< records for other users, in whose partitions they are to be appended
};

/// Purposes that hold for a user now: what he told, else the tenant's default.
records::Purposes consent_of(const Profile* profile, const TenantInputs& tenant);

/// Folds one record of a user that is new within the window: events, updates, consents, decisions, exposures, rewards,
/// merges (the target's side).
/// The profile comes to be with the first record that leaves something in it. A record that leaves nothing (no purpose
/// left: kNoConsent) changes no byte. Requires: a body of those types.
Outcome fold_record(const records::Record& record, const UserKey& user, const TenantInputs& tenant,
                    std::optional<Profile>& profile, FoldOutput& out);

/// The id of a record that came to be from another one: of this type, for this user.
RecordId sent_id(const RecordId& from, records::RecordType type, std::string_view user);

/// The erasure that somebody asked for, of which this one is a consequence; its own id where it is the one, or what refused
/// a link.
RecordId first_erasure(const records::RecordHeader& erasure);

/// Puts a record for another user into the outbox: caused by `cause` and stamped like it. What is sent on from the id it came
/// for keeps its own id; what is new, or comes by one linked id more, has one that follows from its cause's and where it
/// goes: so the same fold again makes the same record, and one that goes round in a circle is none that was seen before.
/// Erasures follow from the first one: each id is erased once by it, however often its linked ids tell each other.
void send(const records::Record& cause, records::RecordType type, records::Body body, FoldOutput& out);

/// Time passed: what was due by `now` happens as of its own due time. Whether anything did.
bool fold_time(Profile& profile, Instant now, Effects& effects);

/// The user is erased: his contributions are taken back, his profile goes.
void fold_erasure(const UserKey& user, Instant stamp, std::optional<Profile>& profile, FoldOutput& out);

} // namespace kindred::profiles

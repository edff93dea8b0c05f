#include "engine/profiles/user_fold.hpp"

#include <algorithm>

#include "engine/base/hash.hpp"
#include "engine/profiles/marks.hpp"
#include "engine/profiles/measurement.hpp"
#include "engine/profiles/membership.hpp"
#include "engine/profiles/merge.hpp"
#include "engine/profiles/personalization.hpp"
#include "engine/profiles/profile_codec.hpp"
#include "engine/profiles/session.hpp"

namespace kindred::profiles {
namespace {

using records::Purposes;

/// One record on its way into one user.
struct Fold {
  const records::Record& record;
  const UserKey& user;
  const TenantInputs& tenant;
  std::optional<Profile>& profile;
  FoldOutput& out;

  /// What was withdrawn later than this record came for one of his linked ids: it was on its way meanwhile.
  Purposes withdrawn_since() const {
    if (!profile || record.header.causation.is_zero()) return records::kNoPurpose;
    return profiles::withdrawn_since(profile->withdrawals, record.header.stamp);
  }

  /// What may be kept of the record: stated ∩ consent at this record.
  Purposes kept() const {
    return record.header.stated & consent_of(profile ? &*profile : nullptr, tenant) & ~withdrawn_since();
  }

  /// The profile, with this record counted.
  Profile& touch() const {
    if (!profile) {
      profile.emplace();
      profile->key = user;
      profile->assignment_key = user.user;
    }
    profile->now = profile->records == 0 ? record.header.stamp : std::max(profile->now, record.header.stamp);
    ++profile->records;
    return *profile;
  }

  /// Before the record changes what he is known by: to where the adopted models put him, which is what whoever asked since
  /// was told. So he leaves from there, with hysteresis, though no record of his came between. Then again, behind it.
  void move_to_segments() const {
    profiles::move_to_segments(*profile, tenant, record.header.stamp, out.changes, out.effects);
  }
};

void train(Profile& profile, const SeenEvent& seen, stats::FastDelta& changes) {
  TrainingLane& lane = profile.training;
  const records::Context& context = seen.event.context;
  Mark mark;
  mark.order = seen.order;
  mark.session_hash = seen.session_hash;
  if (!context.country.empty()) mark.country_scope = stats::country_scope(context.country).value;
  if (context.device != records::DeviceClass::kUnknown)
    mark.device_scope = stats::device_scope(static_cast<std::uint8_t>(context.device)).value;
  const PersonalizationLane& known = profile.personalization;
  if (known.clustered.segment != 0 && !known.beyond_training)
    mark.segment_scope = stats::segment_scope(kClusteredKind, known.clustered.segment).value;
  mark.kinds = 1u << static_cast<int>(seen.event.type);
  for (const Use& use : seen.uses) {
    mark.item = use.item;
    add_mark(lane, mark, profile.key.tenant, changes);
  }
  if (lane.choices.open.empty() || seen.uses.empty()) return;
  std::vector<ItemId> items;
  for (const Use& use : seen.uses) items.push_back(use.item);
  take_choice(lane.choices, items, seen.order.time, seen.event.decision);
}

Outcome fold_body(const Fold& fold, const records::Event& event) {
  const Purposes kept = fold.kept();
  if (kept.empty()) return Outcome::kNoConsent;
  Profile& profile = fold.touch();
  find_uses(event, fold.out.uses);
  const SeenEvent seen{event,
                       {event.event_time, event.client_sequence, fold.record.header.id},
                       session_hash_of(event),
                       fold.out.uses};
  if (kept.has(records::kPersonalization)) {
    fold.move_to_segments();
    fold_time(profile, event.event_time, fold.out.effects);
    take_event(profile.personalization, seen, fold.tenant.cart_abandoned_after);
    profile.personalization.beyond_training |= !kept.has(records::kTraining);
    fold.move_to_segments();
  }
  if (kept.has(records::kTraining) && makes_mark(event.type)) train(profile, seen, fold.out.changes);
  if (kept.has(records::kMeasurement)) take_engagement(profile.measurement, seen);
  return Outcome::kApplied;
}

Outcome fold_body(const Fold& fold, const records::ProfileUpdate& update) {
  const Purposes kept = fold.kept();
  if (!kept.has(records::kPersonalization)) return Outcome::kNoConsent;
  PersonalizationLane& lane = fold.touch().personalization;
  fold.move_to_segments();
  take_update(lane, update);
  lane.beyond_training |= !kept.has(records::kTraining);
  fold.move_to_segments();
  return Outcome::kApplied;
}

/// A purpose that does not hold any more loses its lane, and what the lane gave to models.
void clear_withdrawn(Profile& profile, stats::FastDelta& changes) {
  if (!profile.consent.has(records::kPersonalization)) {
    leave_segments(profile, changes);
    forget_segments(profile.training, profile.key.tenant, changes);
    profile.personalization = {};
  }
  if (!profile.consent.has(records::kTraining)) {
    leave_segments(profile, changes);
    clear_marks(profile.training, profile.key.tenant, changes);
    profile.training = {};
    profile.personalization.beyond_training = profile.personalization != PersonalizationLane{};
  }
  if (!profile.consent.has(records::kMeasurement)) profile.measurement = {};
}

Outcome fold_body(const Fold& fold, const records::Consent& consent) {
  const Purposes before = consent_of(fold.profile ? &*fold.profile : nullptr, fold.tenant);
  const Purposes granted = consent.granted & ~fold.withdrawn_since();
  Profile& profile = fold.touch();
  profile.consent_told = true;
  profile.consent = (before | granted) & ~consent.withdrawn;
  withdraw(profile.withdrawals, consent.withdrawn, fold.record.header.stamp);
  clear_withdrawn(profile, fold.out.changes);
  if (profile.consent != before)
    fold.out.effects.add(kConsentChanged, fold.user, fold.record.header.stamp,
                         {{"granted", std::int64_t{profile.consent.bits}}});
  return Outcome::kApplied;
}

/// Both are one user: of what is known of them stays what the stricter of their consents lets stay. Who told nothing
/// refused nothing, whatever the tenant's default is. `withdrawn`: of him, while the image was on its way.
void unite_consents(Profile& profile, Profile& image, Purposes withdrawn, stats::FastDelta& changes) {
  if (!profile.consent_told && !image.consent_told) return;
  const Purposes told = profile.consent_told ? profile.consent : records::kAllPurposes;
  profile.consent = image.consent_told ? told & image.consent : told;
  profile.consent_told = image.consent_told = true;
  for (const Withdrawal& withdrawal : image.withdrawals)
    withdraw(profile.withdrawals, withdrawal.purposes, withdrawal.stamp);
  image.consent = profile.consent & ~withdrawn;
  stats::FastDelta given_back; // where the image came from
  clear_withdrawn(image, given_back);
  clear_withdrawn(profile, changes);
}

Outcome fold_body(const Fold& fold, const records::MergeIn& merge) {
  if (merge.linked.empty()) return Outcome::kIgnored;
  const bool known = fold.profile.has_value();
  if (known) fold.move_to_segments();
  Profile image;
  if (!merge.image.empty()) {
    auto sent = profile_from_canonical(fold.user, merge.image);
    if (sent.ok()) image = sent.take(); // else damaged before it was written: the ids are one all the same
  }
  const Purposes withdrawn = fold.withdrawn_since();
  Profile& profile = fold.touch();
  unite_consents(profile, image, withdrawn, fold.out.changes);
  for (const std::string& gone :
       enter(merge, image, known, fold.tenant.cart_abandoned_after, profile, fold.out.changes))
    send(fold.record, records::RecordType::kUnlink, records::Unlink{gone, fold.user.user, {}}, fold.out);
  fold.move_to_segments();
  fold.out.effects.add(kMerged, fold.user, fold.record.header.stamp, {{"from", merge.linked.back()}});
  return Outcome::kApplied;
}

template <class Body, class Take>
Outcome measure(const Fold& fold, const Body& body, Take take) {
  if (!fold.kept().has(records::kMeasurement)) return Outcome::kNoConsent;
  take(fold.touch().measurement, body);
  return Outcome::kApplied;
}

Outcome fold_body(const Fold& fold, const records::Decided& body) {
  const Purposes kept = fold.kept();
  if (!kept.has(records::kMeasurement)) {
    Choices opened;
    if (kept.has(records::kTraining)) open_choice(opened, body);
    if (opened.empty()) return Outcome::kNoConsent;
  }
  Profile& profile = fold.touch();
  if (kept.has(records::kMeasurement)) take_decided(profile.measurement, body);
  if (kept.has(records::kTraining)) open_choice(profile.training.choices, body);
  return Outcome::kApplied;
}
Outcome fold_body(const Fold& fold, const records::Exposed& body) {
  return measure(fold, body, take_exposed);
}
Outcome fold_body(const Fold& fold, const records::Reward& body) { return measure(fold, body, take_reward); }
template <class Other>
Outcome fold_body(const Fold&, const Other&) {
  return Outcome::kIgnored;
}

} // namespace

Purposes consent_of(const Profile* profile, const TenantInputs& tenant) {
  return profile != nullptr && profile->consent_told ? profile->consent : tenant.consent_default;
}

Outcome fold_record(const records::Record& record, const UserKey& user, const TenantInputs& tenant,
                    std::optional<Profile>& profile, FoldOutput& out) {
  const Fold fold{record, user, tenant, profile, out};
  return std::visit([&](const auto& body) { return fold_body(fold, body); }, record.body);
}

RecordId sent_id(const RecordId& from, records::RecordType type, std::string_view user) {
  ByteWriter id;
  id.raw("sent");
  id.id128(from);
  id.u16(static_cast<std::uint16_t>(type));
  id.text(user);
  return hash128(id.view());
}

RecordId first_erasure(const records::RecordHeader& erasure) {
  const bool follows = erasure.type == records::RecordType::kErase && !erasure.causation.is_zero();
  return follows ? erasure.causation : erasure.id;
}

void send(const records::Record& cause, records::RecordType type, records::Body body, FoldOutput& out) {
  records::Record record;
  record.header = cause.header;
  record.body = std::move(body);
  const std::string_view user = records::user_of(record.body);
  record.header.slot = slot_of(cause.header.tenant, user);
  const bool erases = type == records::RecordType::kErase;
  record.header.causation = erases ? first_erasure(cause.header) : cause.header.id;
  const bool created = type != cause.header.type || erases;
  if (created) {
    record.header.type = type;
    record.header.stated = records::kAllPurposes;
    record.header.flags &= static_cast<std::uint8_t>(~records::flags::kImport);
  }
  if (created || !cause.header.causation.is_zero())
    record.header.id = sent_id(erases ? record.header.causation : cause.header.id, type, user);
  out.outbox.push_back(std::move(record));
}

bool fold_time(Profile& profile, Instant now, Effects& effects) {
  const auto due = abandon_cart(profile.personalization, now);
  if (!due) return false;
  effects.add(kCartAbandoned, profile.key, *due,
              {{"items", static_cast<std::int64_t>(profile.personalization.cart.size())}});
  return true;
}

void fold_erasure(const UserKey& user, Instant stamp, std::optional<Profile>& profile, FoldOutput& out) {
  if (profile) {
    leave_segments(*profile, out.changes);
    clear_marks(profile->training, user.tenant, out.changes);
  }
  profile.reset();
  out.effects.add(kErased, user, stamp, {});
}

} // namespace kindred::profiles

#include <algorithm>
#include <utility>

#include "engine/profiles/fold_version.hpp"
#include "engine/profiles/merge.hpp"
#include "engine/profiles/partition_impl.hpp"

// Two ids, one user (records.md §11). A Link in the source's partition makes the id an alias and sends the profile on as a
// MergeIn; what comes for the alias is sent on, too, its own record with its own id. Nothing is looked up across
// partitions: what the two sides know of each other comes by records alone.

namespace kindred::profiles {

namespace {

/// Merges that go round: of a links to b, b to c and c to a, each before it knew of the others, every image comes to an
/// alias that it was at before. The least id of the circle is whom all of them are from then on: the same wherever this is
/// asked, since what stands in `path` from the alias on has been the way round ever since.
bool closes_circle(const records::MergeIn& merge, const std::string& alias) {
  const auto at = std::find(merge.path.begin(), merge.path.end(), alias);
  return at != merge.path.end() && *std::min_element(at, merge.path.end()) == alias;
}

void address(records::Body& body, const std::string& to) {
  std::visit(
      [&](auto& value) {
        if constexpr (requires { value.user_id; }) value.user_id = to;
      },
      body);
}

} // namespace

/// A link to an id that is he already changes nothing. One that comes to him by a detour (his alias's alias) goes round, and
/// finds him in the end.
Outcome PartitionState::Impl::fold_link(const records::Record& record, const records::Link& link,
                                        LoadedUser& user, FoldOutput& out) {
  if (link.to.empty() || link.to == user.key.user) return Outcome::kIgnored;
  if (user.profile) {
    const auto& linked = user.profile->linked;
    if (std::find(linked.begin(), linked.end(), link.to) != linked.end()) return Outcome::kIgnored;
    --users;
  }
  const auto timer = user.profile ? user.profile->personalization.cart_due : std::nullopt;
  records::MergeIn merge = leave(user.key, link.to, user.profile, out.changes);
  merge.path.push_back(user.key.user);
  move_timer(user, timer);
  user.alias = Alias{link.to};
  send(record, records::RecordType::kMergeIn, std::move(merge), out);
  out.effects.add(kLinked, user.key, record.header.stamp, {{"to", link.to}});
  return Outcome::kApplied;
}

Outcome PartitionState::Impl::fold_alias(const records::Record& record, LoadedUser& user, FoldOutput& out) {
  if (std::holds_alternative<records::Link>(record.body)) return Outcome::kIgnored; // he is somebody already
  if (const auto* unlink = std::get_if<records::Unlink>(&record.body)) {
    if (unlink->to != user.alias->to) return Outcome::kIgnored;
    user.alias.reset();
    return Outcome::kApplied;
  }
  records::Record on = record;
  if (auto* merge = std::get_if<records::MergeIn>(&on.body)) {
    const bool far = merge->path.size() >= records::kMergePathMax;
    if (far || closes_circle(*merge, user.key.user)) {
      user.alias.reset();
      const Outcome outcome =
          fold_record(record, version, user.key, inputs(user.key.tenant), user.profile, out);
      if (user.profile) ++users;
      move_timer(user, std::nullopt);
      return outcome;
    }
    const bool seen = std::find(merge->path.begin(), merge->path.end(), user.key.user) != merge->path.end();
    if (!seen) merge->path.push_back(user.key.user);
  }
  if (auto* event = std::get_if<records::Event>(&on.body)) event->producer.reset(); // was judged here
  address(on.body, user.alias->to);
  send(record, record.header.type, std::move(on.body), out);
  return Outcome::kSentOn;
}

/// Whom it would enter was erased: so are all that are he. They tell him, too, which changes nothing more.
Outcome PartitionState::Impl::refuse_merge(const records::Record& record, LoadedUser& user, FoldOutput& out) {
  const auto* merge = std::get_if<records::MergeIn>(&record.body);
  if (merge == nullptr) return Outcome::kErased;
  for (const std::string& id : merge->linked)
    send(record, records::RecordType::kErase, records::Erase{id, "linked to a user who was erased", {}}, out);
  const RecordId echo = sent_id(first_erasure(record.header), records::RecordType::kErase, user.key.user);
  keep_dropped_id(echo, record.header.stamp, user);
  return Outcome::kErased;
}

} // namespace kindred::profiles

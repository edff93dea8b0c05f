// State: ids that were linked to others (records.md §11): where their questions go, and what is sent on for them.

#include <algorithm>
#include <utility>

#include "actors/gateway/recorder.hpp"
#include "actors/user_shard/state.hpp"
#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::user_shard {

using api::Error;
using api::ErrorCode;

namespace {
void ask_of(const std::string& user, api::Query& query) {
  std::visit(
      [&](auto& one) {
        if constexpr (requires { one.user_id; }) one.user_id = user;
      },
      query);
}
} // namespace

bool State::is_linked(TenantId tenant, const std::string& user) {
  const auto alias = fold_.alias_of({tenant, user});
  return alias.ok() && alias.value().has_value();
}

bool State::must_wait_for_outbox(Ask& ask) {
  if (ask.outbox == 0 && !outbox_.idle()) {
    const bool linked = std::any_of(ask.items.begin(), ask.items.end(), [&](const Ask::Item& item) {
      if (!item.via.empty()) return true; // linked or not any more: what was told of it may concern him
      const std::string user(api::user_of(item.query_value));
      return !user.empty() && is_linked(ask.tenant, user);
    });
    if (linked) ask.outbox = outbox_.last();
  }
  return ask.outbox > outbox_.done();
}

void State::seen_by(PartitionId partition, records::Positions& positions) const {
  if (const std::uint64_t end = outbox_.sent_end(partition); end > 0)
    positions.push_back({incarnation_, {records::Topic::kEvents, partition}, end - 1, 0, {}});
}

std::optional<Ask::Item> State::sent_on(const Ask::Item& item, const Ask& ask,
                                        records::Positions& positions) {
  const std::string user(api::user_of(item.query_value));
  if (user.empty() || std::holds_alternative<api::LinkUsers>(item.query_value)) return std::nullopt;
  const std::string& here = item.via.empty() ? user : item.via;
  const auto alias = fold_.alias_of({ask.tenant, here});
  Ask::Item on = item;
  if (alias.ok() && alias.value()) {
    const std::string& to = alias.value()->to;
    seen_by(partition_of(slot_of(ask.tenant, to), settings_.partitions), positions);
    on.seen.push_back(here);
    if (item.via.empty())
      ask_of(to, on.query_value);
    else
      on.via = to == user ? std::string() : to;
    return on;
  }
  if (!item.via.empty()) { // nobody's any more: erased, and he with it, or let go
    seen_by(partition_of(slot_of(ask.tenant, user), settings_.partitions), positions);
    on.seen.push_back(item.via);
    on.via.clear();
    return on;
  }
  if (auto linked = unseen_link({ask.tenant, user}, ask.positions, item.seen)) {
    on.via = std::move(*linked);
    return on;
  }
  return std::nullopt;
}

// The events clock has settled before it asks: there everything is where it is to be.
bool State::may_be_of_others(const records::Positions& positions) const {
  return !settings_.follows_events &&
         std::any_of(positions.begin(), positions.end(),
                     [](const auto& position) { return position.stream.topic == records::Topic::kEvents; });
}

std::optional<std::string> State::unseen_link(const UserKey& user, const records::Positions& positions,
                                              const std::vector<std::string>& seen) {
  if (user.user.empty() || !may_be_of_others(positions)) return std::nullopt;
  const auto found = fold_.find(user);
  if (!found.ok() || found.value() == nullptr) return std::nullopt;
  const std::vector<std::string> ids = found.value()->linked; // looking for an alias may let him go
  const bool all_here = outbox_.idle() && folded_end_ >= outbox_.sent_end(settings_.partition);
  for (const std::string& linked : ids) {
    const PartitionId partition = partition_of(slot_of(user.tenant, linked), settings_.partitions);
    const bool asked =
        std::any_of(positions.begin(), positions.end(), [&](const records::Position& position) {
          return position.stream == records::Stream{records::Topic::kEvents, partition};
        });
    if (!asked || std::find(seen.begin(), seen.end(), linked) != seen.end()) continue;
    if (partition != settings_.partition || !all_here) return linked;
    const auto alias = fold_.alias_of({user.tenant, linked}); // by a chain it may be on its way elsewhere
    if (alias.ok() && alias.value() && alias.value()->to != user.user) return linked;
  }
  return std::nullopt;
}

api::AnswerBody State::linked(const api::LinkUsers& query, const Sight& sight,
                              records::Positions& positions) {
  const std::string &user = query.link.user_id, &to = query.link.to;
  const auto found = fold_.find({sight.tenant, user});
  const auto alias = fold_.alias_of({sight.tenant, user});
  const auto tombstone = fold_.tombstone_of({sight.tenant, user});
  if (!found.ok() || !alias.ok() || !tombstone.ok()) {
    fail(profiles::FoldError::kBadState, "reading a user of");
    return Error{ErrorCode::kInternal, "the user's stored state cannot be read: " + not_ready_because(),
                 1000};
  }
  if (!alias.value() && tombstone.value() && found.value() == nullptr)
    return Error{ErrorCode::kErased, "one of the two ids was erased, and the other with it", 0};
  if (!alias.value())
    return Error{ErrorCode::kConflict,
                 "'" + to + "' was linked to '" + user +
                     "' before: they are one user already, the other way round",
                 0};
  if (alias.value()->to != to)
    return Error{ErrorCode::kConflict,
                 "'" + user + "' is linked to '" + alias.value()->to +
                     "' already: link that one, if they are one user",
                 0};
  seen_by(partition_of(slot_of(sight.tenant, to), settings_.partitions), positions);
  return api::Accepted{};
}

void State::produce_outbox(Outbox::Append append, Effects& out) {
  out.emplace_back(Produce{
      kOutboxAppends + append.to.value, {records::Topic::kEvents, append.to}, std::move(append.entry)});
}

// Events clock: only while it settles, so that where a record comes to stand does not depend on when it was sent.
void State::send_outbox(Effects& out) {
  if (!ready() || !events_lane_ || (settings_.follows_events && !settling_)) return;
  for (auto& append : outbox_.send()) produce_outbox(std::move(append), out);
  const auto adopt = outbox_.adopt();
  if (!adopt) return;
  ByteWriter id;
  id.raw("outbox");
  id.u16(settings_.partition.value);
  id.u64(adopt->generation);
  records::Record record;
  record.header.type = records::RecordType::kAdopt;
  record.header.id = hash128(id.view());
  record.header.stamp = settling_ ? settling_->now : now_;
  record.body = *adopt;
  append(Kind::kOutbox, ++last_number_, schemas::encode_record(record));
}

} // namespace kindred::actors::user_shard

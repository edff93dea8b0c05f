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

bool State::is_linked(TenantId tenant, const std::string& user) {
  const auto alias = fold_.alias_of({tenant, user});
  return alias.ok() && alias.value().has_value();
}

bool State::must_wait_for_outbox(Ask& ask) {
  if (ask.outbox == 0 && !outbox_.idle()) {
    const bool linked = std::any_of(ask.items.begin(), ask.items.end(), [&](const Ask::Item& item) {
      const std::string_view user = gateway::user_of(item.query_value);
      return !user.empty() && is_linked(ask.tenant, std::string(user));
    });
    if (linked) ask.outbox = outbox_.last();
  }
  return ask.outbox > outbox_.done();
}

std::optional<api::Query> State::sent_on(const api::Query& query, TenantId tenant,
                                         records::Positions& positions) {
  const std::string user(gateway::user_of(query));
  if (user.empty() || std::holds_alternative<api::LinkUsers>(query)) return std::nullopt;
  const auto alias = fold_.alias_of({tenant, user});
  if (!alias.ok() || !alias.value()) return std::nullopt;
  const std::string& to = alias.value()->to;
  const PartitionId partition = partition_of(slot_of(tenant, to), settings_.partitions);
  if (const std::uint64_t end = outbox_.sent_end(partition); end > 0)
    positions.push_back({incarnation_, {records::Topic::kEvents, partition}, end - 1, 0, {}});
  api::Query on = query;
  std::visit(
      [&](auto& one) {
        if constexpr (requires { one.user_id; }) one.user_id = to;
      },
      on);
  return on;
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
  const PartitionId partition = partition_of(slot_of(sight.tenant, to), settings_.partitions);
  if (const std::uint64_t end = outbox_.sent_end(partition); end > 0)
    positions.push_back({incarnation_, {records::Topic::kEvents, partition}, end - 1, 0, {}});
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

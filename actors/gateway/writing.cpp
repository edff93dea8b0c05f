// State, second part: records into lanes, verdicts out of them.
#include <algorithm>
#include <cassert>

#include "actors/gateway/activation.hpp"
#include "actors/gateway/state.hpp"

namespace kindred::actors::gateway {

using api::Error;
using api::ErrorCode;
using ports::LogError;
using ports::Verdict;

namespace {

Error refusal(LogError error) {
  const std::string name(ports::name_of(error));
  switch (error) {
  case LogError::kFull:
    return {ErrorCode::kOverloaded, "the log's queue is full, nothing was taken: try again shortly",
            kRetryAfterMs};
  case LogError::kTooLarge:
    return {ErrorCode::kTooLarge,
            "the log takes no entry of this size, nothing was taken: send fewer queries at once", 0};
  case LogError::kDiskFull:
    return {ErrorCode::kLogUnavailable,
            "the log has no room on its disk, nothing was taken: free space there; it goes on by itself",
            1000};
  default:
    return {ErrorCode::kLogUnavailable,
            "the log refuses appends (" + name +
                "), nothing was taken: see /readyz; try again when it is ready",
            1000};
  }
}

/// One of the logs refused: others may have it.
Error half_activated(const Error& refused) {
  return {ErrorCode::kUnknownOutcome,
          "not every partition has taken it, some have, and there is no way back: send it again (" +
              refused.message + ")",
          1000};
}

} // namespace

// Into every partition: accepted where all of their logs have it.
void State::write_activation(const api::ActivateFold& query, std::uint32_t index, Work& work,
                             LaneRecords& records) {
  if (!views_.status().ready) { // it may not know who is a member
    work.bodies[index] =
        Error{ErrorCode::kNotReady,
              "this node is not ready, see /readyz: ask again once it is, or another one", 1000};
    return;
  }
  const auto cluster = views_.cluster ? std::optional(views_.cluster()) : std::nullopt;
  const auto version =
      to_activate(query, cluster ? &*cluster : nullptr, {settings_.fold_oldest, settings_.fold_newest});
  if (!version.ok()) {
    work.bodies[index] = version.error();
    return;
  }
  work.activating.insert(index);
  for (std::size_t lane = 0; lane + 1 < lanes_.size(); ++lane) {
    records[lane].push_back(activation(lanes_[lane].stream().partition, version.value(), query.author, now_));
    work.sent[lane].push_back(index);
  }
}

void State::write(api::Query&& query, std::uint32_t index, const api::Request& request, Work& work,
                  LaneRecords& records, Effects& out) {
  if (const auto* activate = std::get_if<api::ActivateFold>(&query))
    return write_activation(*activate, index, work, records);
  if (const auto* track = std::get_if<api::Track>(&query); track && settings_.follows_events)
    move_clock(track->event.event_time, out);
  const auto* tenant = library_->library.tenant(work.tenant);
  const std::string user(api::user_of(query));
  const std::string message_id(message_id_of(query));
  std::optional<api::Query> asked; // behind its record
  if (std::holds_alternative<api::LinkUsers>(query)) asked = query;
  auto recorded = recorder_.record(std::move(query), {work.tenant, *tenant, library_->library,
                                                      request.idempotency_key, index, now_, request.trace});
  if (!recorded.ok()) {
    reject(recorded.error(), user, message_id);
    work.bodies[index] = recorded.error();
    return;
  }
  Recorded& taken = recorded.value();
  const std::size_t library_lane = lanes_.size() - 1;
  for (auto& item : taken.new_items) {
    records[library_lane].push_back(std::move(item));
    work.sent[library_lane].push_back(kNoQuery);
  }
  if (views_.is_outbox_full && taken.stream.topic == records::Topic::kEvents &&
      views_.is_outbox_full(taken.stream.partition)) {
    if (settings_.follows_events) unsettled_ = kUnsettledMax; // by this clock only settling empties it
    work.bodies[index] =
        Error{ErrorCode::kOverloaded,
              "what was told of linked ids waits to be sent on from this user's partition, the "
              "most that may: try again shortly",
              kRetryAfterMs};
    return;
  }
  if (asked) work.reads.push_back({index, std::move(*asked)});
  const std::size_t lane = lane_of(taken.stream);
  records[lane].push_back(std::move(taken.record));
  work.sent[lane].push_back(index);
  if (!taken.tenant) return;
  work.adopts.insert(taken.tenant->id);
  work.adopting.push_back(index);
}

void State::hand_to_lanes(std::uint64_t ticket, LaneRecords records) {
  constexpr std::size_t kBytesMax = records::kEntryBytesMax - schemas::kEntryHeaderBytes;
  for (auto& [lane, all] : records) {
    std::vector<Bytes> part;
    std::size_t bytes = 0;
    for (auto& record : all) {
      if (part.size() == records::kRecordsPerEntryMax || bytes + record.size() > kBytesMax) {
        lanes_[lane].add(ticket, part);
        part.clear();
        bytes = 0;
      }
      bytes += record.size();
      part.push_back(std::move(record));
    }
    if (!part.empty()) lanes_[lane].add(ticket, part);
  }
}

void State::send_lanes(Effects& out) {
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    if (auto entry = lanes_[i].send()) {
      Probe::add(probe_.appends);
      out.appends.push_back({i, lanes_[i].stream(), std::move(*entry)});
    }
}

Effects State::on(const Appended& appended, std::int64_t steady_us) {
  open(now_, steady_us);
  Effects out;
  assert(appended.append < lanes_.size());
  if (appended.verdict.kind == Verdict::Kind::kUnknown) Probe::add(probe_.appends_unknown);
  if (appended.verdict.kind == Verdict::Kind::kRefused) Probe::add(probe_.appends_refused);
  const auto outcome = lanes_[appended.append].on_verdict(appended.verdict, steady_us);
  if (outcome) {
    for (const auto& part : outcome->parts) close_part(*outcome, part, appended.append);
    for (const auto& part : outcome->parts) advance(part.ticket, out);
  }
  close(out);
  return out;
}

void State::close_part(const LaneOutcome& outcome, const LanePart& part, std::size_t lane) {
  const bool library = lane == lanes_.size() - 1;
  const bool acked = outcome.verdict.kind == Verdict::Kind::kAcked;
  if (acked && library) library_acked_ = std::max(library_acked_, outcome.position.offset + 1);
  if (acked && !library)
    settling_.saw_entry(outcome.position.stream.partition.value, outcome.position.offset);
  if (!acked && library) recorder_.on_library_refused();
  const auto found = works_.find(part.ticket);
  if (found == works_.end()) return; // answered meanwhile: its outcome was unknown then
  Work& work = found->second;
  auto& sent = work.sent[lane];
  const std::vector<std::uint32_t> queries(sent.begin(), sent.begin() + part.count);
  sent.erase(sent.begin(), sent.begin() + part.count);
  if (sent.empty()) work.sent.erase(lane);
  if (acked) return accept(work, queries, outcome, part);
  const Error error = refusal(outcome.verdict.error);
  for (const auto query : queries)
    if (query != kNoQuery)
      work.bodies[query] = work.activating.contains(query) ? half_activated(error) : error;
  if (!library) return;
  work.adopts.clear();
  work.adopting.clear();
}

void State::accept(Work& work, const std::vector<std::uint32_t>& queries, const LaneOutcome& outcome,
                   const LanePart& part) {
  records::Position position = outcome.position;
  position.index = part.index + part.count - 1;
  // Told library records are acknowledged once they are in effect. Items that were only met are not waited for; a reader
  // with these positions waits, and so sees the item by its name.
  const bool told = std::any_of(queries.begin(), queries.end(), [](auto query) { return query != kNoQuery; });
  if (told && position.stream.topic == records::Topic::kLibrary)
    work.library_end = std::max(work.library_end, position.offset + 1);
  work.positions.push_back(position);
  unsettled_ += queries.size();
  for (std::uint32_t i = 0; i < queries.size(); ++i) {
    if (queries[i] == kNoQuery) continue;
    auto& body = work.bodies[queries[i]];
    if (body && std::holds_alternative<Error>(*body)) continue; // another log refused its record of the query
    body = api::Accepted{static_cast<std::uint16_t>(work.positions.size() - 1), part.index + i, false};
  }
}

// What the library holds at its end, not what was asked for: of two settings in one entry of its log only the last holds,
// and one generation must never stand for two values.
void State::tell_adopts(std::uint64_t ticket, Work& work) {
  LaneRecords records;
  for (const auto& [name, tenant] : library_->library.tenants()) {
    if (!work.adopts.contains(tenant.id)) continue;
    for (const auto& adopt : recorder_.adopts(tenant, library_->end, now_))
      for (std::size_t lane = 0; lane + 1 < lanes_.size(); ++lane) {
        records[lane].push_back(adopt);
        work.sent[lane].push_back(kNoQuery);
      }
  }
  work.adopts.clear();
  for (const std::string& learner : settings_.learners)
    model_settling_.unsettle(learner); // a tenant more, perhaps
  settling_.unsettle();                // what a partition's log refuses of these its shard adopts by itself
  hand_to_lanes(ticket, std::move(records));
}

std::size_t State::lane_of(const records::Stream& stream) const {
  return stream.topic == records::Topic::kLibrary ? lanes_.size() - 1 : stream.partition.value;
}

} // namespace kindred::actors::gateway

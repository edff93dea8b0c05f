#include "actors/cluster/state.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::cluster {

using ports::PeerState;
using records::RecordType;

bool is_admitted(const std::vector<ports::PeerStanding>& peers, bool joined, Duration since_start) {
  bool refused = false;
  for (const auto& peer : peers) {
    if (peer.state == PeerState::kUp) return true;
    refused |= peer.state == PeerState::kRefused;
  }
  if (refused) return false;
  return joined || peers.empty() || since_start >= kAloneAfter;
}

bool is_clock_off(const std::vector<ports::PeerStanding>& peers) {
  std::size_t known = 0, off = 0;
  for (const auto& peer : peers) {
    const bool differs = peer.state == PeerState::kRefused && peer.refusal == peers::Refusal::kClockOff;
    off += differs ? 1 : 0;
    known += differs || peer.state == PeerState::kUp ? 1 : 0;
  }
  return off * 2 > known;
}

Effects State::start() {
  Effects effects;
  stand_into(effects);
  effects.emplace_back(Open{});
  return effects;
}

Effects State::handle(const Opened& opened) {
  Effects effects;
  if (!opened.bounds.ok() || !opened.epoch.ok()) {
    const auto error = opened.bounds.ok() ? opened.epoch.error() : opened.bounds.error();
    const std::string why = "the control log cannot be opened: " + std::string(name_of(error));
    if (ports::may_pass(error)) {
      not_opened_ = why;
      open_again_us_ = around_.steady_us + ports::kOpenAgainAfter.us;
    } else {
      stop(why);
    }
  } else {
    begin_ = opened.bounds.value().begin;
    end_ = begin_;
    epoch_ = opened.epoch.value();
    sequence_ = 0;
    opened_ = true;
    effects.emplace_back(Tail{begin_});
  }
  stand_into(effects);
  return effects;
}

Effects State::handle(const Entries& entries) {
  Effects effects;
  std::size_t bytes = 0;
  for (const auto& entry : entries.entries) {
    bytes += entry.bytes.size();
    if (stopped_.empty() && entry.offset >= end_) fold(entry);
  }
  reading_on_ = true;
  if (stopped_.empty()) effects.emplace_back(Consumed{bytes});
  stand_into(effects);
  return effects;
}

void State::fold(const ports::LogEntry& entry) {
  const auto decoded = schemas::decode_entry(entry.bytes);
  end_ = entry.offset + 1;
  if (!decoded.ok() && decoded.error().code == schemas::CodecError::kNotOurs)
    return Probe::count(probe_.foreign_entries);
  if (!decoded.ok())
    return stop("the control log holds an entry at " + std::to_string(entry.offset) +
                " that cannot be read: " + decoded.error().what);
  for (const auto& record : decoded.value().records) fold(record, entry.offset);
  const Member* self = members_.find(settings_.node);
  const bool own = decoded.value().author == records::Authorship{settings_.writer, epoch_, sequence_};
  if (own && self != nullptr)
    said_caught_up_ = self->caught_up; // what it said before an absence does not hold
}

void State::fold(const records::Record& record, std::uint64_t offset) {
  const bool unknown = std::holds_alternative<records::Unknown>(record.body);
  if (unknown && (record.header.flags & records::flags::kIgnorable) == 0)
    return stop("tooOld: the control log holds a record of type " +
                std::to_string(static_cast<int>(record.header.type)) + " at " + std::to_string(offset) +
                " that this build does not know: run a newer one");
  Probe::count(probe_.records);
  const auto applied = members_.apply(record, offset + 1);
  if (applied != Members::Applied::kTaken) return Probe::count(probe_.records_ignored);
  members_moved_ = true;
  if (const auto* join = std::get_if<records::Join>(&record.body); join && join->node == settings_.node) {
    displaced_ |= seen_self_ && join->life != settings_.life;
    seen_self_ |= join->life == settings_.life;
  }
  const auto* alive = std::get_if<records::Alive>(&record.body);
  if (alive == nullptr || alive->node != settings_.node) return;
  if (!marks_.empty() && record.header.stamp - marks_.back().stamp < kTrimEvery) return;
  marks_.push_back({record.header.stamp, offset});
  if (marks_.size() > kMarksMax) marks_.pop_front();
}

Effects State::handle(const TailCaughtUp& caught_up) {
  Effects effects;
  end_ = std::max(end_, caught_up.end); // offsets need not be dense
  caught_up_ = true;
  reading_on_ = false;
  stand_into(effects);
  return effects;
}

Effects State::handle(const TailFailed& failed) {
  Effects effects;
  if (failed.error ==
      ports::LogError::kOutOfRange) { // trimmed under us while we were slow: what is left says it all
    members_ = Members(settings_.cluster);
    members_moved_ = true;
    marks_.clear();
    caught_up_ = opened_ = false;
    reading_on_ = true;
    effects.emplace_back(Open{});
  } else {
    stop("the control log cannot be read on: " + std::string(name_of(failed.error)));
  }
  stand_into(effects);
  return effects;
}

Effects State::handle(const Appended& appended) {
  in_flight_ = false;
  const bool acked = appended.verdict.kind == ports::Verdict::Kind::kAcked;
  Probe::count(acked ? probe_.beats : probe_.beats_failed);
  if (!acked) next_join_us_ = 0; // what it said may not stand there
  if (acked) drains_.erase(drains_.begin(), drains_.begin() + static_cast<std::ptrdiff_t>(drains_said_));
  drains_said_ = 0;
  return {};
}

Effects State::handle(DrainMember drain) {
  Effects effects;
  if (drains_.size() >= kDrainsWaitingMax) {
    Probe::count(probe_.drains_dropped);
    return effects;
  }
  drains_.push_back(std::move(drain.drain));
  if (beat_is_due()) beat_into(effects);
  return effects;
}

Effects State::handle(const Trimmed& trimmed) {
  trimming_ = false;
  Probe::count(trimmed.bounds.ok() ? probe_.trims : probe_.trims_failed);
  if (trimmed.bounds.ok()) begin_ = trimmed.bounds.value().begin;
  return {};
}

Effects State::handle(const Surroundings& around) {
  Effects effects;
  look_around(around);
  if (!not_opened_.empty() && around.steady_us >= open_again_us_) {
    not_opened_.clear();
    effects.emplace_back(Open{});
  }
  if (beat_is_due()) beat_into(effects);
  trim_into(effects);
  stand_into(effects);
  return effects;
}

bool State::joined() const {
  const Member* self = members_.find(settings_.node);
  return self != nullptr && self->join.life == settings_.life;
}

void State::look_around(const Surroundings& around) {
  if (started_us_ == 0) started_us_ = busy_us_ = around.steady_us;
  if (around.folded != folded_) busy_us_ = around.steady_us;
  folded_ = around.folded;
  const std::uint32_t said = around_.fold_active; // while shards are made again none tells
  around_ = around;
  around_.fold_active = std::max(around.fold_active, said);
  admitted_ =
      is_admitted(around.peers, joined(), {around.steady_us - started_us_}) && !is_clock_off(around.peers);
}

bool State::beat_is_due() const {
  if (!opened_ || !caught_up_ || !stopped_.empty() || displaced_ || !admitted_ || in_flight_) return false;
  const bool idle = around_.steady_us - busy_us_ >= kIdleAfter.us;
  return around_.steady_us >= next_beat_us_ || around_.steady_us >= next_join_us_ || !drains_.empty() ||
         around_.caught_up != said_caught_up_ || around_.fold_active != said_fold_active_ ||
         (said_idle_ && !idle);
}

records::Record State::record_of(RecordType type, records::Body body) {
  records::Record record;
  record.header.type = type;
  record.header.stamp = around_.now;
  ByteWriter id;
  id.text(settings_.node);
  id.u64(settings_.life);
  id.u64(epoch_); // the actor may be made anew within one life
  id.u64(++record_);
  record.header.id = hash128(id.view());
  record.body = std::move(body);
  return record;
}

void State::beat_into(Effects& effects) {
  const std::int64_t now_us = around_.steady_us;
  const bool idle = now_us - busy_us_ >= kIdleAfter.us;
  records::Entry entry;
  entry.author = {settings_.writer, epoch_, ++sequence_};
  if (now_us >= next_join_us_ || !joined() || around_.fold_active != said_fold_active_) {
    const Member* self = members_.find(settings_.node);
    entry.records.push_back(
        record_of(RecordType::kJoin,
                  records::Join{settings_.node, settings_.life, settings_.cluster, settings_.endpoint,
                                settings_.zone, settings_.weight, settings_.replicas, settings_.partitions,
                                self != nullptr && self->join.draining, settings_.clients,
                                self != nullptr ? self->join.told_weight : std::uint16_t{0},
                                settings_.fold_oldest, settings_.fold_newest, around_.fold_active,
                                self != nullptr ? end_ : std::uint64_t{0}}));
    said_fold_active_ = around_.fold_active;
    next_join_us_ = now_us + records::kJoinEvery.us;
    said_caught_up_.clear();
  }
  if (said_caught_up_ != around_.caught_up) {
    entry.records.push_back(record_of(RecordType::kCaughtUp,
                                      records::CaughtUp{settings_.node, settings_.life, around_.caught_up}));
    said_caught_up_ = around_.caught_up;
  }
  for (const auto& drain : drains_) entry.records.push_back(record_of(RecordType::kDrain, drain));
  drains_said_ = drains_.size();
  entry.records.push_back(record_of(
      RecordType::kAlive, records::Alive{settings_.node, settings_.life, idle ? kIdleLease : kLease}));
  next_beat_us_ = now_us + (idle ? kIdleBeatEvery : kBeatEvery).us;
  said_idle_ = idle;
  in_flight_ = true;
  effects.emplace_back(Produce{schemas::encode_entry(entry)});
}

/// One member does it, the first present by name; should two think they are it, trimming twice is trimming once.
void State::trim_into(Effects& effects) {
  if (trimming_ || marks_.empty() || around_.steady_us < next_trim_us_ || !joined()) return;
  next_trim_us_ = around_.steady_us + kTrimEvery.us;
  for (const auto& [node, member] : members_.all()) {
    if (!members_.is_present(node)) continue;
    if (node != settings_.node) return;
    break;
  }
  std::uint64_t before = 0;
  for (const Mark& mark : marks_)
    if (marks_.back().stamp - mark.stamp >= kControlKept) before = mark.offset;
  if (before <= begin_) return;
  trimming_ = true;
  effects.emplace_back(Trim{before});
}

std::vector<std::string> State::reasons() const {
  std::vector<std::string> reasons;
  if (!stopped_.empty()) return {stopped_};
  if (!not_opened_.empty()) return {not_opened_};
  if (!opened_ || !caught_up_) return {"the control log is being folded"};
  if (displaced_)
    return {"another process called '" + settings_.node +
            "' joined after this one: stop one of them, or give it another name in [cluster]"};
  if (is_clock_off(around_.peers))
    reasons.push_back("the clock differs by more than 1 s from those of most peers: synchronize it with NTP");
  if (joined() && admitted_) return reasons;
  for (const auto& peer : around_.peers)
    if (peer.state == PeerState::kRefused)
      reasons.push_back(std::string(peer.refused_by_it ? "refused by peer " : "refusing peer ") + peer.name +
                        ": " + std::string(peers::name_of(peer.refusal)) + ": " + peer.why);
  if (reasons.empty()) reasons.push_back(admitted_ ? "joining" : "no peer has answered yet");
  return reasons;
}

void State::stand_into(Effects& effects) {
  std::vector<std::string> why = reasons();
  if (standing_ && reading_on_) return stand_still(std::move(why), effects);
  if (standing_ && !members_moved_ && why == standing_->not_ready_because) return;
  auto standing = std::make_shared<Standing>();
  standing->ready = why.empty();
  standing->not_ready_because = std::move(why);
  standing->members = members_;
  standing->end = end_;
  auto places = members_.places();
  if (standing_ && places == places_) {
    standing->map = standing_->map;
  } else {
    places_ = places;
    standing->map = Members::map_of(std::move(places));
    Probe::count(probe_.maps);
  }
  members_moved_ = false;
  show(*standing);
  standing_ = standing;
  effects.emplace_back(Stand{std::move(standing)});
}

/// What the log said in between was true once, for a node that was away perhaps long ago: nobody acts on it. Only what ends this
/// node's part is told.
void State::stand_still(std::vector<std::string> why, Effects& effects) {
  if ((stopped_.empty() && not_opened_.empty() && opened_) || why == standing_->not_ready_because) return;
  auto standing = std::make_shared<Standing>(*standing_);
  standing->ready = false;
  standing->not_ready_because = std::move(why);
  standing_ = standing;
  effects.emplace_back(Stand{std::move(standing)});
}

void State::show(const Standing& standing) const {
  std::int64_t present = 0, draining = 0, too_old = 0, first = 0, any = 0;
  for (const auto& [node, member] : standing.members.all()) {
    if (!standing.members.is_present(node)) continue;
    ++present;
    draining += member.join.draining ? 1 : 0;
    too_old += standing.members.is_too_old(member) ? 1 : 0;
  }
  for (const auto& replicas : standing.map.replicas)
    for (std::size_t i = 0; i < replicas.size(); ++i) {
      if (standing.map.nodes[replicas[i]] != settings_.node) continue;
      ++any;
      first += i == 0 ? 1 : 0;
    }
  Probe::set(probe_.members_present, present);
  Probe::set(probe_.members_draining, draining);
  Probe::set(probe_.members_too_old, too_old);
  Probe::set(probe_.members_silent, static_cast<std::int64_t>(standing.members.all().size()) - present);
  Probe::set(probe_.first_of, first);
  Probe::set(probe_.replica_of, any);
  Probe::set(probe_.kept_entries, static_cast<std::int64_t>(end_ - begin_));
}

} // namespace kindred::actors::cluster

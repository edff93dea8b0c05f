#include "actors/user_shard/rounds.hpp"

#include <algorithm>

namespace kindred::actors::user_shard {

Rounds::Rounds(PartitionId partition, profiles::PartitionState& fold) : partition_(partition), fold_(fold) {}

void Rounds::fold(const records::Record& record, std::uint64_t offset, std::int64_t steady_us) {
  if (const auto* cut = std::get_if<records::Cut>(&record.body)) return open(record, *cut, offset, steady_us);
  const auto* done = std::get_if<records::CutDone>(&record.body);
  if (done == nullptr) return;
  close({record.header.tenant, done->learner}, done->round);
  reports_.emplace_back(Closed{partition_, record.header.tenant, done->learner, done->round});
}

void Rounds::pass_over(const records::Record& record) {
  const auto* cut = std::get_if<records::Cut>(&record.body);
  if (cut == nullptr) return fold(record, 0, 0);
  const Key key{record.header.tenant, cut->learner};
  close(key, cut->round);
  lose(key, cut->round, "this partition was far behind, and folded its cut without gathering anybody");
}

void Rounds::open(const records::Record& record, const records::Cut& cut, std::uint64_t offset,
                  std::int64_t steady_us) {
  const Key key{record.header.tenant, cut.learner};
  if (const auto old = rounds_.find(key); old != rounds_.end()) {
    if (old->second.number >= cut.round) return;
    drop(old);
  }
  auto gatherer = rounds::gatherer_of(cut.learner, record.header.stamp);
  if (gatherer == nullptr) return lose(key, cut.round, "this build has no learner of that name");
  rounds::ChangeLog::Cut at{cut.round, record.header.stamp, 0, {}};
  if (const auto asked = expected_.find(key); asked != expected_.end()) {
    if (asked->second.round == cut.round) {
      at.base = asked->second.base;
      at.since = asked->second.since;
    }
    expected_.erase(asked);
  }
  Round round;
  round.number = cut.round;
  round.cut = offset;
  round.since_us = steady_us;
  round.gatherer = std::move(gatherer);
  if (begin_gathering(key, at, round))
    rounds_[key] = std::move(round);
  else
    lose(key, cut.round, "too many rounds at once: " + std::to_string(profiles::kSweepsMax) + " are open");
}

/// False: too many are open.
bool Rounds::begin_gathering(const Key& key, const rounds::ChangeLog::Cut& cut, Round& round) {
  profiles::SweepVisitor* visitor = round.gatherer.get();
  if (const auto* incremental = rounds::incremental_of(key.second)) {
    Changes& changes = changes_[key];
    changes.cut_us = round.since_us;
    if (!changes.log) changes.log = std::make_unique<rounds::ChangeLog>(fold_, key.first, *incremental);
    round.by_changes = changes.log->cut(cut, *round.gatherer);
    visitor = changes.log.get();
  }
  if (!round.by_changes) round.sweep = fold_.begin_sweep(key.first, *visitor);
  if (round.by_changes || round.sweep != 0) return true;
  changes_.erase(key);
  return false;
}

void Rounds::end_gathering(const Key& key, Round& round, bool complete) {
  if (!std::exchange(round.gathering, false)) return;
  if (round.sweep != 0) fold_.end_sweep(std::exchange(round.sweep, 0));
  if (const auto changes = changes_.find(key); changes != changes_.end()) changes->second.log->stop(complete);
}

void Rounds::close(const Key& key, std::uint64_t number) {
  const auto round = rounds_.find(key);
  if (round != rounds_.end() && round->second.number <= number) drop(round);
}

void Rounds::drop(std::map<Key, Round>::iterator round) {
  end_gathering(round->first, round->second, false);
  for (const AskPass& ask : round->second.asked) fail(ask, "the round was closed");
  rounds_.erase(round);
}

void Rounds::lose(const Key& key, std::uint64_t number, std::string why) {
  reports_.emplace_back(Gathered{partition_, key.first, key.second, number, 0, std::move(why)});
}

void Rounds::fail(const AskPass& ask, std::string why) {
  reports_.emplace_back(Passed{partition_, ask.tenant, ask.learner, ask.round, ask.pass, {}, std::move(why)});
}

void Rounds::ask(AskPass ask) {
  const auto found = rounds_.find({ask.tenant, ask.learner});
  if (found == rounds_.end() || found->second.number != ask.round)
    return fail(ask, "this partition does not hold the cut any more");
  if (found->second.gathering) return fail(ask, "this partition has not gathered all of its users yet");
  found->second.asked.push_back(std::move(ask));
}

bool Rounds::busy() const {
  return std::any_of(rounds_.begin(), rounds_.end(),
                     [](const auto& round) { return round.second.gathering || !round.second.asked.empty(); });
}

Result<Done, profiles::FoldError> Rounds::work() {
  for (auto at = rounds_.begin(); at != rounds_.end(); ++at) {
    if (at->second.gathering) return gather(at);
    if (at->second.asked.empty()) continue;
    pass(at->second);
    return Done{};
  }
  return Done{};
}

Result<Done, profiles::FoldError> Rounds::gather(std::map<Key, Round>::iterator at) {
  Round& round = at->second;
  const auto changes = changes_.find(at->first);
  if (changes != changes_.end()) changes->second.log->trim(kSweepSlice);
  const auto complete = round.by_changes ? changes->second.log->go_on(kSweepSlice)
                                         : fold_.go_on_sweeping(round.sweep, kSweepSlice);
  if (!complete.ok()) return complete.error();
  if (round.gatherer->bytes() > rounds::kGatheredBytesMax) {
    lose(at->first, round.number,
         "more was gathered than " + std::to_string(rounds::kGatheredBytesMax) + " bytes of memory allow");
    drop(at);
    return Done{};
  }
  if (!complete.value()) return Done{};
  end_gathering(at->first, round, true);
  reports_.emplace_back(Gathered{partition_,
                                 at->first.first,
                                 at->first.second,
                                 round.number,
                                 round.cut,
                                 {},
                                 round.by_changes && round.gatherer->fits()});
  return Done{};
}

void Rounds::pass(Round& round) {
  const AskPass& ask = round.asked.front();
  if (!round.passing && !round.gatherer->begin(*ask.parameters)) {
    fail(ask, "these are no parameters of the learner");
    round.asked.erase(round.asked.begin());
    return;
  }
  round.passing = !round.gatherer->go_on(kPassSlice);
  if (round.passing) return;
  reports_.emplace_back(
      Passed{partition_, ask.tenant, ask.learner, ask.round, ask.pass, round.gatherer->statistic(), {}});
  round.asked.erase(round.asked.begin());
}

void Rounds::expire(std::int64_t steady_us) {
  for (auto round = rounds_.begin(); round != rounds_.end();) {
    const auto at = round++;
    if (steady_us - at->second.since_us > kRoundKept.us) drop(at);
  }
  std::erase_if(changes_, [&](const auto& changes) {
    return steady_us - changes.second.cut_us > kChangesKept.us && !rounds_.contains(changes.first);
  });
}

} // namespace kindred::actors::user_shard

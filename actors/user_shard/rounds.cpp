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

void Rounds::open(const records::Record& record, const records::Cut& cut, std::uint64_t offset,
                  std::int64_t steady_us) {
  const Key key{record.header.tenant, cut.learner};
  if (const auto old = rounds_.find(key); old != rounds_.end()) {
    if (old->second.number >= cut.round) return;
    drop(old);
  }
  auto gatherer = rounds::gatherer_of(cut.learner, record.header.stamp);
  if (gatherer == nullptr) return lose(key, cut.round, "this build has no learner of that name");
  const std::uint32_t sweep = fold_.begin_sweep(record.header.tenant, *gatherer);
  if (sweep == 0)
    return lose(key, cut.round,
                "too many rounds at once: " + std::to_string(profiles::kSweepsMax) + " are open");
  rounds_[key] = Round{cut.round, offset, steady_us, std::move(gatherer), sweep, {}, false};
}

void Rounds::close(const Key& key, std::uint64_t number) {
  const auto round = rounds_.find(key);
  if (round != rounds_.end() && round->second.number <= number) drop(round);
}

void Rounds::drop(std::map<Key, Round>::iterator round) {
  if (round->second.sweep != 0) fold_.end_sweep(round->second.sweep);
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
  if (found->second.sweep != 0) return fail(ask, "this partition has not gathered all of its users yet");
  found->second.asked.push_back(std::move(ask));
}

bool Rounds::busy() const {
  return std::any_of(rounds_.begin(), rounds_.end(), [](const auto& round) {
    return round.second.sweep != 0 || !round.second.asked.empty();
  });
}

Result<Done, profiles::FoldError> Rounds::work() {
  for (auto at = rounds_.begin(); at != rounds_.end(); ++at) {
    if (at->second.sweep != 0) return gather(at);
    if (at->second.asked.empty()) continue;
    pass(at->second);
    return Done{};
  }
  return Done{};
}

Result<Done, profiles::FoldError> Rounds::gather(std::map<Key, Round>::iterator at) {
  Round& round = at->second;
  const auto complete = fold_.go_on_sweeping(round.sweep, kSweepSlice);
  if (!complete.ok()) return complete.error();
  if (round.gatherer->bytes() > rounds::kGatheredBytesMax) {
    lose(at->first, round.number,
         "more was gathered than " + std::to_string(rounds::kGatheredBytesMax) + " bytes of memory allow");
    drop(at);
    return Done{};
  }
  if (!complete.value()) return Done{};
  fold_.end_sweep(std::exchange(round.sweep, 0));
  reports_.emplace_back(Gathered{partition_, at->first.first, at->first.second, round.number, round.cut, {}});
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
}

} // namespace kindred::actors::user_shard

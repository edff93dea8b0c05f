// State: what is due, and the steps of a round. Other parts: publishing.cpp, asking.cpp.

#include "actors/model/state.hpp"

#include <algorithm>
#include <utility>

namespace kindred::actors::model {

State::State(Settings settings, Views views, Probe& probe)
    : settings_(std::move(settings)), views_(std::move(views)), probe_(probe) {}

Effects State::start() {
  Effects out;
  out.emplace_back(Open{});
  return out;
}

Effects State::handle(const Opened& opened) {
  Effects out;
  if (opened.error) {
    out.emplace_back(Quit{"the models log cannot be opened: " + std::string(ports::name_of(*opened.error))});
    return out;
  }
  epoch_ = opened.epoch;
  lane_.emplace(gateway::AppendLane::Settings{opened.incarnation,
                                              {records::Topic::kModels, {}},
                                              settings_.writer,
                                              opened.epoch * gateway::AppendLane::kEpochsPerStart});
  look_around(out);
  return out;
}

Effects State::handle(const Pulse& pulse) {
  Effects out;
  now_ = pulse.now;
  steady_us_ = pulse.steady_us;
  told_time_ = true;
  for (auto& [id, tenant] : tenants_) // the wall clock may be put back
    if (!settings_.follows_events && tenant.tried && is_far_ahead(*tenant.tried)) tenant.tried = now_;
  if (lane_)
    if (auto entry = lane_->resend(steady_us_)) out.emplace_back(Produce{std::move(*entry)});
  let_go();
  if (step_ != Step::kIdle && steady_us_ - stepped_us_ > settings_.step_deadline.us)
    abandon("no answer for " + std::to_string(settings_.step_deadline.us / kSecond.us) + " seconds", out);
  look_around(out);
  return out;
}

Effects State::handle(const Settle& settle) {
  Effects out;
  settling_ = settle; // an older one was given up
  look_around(out);
  return out;
}

Effects State::handle(const SnapshotsMoved&) {
  Effects out;
  look_around(out);
  return out;
}

// After every message: the offers' fate first, then what waits for the end of a round.
void State::look_around(Effects& out) {
  if (!lane_ || !told_time_) return;
  if (step_ == Step::kFolding) look_at_offers(out);
  while (step_ == Step::kIdle && !changes_.empty()) {
    Ask ask = std::move(changes_.front());
    changes_.pop_front();
    begin_change(std::move(ask), out);
  }
  const auto library = views_.library.get();
  const bool mine = !views_.mine || views_.mine();
  if (step_ == Step::kIdle && library && views_.models.get() && may_begin())
    for (const auto& [name, tenant] : library->library.tenants()) {
      if (tenant.removed) continue;
      const auto when = mine ? due({tenant.id}) : std::nullopt;
      const Tenant& its = tenants_[{tenant.id}];
      const bool again = when && its.again_us && steady_us_ >= *its.again_us;
      if (!its.asked && !again && (!when || *when > now())) continue;
      begin({tenant.id}, out);
      break;
    }
  if (step_ == Step::kIdle && settling_) {
    out.emplace_back(Report{{settling_->ticket, settings_.learner, next_due(), models_end_}});
    settling_.reset();
  }
}

/// By the events clock nothing begins but behind the barrier.
bool State::may_begin() const { return !settings_.follows_events || settling_; }

std::optional<Instant> State::due(TenantId tenant) const {
  if (settings_.cadence.us <= 0) return std::nullopt;
  std::optional<Instant> last;
  if (const auto known = tenants_.find(tenant); known != tenants_.end()) last = known->second.tried;
  if (const auto models = views_.models.get())
    for (const auto& [key, line] : *models->solved) {
      if (key.first != tenant || rounds::learner_of(key.second) != settings_.learner) continue;
      for (const auto* placed : {&line->champion, &line->challenger}) {
        if (!*placed) continue;
        const Instant at = (*placed)->model->trained_at;
        if (!is_far_ahead(at)) last = std::max(last.value_or(Instant{INT64_MIN}), at);
      }
    }
  if (!last) return Instant{INT64_MIN};
  const std::int64_t step = settings_.cadence.us;
  const std::int64_t over = ((last->us % step) + step) % step;
  return Instant{last->us - over + step};
}

std::optional<Instant> State::next_due() const {
  std::optional<Instant> next;
  const auto library = views_.library.get();
  if (!library) return next;
  for (const auto& [name, tenant] : library->library.tenants())
    if (const auto when = due({tenant.id}); !tenant.removed && when && (!next || *when < *next)) next = when;
  return next;
}

void State::step(Step step) {
  step_ = step;
  stepped_us_ = steady_us_;
}

void State::all_partitions() {
  for (std::uint16_t partition = 0; partition < settings_.partitions; ++partition)
    round_.waiting.insert(partition);
}

/// Grows over lives of the actor, too.
std::uint64_t State::next_number() { return epoch_ << 20 | ++rounds_opened_; }

bool State::is_current(TenantId tenant, const std::string& learner, std::uint64_t round) const {
  return learner == settings_.learner && tenant == round_.tenant && round == round_.number;
}

void State::begin(TenantId tenant, Effects& out) {
  Tenant& known = tenants_[tenant];
  round_ = {};
  round_.tenant = tenant;
  round_.number = known.next != 0 ? std::exchange(known.next, 0) : next_number();
  round_.as_of = now();
  round_.began_us = steady_us_;
  round_.cuts.resize(settings_.partitions);
  offered_.clear();
  appended_.reset();
  known.asked = false;
  known.tried = round_.as_of;
  known.again_us.reset();
  Probe::count(probe_.rounds);
  if (known.sums) round_.base = known.base;
  open(out);
}

void State::open(Effects& out) {
  round_.by_changes = round_.base != 0;
  standing_.tenants[round_.tenant].running = round_.number;
  stand(out);
  round_.since = oldest_champion();
  step(Step::kGathering);
  all_partitions();
  for (const std::uint16_t partition : round_.waiting)
    out.emplace_back(ToShard{{partition},
                             user_shard::OpenRound{round_.tenant, settings_.learner, round_.number,
                                                   round_.as_of, round_.base, round_.since}});
}

/// Of everybody: who changed does not suffice, or not everywhere.
void State::open_again(Effects& out) {
  round_.solver.reset();
  round_.base = 0;
  round_.by_changes = false;
  round_.number = next_number();
  open(out);
}

/// When the oldest of the models was trained that serve under one of the learner's names.
std::optional<Instant> State::oldest_champion() const {
  std::optional<Instant> oldest;
  for (const auto& [key, line] : *views_.models.get()->solved) {
    if (key.first != round_.tenant || rounds::learner_of(key.second) != settings_.learner) continue;
    if (!line->champion) continue;
    const Instant trained = line->champion->model->trained_at;
    oldest = std::min(oldest.value_or(trained), trained);
  }
  return oldest;
}

void State::keep(std::unique_ptr<rounds::Sums> sums) {
  Tenant& tenant = tenants_[round_.tenant];
  tenant.sums = std::move(sums);
  tenant.base = round_.number;
  tenant.summed_us = steady_us_;
  let_go();
}

/// Sums that no round asked for in time, and the oldest where there are too many.
void State::let_go() {
  std::size_t bytes = 0;
  std::multimap<std::int64_t, Tenant*> by_age;
  for (auto& [id, tenant] : tenants_) {
    if (!tenant.sums) continue;
    if (steady_us_ - tenant.summed_us > kSumsKept.us)
      tenant.sums.reset();
    else
      bytes += tenant.sums->bytes();
    by_age.emplace(tenant.summed_us, &tenant);
  }
  for (auto oldest = by_age.begin(); bytes > rounds::kSumsBytesMax && oldest != by_age.end(); ++oldest)
    if (const auto sums = std::move(oldest->second->sums)) bytes -= sums->bytes();
  Probe::set(probe_.sums_bytes, static_cast<std::int64_t>(bytes));
}

Effects State::handle(const user_shard::Gathered& gathered) {
  Effects out;
  if (step_ == Step::kGathering && is_current(gathered.tenant, gathered.learner, gathered.round) &&
      round_.waiting.erase(gathered.partition.value) != 0) {
    stepped_us_ = steady_us_;
    round_.cuts[gathered.partition.value] = gathered.cut;
    round_.by_changes &= gathered.by_changes;
    if (!gathered.lost.empty()) {
      abandon("partition " + std::to_string(gathered.partition.value) + ": " + gathered.lost, out);
    } else if (round_.waiting.empty()) {
      solve(out);
    }
  }
  look_around(out);
  return out;
}

/// Everybody was gathered, or everybody who changed.
void State::solve(Effects& out) {
  const auto known = take_known();
  const bool covered = std::all_of(known.begin(), known.end(), [&](const auto& one) {
    const auto& champion = one.second.champion;
    return !champion || (round_.since && *round_.since <= champion->trained_at);
  });
  if (round_.base != 0 && !(round_.by_changes && covered)) return open_again(out);
  auto sums = round_.by_changes ? std::move(tenants_[round_.tenant].sums) : nullptr;
  round_.by_changes = sums != nullptr;
  round_.solver = rounds::solver_of(settings_.learner, known, settings_.limits, std::move(sums));
  ask_pass(out);
}

void State::ask_pass(Effects& out) {
  Probe::count(probe_.passes);
  ++round_.pass;
  round_.statistics.clear();
  step(Step::kPassing);
  all_partitions();
  const auto parameters = std::make_shared<const Bytes>(round_.solver->parameters());
  for (const std::uint16_t partition : round_.waiting)
    out.emplace_back(ToShard{
        {partition},
        user_shard::AskPass{round_.tenant, settings_.learner, round_.number, round_.pass, parameters}});
}

Effects State::handle(user_shard::Passed passed) {
  Effects out;
  if (step_ == Step::kPassing && is_current(passed.tenant, passed.learner, passed.round) &&
      passed.pass == round_.pass && round_.waiting.erase(passed.partition.value) != 0) {
    stepped_us_ = steady_us_;
    round_.statistics[passed.partition.value] = std::move(passed.statistic);
    if (!passed.lost.empty())
      abandon("partition " + std::to_string(passed.partition.value) + ": " + passed.lost, out);
    else if (round_.waiting.empty())
      absorb(out);
  }
  look_around(out);
  return out;
}

namespace {

std::string in_words(rounds::RoundError error) {
  switch (error) {
  case rounds::RoundError::kForeignStatistic: return "a statistic was not one of this build";
  case rounds::RoundError::kUnsolvable: return "the solver found no solution";
  case rounds::RoundError::kNotByChanges: return "statistics were not of everybody";
  case rounds::RoundError::kTooManyUsers: return "there are more users than the learner's sums hold";
  }
  return "the solver failed";
}

} // namespace

void State::absorb(Effects& out) {
  std::vector<Bytes> statistics; // by partition, though sums do not care
  for (auto& [partition, bytes] : round_.statistics) statistics.push_back(std::move(bytes));
  const auto solved = round_.solver->absorb(statistics);
  if (!solved.ok() && solved.error() == rounds::RoundError::kNotByChanges && round_.by_changes)
    return open_again(out);
  if (!solved.ok()) return abandon(in_words(solved.error()), out);
  if (!solved.value()) return ask_pass(out);
  round_.outcome = round_.solver->outcome();
  if (rounds::incremental_of(settings_.learner) != nullptr) {
    round_.outcome += round_.by_changes ? "; from who changed" : "; from all users";
    keep(round_.solver->take_sums());
  }
  if (round_.by_changes) Probe::count(probe_.rounds_by_changes);
  publish(round_.solver->offers(), out);
}

void State::abandon(const std::string& why, Effects& out) {
  if (step_ == Step::kClosing) { // what was published is, and the first reason stands
    round_.outcome += "; not every partition told that it let go: " + why;
    return end_round(out);
  }
  Probe::count(probe_.rounds_abandoned);
  if (round_.change) {
    const bool nothing_sent = step_ == Step::kReaching;
    answer(*round_.change,
           api::Error{nothing_sent ? api::ErrorCode::kNotReady : api::ErrorCode::kUnknownOutcome,
                      why + (nothing_sent ? ": nothing was changed, try again"
                                          : ": list the models before asking again"),
                      1000},
           {}, out);
    step(Step::kIdle);
    return;
  }
  round_.outcome = "given up: " + why;
  round_.given_up = true;
  // The next try is when the cadence says, or kTryAgain later where that is sooner.
  if (!settings_.follows_events) tenants_[round_.tenant].again_us = steady_us_ + kTryAgain.us;
  close_round(out);
}

void State::close_round(Effects& out) {
  step(Step::kClosing);
  send_closes(out);
}

void State::send_closes(Effects& out) {
  all_partitions();
  for (const std::uint16_t partition : round_.waiting)
    out.emplace_back(ToShard{{partition},
                             user_shard::CloseRound{round_.tenant, settings_.learner, round_.number,
                                                    round_.published, round_.as_of}});
}

Effects State::handle(const user_shard::Closed& closed) {
  Effects out;
  const bool awaited = step_ == Step::kClosing || step_ == Step::kReaching;
  if (awaited && is_current(closed.tenant, closed.learner, closed.round)) {
    stepped_us_ = steady_us_;
    round_.waiting.erase(closed.partition.value);
    if (round_.waiting.empty()) step_ == Step::kClosing ? end_round(out) : change(out);
  }
  look_around(out);
  return out;
}

void State::end_round(Effects& out) {
  if (!round_.given_up) Probe::count(probe_.rounds_done);
  Probe::set(probe_.round_us, steady_us_ - round_.began_us);
  const Rounds& rounds = standing_.tenants[round_.tenant] = {
      round_.number, 0, round_.as_of, round_.outcome, round_.published, round_.given_up, round_.by_changes};
  out.emplace_back(Ended{round_.tenant, rounds});
  stand(out);
  step(Step::kIdle);
}

void State::stand(Effects& out) const { out.emplace_back(Stand{standing_}); }

} // namespace kindred::actors::model

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <utility>

#include "actors/user_shard/messages.hpp"
#include "actors/user_shard/state.hpp"

namespace kindred::actors::user_shard {

namespace {

/// Carries messages in and effects out; every decision is State's. Thread: the actor's; callbacks of ports only send.
class Shell : public Actor::base {
public:
  Shell(caf::actor_config& config, Settings settings, Dependencies dependencies)
      : Actor::base(config), stream_{records::Topic::kEvents, settings.partition},
        to_(std::move(dependencies)), state_(settings, to_.store, {to_.library, to_.models}, to_.probe) {}

  void on_exit() override {
    subscription_.reset();
    for (auto& turn : turns_) turn.reset();
    if (auto last = state_.last_words())
      to_.log.produce(last->stream, std::move(last->entry), [](ports::Verdict) {});
  }

private:
  /// A message's way to State. While the log is opened it waits, in its order and as it would in the mailbox: a shard that is
  /// not opened would refuse what it can do a moment later.
  template <class Message>
  auto in_turn() {
    return [this](Message& message) {
      if (!looking_) return carry_out(state_.handle(std::move(message)));
      waiting_.push_back(
          [this, held = std::move(message)]() mutable { carry_out(state_.handle(std::move(held))); });
    };
  }

protected:
  behavior_type make_behavior() override {
    return {
        [this](const Start&) {
          carry_out(state_.start());
          pulse(kPulse + phase());
        },
        in_turn<Ask>(),
        in_turn<Forward>(),
        in_turn<Settle>(),
        in_turn<OpenRound>(),
        in_turn<AskPass>(),
        in_turn<CloseRound>(),
        in_turn<Differs>(),
        [this](Opened& opened) {
          looking_ = false;
          carry_out(state_.handle(std::move(opened)));
          go_on();
        },
        in_turn<Entries>(),
        in_turn<LogEnd>(),
        in_turn<CaughtUp>(),
        in_turn<TailFailed>(),
        in_turn<ModelsRead>(),
        in_turn<Appended>(),
        in_turn<Flushed>(),
        in_turn<DeltaSeen>(),
        in_turn<NextSlice>(),
        in_turn<TurnCame>(),
        in_turn<SnapshotsMoved>(),
        in_turn<replay::Recalled>(),
        [this](const Pulse&) { pulse(kPulse); },
    };
  }

private:
  void pulse(Duration next) {
    pulse_due_ = true;
    if (!looking_) beat();
    delayed_send(this, std::chrono::microseconds(next.us), Pulse{});
  }

  void beat() {
    pulse_due_ = false;
    carry_out(state_.handle(Pulse{to_.clock.now(), to_.clock.steady_us()}));
  }
  void go_on() {
    if (pulse_due_ && !looking_) beat();
    while (!looking_ && !waiting_.empty()) {
      const auto next = std::move(waiting_.front());
      waiting_.pop_front();
      next();
    }
  }

  Duration phase() const { return {kPulse.us * (stream_.partition.value % kPulseTurns) / kPulseTurns}; }

  void carry_out(Effects effects) {
    for (auto& effect : effects) {
      std::visit([this](auto& one) { carry_out_one(one); }, effect);
    }
  }

  /// What asks the log and waits for it (a broker, perhaps), on a thread of its own: others' messages do not wait, too. What
  /// came of it comes by way of the mailbox. One look of each kind at a time: at most three threads a partition, mostly none.
  template <class Look>
  void beside(Look look) {
    const Actor self = this;
    system().spawn<caf::detached>( // with arguments: without, CAF 0.17 takes what is behind a null pointer
        [](const Actor& to, const Look& looks) { caf::anon_send(to, looks()); }, self, std::move(look));
  }
  void carry_out_one(const Open& open) {
    looking_ = true;
    beside([&log = to_.log, stream = stream_, open] { return look(log, stream, open); });
  }

  static Opened look(ports::Log& log, const records::Stream& stream, const Open& open) {
    Opened opened;
    opened.incarnation = log.incarnation();
    const auto events = log.bounds(stream);
    const auto models = log.bounds({records::Topic::kModels, {}});
    const auto epoch = log.next_epoch();
    if (!events.ok()) opened.error = events.error();
    if (!models.ok()) opened.error = models.error();
    if (!epoch.ok()) opened.error = epoch.error();
    if (opened.error) return opened;
    opened.events = events.value();
    opened.models_end = models.value().end;
    opened.epoch = epoch.value() * gateway::AppendLane::kEpochsPerStart;
    if (open.last && *open.last >= opened.events.begin && *open.last < opened.events.end) {
      auto last = log.read(stream, *open.last, 1);
      if (!last.ok()) opened.error = last.error();
      if (last.ok() && !last.value().empty()) opened.last = std::move(last.value().front().bytes);
    }
    return opened;
  }

  void carry_out_one(const LookAtEnd&) {
    beside([&log = to_.log, stream = stream_] {
      const auto bounds = log.bounds(stream);
      return bounds.ok() ? LogEnd{bounds.value().end} : LogEnd{bounds.error()};
    });
  }
  void carry_out_one(const Tail& tail) {
    const Actor self = this;
    subscription_ = to_.log.tail(
        stream_, tail.from,
        {.on_entries =
             [self](std::vector<ports::LogEntry> entries) {
               caf::anon_send(self, Entries{std::move(entries)});
             },
         .on_caught_up = [self](std::uint64_t end) { caf::anon_send(self, CaughtUp{end}); },
         .on_error = [self](ports::LogError error) { caf::anon_send(self, TailFailed{error}); }});
  }
  void carry_out_one(const Consumed& consumed) {
    if (subscription_) subscription_->consumed(consumed.bytes);
  }
  void carry_out_one(const ReadModels& read) {
    beside([&log = to_.log, from = read.from] {
      return ModelsRead{log.read({records::Topic::kModels, {}}, from, kModelsSliceBytes)};
    });
  }
  void carry_out_one(Produce& produce) {
    const Actor self = this;
    to_.log.produce(produce.stream, std::move(produce.entry),
                    [self, append = produce.append](ports::Verdict verdict) {
                      caf::anon_send(self, Appended{append, verdict});
                    });
  }
  void carry_out_one(const NextSlice& next) { caf::anon_send(Actor(this), next); }
  void carry_out_one(Write& write) {
    const Actor self = this;
    to_.store.write(
        space_of(stream_.partition), std::move(write.batch),
        [self](const Result<Done, ports::StoreError>& written) {
          caf::anon_send(self, written.ok() ? Flushed{true, {}} : Flushed{false, written.error()});
        });
  }
  void carry_out_one(Reply& reply) {
    to_.link.reply(std::move(reply.answers));
    for (const std::int64_t taken_us : reply.decided)
      to_.probe.decisions_took.saw(to_.clock.steady_us() - taken_us);
  }
  void carry_out_one(Publish& publish) {
    to_.link.publish(std::move(publish.topic), std::move(publish.notification));
  }
  void carry_out_one(Answer& answer) { to_.part_done(std::move(answer.done)); }
  void carry_out_one(HandBack& hand_back) { to_.hand_back(std::move(hand_back)); }
  void carry_out_one(Report& report) { to_.settled(std::move(report.settled)); }
  void carry_out_one(Recollect& recollect) { to_.recall(std::move(recollect.recall)); }
  void carry_out_one(TellRound& tell) { to_.round(std::move(tell.report)); }
  void carry_out_one(Stand& stand) {
    const Standing& now = stand.standing;
    const auto before = to_.standing.get();
    const bool turned =
        (now.stopped && !(before && before->stopped)) || (before && before->fold_version != now.fold_version);
    if (turned && to_.turned) to_.turned(now);
    to_.standing.publish(std::make_shared<const Standing>(std::move(stand.standing)));
  }
  void carry_out_one(const TakeTurn& take) {
    ports::Turns& turns = take.work == Work::kReplay ? to_.replay_turns : to_.rounds_turns;
    turns_[static_cast<std::size_t>(take.work)].emplace(turns.ask([self = Actor(this), take] {
      caf::anon_send(self, TurnCame{take.work, take.number});
    }));
  }
  void carry_out_one(const GiveTurn& give) { turns_[static_cast<std::size_t>(give.work)].reset(); }
  void carry_out_one(const Quit&) {
    waiting_.clear();
    pulse_due_ = false;
    quit(caf::exit_reason::unhandled_exception);
  }

  const records::Stream stream_;
  const Dependencies to_;
  State state_;
  std::unique_ptr<ports::Subscription> subscription_;
  std::array<std::optional<ports::Turns::Turn>, kWorks> turns_;
  bool looking_ = false;                      ///< Open is carried out beside, Opened has not come
  bool pulse_due_ = false;                    ///< one was dropped meanwhile: given right after
  std::deque<std::function<void()>> waiting_; ///< meanwhile
};

} // namespace

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies) {
  return system.spawn<Shell>(settings, std::move(dependencies));
}

} // namespace kindred::actors::user_shard

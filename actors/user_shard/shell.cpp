#include <chrono>
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
        to_(std::move(dependencies)),
        state_({settings.partition, settings.partitions, settings.node, settings.writer,
                settings.follows_events, settings.seed, settings.memory_max},
               to_.store, {to_.library, to_.models}, to_.probe) {}

  void on_exit() override {
    subscription_.reset();
    if (auto last = state_.last_words())
      to_.log.produce(last->stream, std::move(last->entry), [](ports::Verdict) {});
  }

protected:
  behavior_type make_behavior() override {
    return {
        [this](const Start&) {
          carry_out(state_.start());
          pulse(kPulse + phase());
        },
        [this](Ask& ask) { carry_out(state_.handle(std::move(ask))); },
        [this](Forward& forward) { carry_out(state_.handle(std::move(forward))); },
        [this](const Settle& settle) { carry_out(state_.handle(settle)); },
        [this](const OpenRound& open) { carry_out(state_.handle(open)); },
        [this](AskPass& ask) { carry_out(state_.handle(std::move(ask))); },
        [this](const CloseRound& close) { carry_out(state_.handle(close)); },
        [this](const Differs& differs) { carry_out(state_.handle(differs)); },
        [this](const Entries& entries) { carry_out(state_.handle(entries)); },
        [this](const LogEnd& end) { carry_out(state_.handle(end)); },
        [this](const CaughtUp& caught_up) { carry_out(state_.handle(caught_up)); },
        [this](const TailFailed& failed) { carry_out(state_.handle(failed)); },
        [this](const ModelsRead& read) { carry_out(state_.handle(read)); },
        [this](const Appended& appended) { carry_out(state_.handle(appended)); },
        [this](const Flushed& flushed) { carry_out(state_.handle(flushed)); },
        [this](const DeltaSeen& seen) { carry_out(state_.handle(seen)); },
        [this](const NextSlice& next) { carry_out(state_.handle(next)); },
        [this](const SnapshotsMoved& moved) { carry_out(state_.handle(moved)); },
        [this](replay::Recalled& recalled) { carry_out(state_.handle(std::move(recalled))); },
        [this](const Pulse&) { pulse(kPulse); },
    };
  }

private:
  void pulse(Duration next) {
    carry_out(state_.handle(Pulse{to_.clock.now(), to_.clock.steady_us()}));
    delayed_send(this, std::chrono::microseconds(next.us), Pulse{});
  }

  Duration phase() const { return {kPulse.us * (stream_.partition.value % kPulseTurns) / kPulseTurns}; }

  void carry_out(Effects effects) {
    for (auto& effect : effects) {
      std::visit([this](auto& one) { carry_out_one(one); }, effect);
    }
  }

  void carry_out_one(const Open& open) { carry_out(state_.handle(look(open))); }

  Opened look(const Open& open) {
    Opened opened;
    opened.incarnation = to_.log.incarnation();
    const auto events = to_.log.bounds(stream_);
    const auto models = to_.log.bounds({records::Topic::kModels, {}});
    const auto epoch = to_.log.next_epoch();
    if (!events.ok()) opened.error = events.error();
    if (!models.ok()) opened.error = models.error();
    if (!epoch.ok()) opened.error = epoch.error();
    if (opened.error) return opened;
    opened.events = events.value();
    opened.models_end = models.value().end;
    opened.epoch = epoch.value() * gateway::AppendLane::kEpochsPerStart;
    if (open.last && *open.last >= opened.events.begin && *open.last < opened.events.end) {
      auto last = to_.log.read(stream_, *open.last, 1);
      if (!last.ok()) opened.error = last.error();
      if (last.ok() && !last.value().empty()) opened.last = std::move(last.value().front().bytes);
    }
    return opened;
  }

  // By way of the mailbox: what the log tells was asked for after what made it be asked.
  void carry_out_one(const LookAtEnd&) {
    const auto bounds = to_.log.bounds(stream_);
    caf::anon_send(Actor(this), bounds.ok() ? LogEnd{bounds.value().end} : LogEnd{bounds.error()});
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
  // By way of the mailbox: others have their turn between two slices.
  void carry_out_one(const ReadModels& read) {
    caf::anon_send(Actor(this),
                   ModelsRead{to_.log.read({records::Topic::kModels, {}}, read.from, kModelsSliceBytes)});
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
  void carry_out_one(const Quit&) { quit(caf::exit_reason::unhandled_exception); }

  const records::Stream stream_;
  const Dependencies to_;
  State state_;
  std::unique_ptr<ports::Subscription> subscription_;
};

} // namespace

Actor spawn(caf::actor_system& system, Settings settings, Dependencies dependencies) {
  return system.spawn<Shell>(settings, std::move(dependencies));
}

} // namespace kindred::actors::user_shard

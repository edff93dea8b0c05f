#include <chrono>

#include "actors/peering/messages.hpp"
#include "actors/user_shard/effects.hpp"

namespace kindred::actors::peering {

namespace {

/// Carries messages in and effects out; every decision is State's.
class Shell : public Actor::base {
public:
  Shell(caf::actor_config& config, std::uint16_t partitions, Dependencies dependencies)
      : Actor::base(config), to_(std::move(dependencies)),
        state_(partitions, static_cast<std::uint64_t>(to_.clock.now().us), to_.store, to_.views, to_.probe,
               {}) {}

protected:
  behavior_type make_behavior() override {
    pulse();
    return {[this](AskPart& ask) { carry_out(state_.handle(std::move(ask))); },
            [this](AskLearner& ask) { carry_out(state_.handle(std::move(ask))); },
            [this](AskRound& ask) { carry_out(state_.handle(std::move(ask))); },
            [this](const Fetch& fetch) { carry_out(state_.handle(fetch)); },
            [this](const Stored& stored) { carry_out(state_.handle(stored)); },
            [this](const Emptied& emptied) { carry_out(state_.handle(emptied)); },
            [this](PartDone& done) { carry_out(state_.handle(std::move(done))); },
            [this](RoundDone& done) { carry_out(state_.handle(std::move(done))); },
            [this](Asked& asked) { carry_out(state_.handle(std::move(asked))); },
            [this](Answered& answered) { carry_out(state_.handle(std::move(answered))); },
            [this](Pulse) { pulse(); }};
  }

private:
  void pulse() {
    carry_out(state_.handle(Pulse{to_.clock.steady_us()}));
    delayed_send(this, std::chrono::microseconds(kPulse.us), Pulse{});
  }

  void carry_out(Effects effects) {
    for (auto& effect : effects) std::visit([this](auto& one) { carry_out_one(one); }, effect);
  }
  void carry_out_one(ToPeer& ask) {
    const auto self = caf::actor_cast<Actor>(this);
    to_.link.ask({std::move(ask.peer), ask.kind, std::move(ask.payload), ask.deadline_us},
                 [self, attempt = ask.attempt](Result<Bytes, ports::PeerFailure> answer) {
                   caf::anon_send(self, Answered{attempt, std::move(answer)});
                 });
  }
  void carry_out_one(AnswerPeer& answer) { to_.link.answer(answer.ticket, std::move(answer.payload)); }
  void carry_out_one(RefusePeer& refuse) {
    to_.link.refuse(refuse.ticket, refuse.refusal, std::move(refuse.why));
  }
  void carry_out_one(Write& write) {
    const auto self = caf::actor_cast<Actor>(this);
    to_.store.write(user_shard::space_of(write.partition), std::move(write.batch),
                    [self, partition = write.partition](const Result<Done, ports::StoreError>& written) {
                      caf::anon_send(self, Stored{partition, written.ok()});
                    });
  }
  // At once: a Fetch that comes next sees it in flight, and takes nothing of it for a state.
  void carry_out_one(const Empty& empty) {
    const auto self = caf::actor_cast<Actor>(this);
    to_.store.write(user_shard::space_of(empty.partition), ports::StoreBatch::replacing({}),
                    [self, partition = empty.partition](const Result<Done, ports::StoreError>& written) {
                      caf::anon_send(self, Emptied{partition, written.ok()});
                    });
  }
  void carry_out_one(Fetched& fetched) { to_.fetched(std::move(fetched)); }
  void carry_out_one(ToShard& ask) { to_.shard(std::move(ask)); }
  void carry_out_one(ToLearner& ask) { to_.learner(std::move(ask)); }
  void carry_out_one(ToGateway& done) { to_.part_done(std::move(done.done)); }
  void carry_out_one(ToModel& report) { to_.round(std::move(report.report)); }
  void carry_out_one(const AckedElsewhere& acked) { to_.acked_elsewhere(acked.ends); }
  void carry_out_one(Publish& publish) { to_.others.publish(std::move(publish.others)); }

  const Dependencies to_;
  State state_;
};

} // namespace

Actor spawn(caf::actor_system& system, std::uint16_t partitions, Dependencies dependencies) {
  return system.spawn<Shell>(partitions, std::move(dependencies));
}

} // namespace kindred::actors::peering

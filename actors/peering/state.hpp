#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "actors/peering/contract.hpp"
#include "actors/peering/probe.hpp"

namespace kindred::actors::peering {

// What the state wants done; its shell carries them out in order. Values.
struct ToPeer {
  std::uint64_t attempt = 0; ///< comes back with the answer
  std::string peer;
  kindred::peers::MessageKind kind = kindred::peers::MessageKind::kForward;
  Bytes payload;
  std::int64_t deadline_us = 0;
};
struct AnswerPeer {
  std::uint64_t ticket = 0;
  Bytes payload;
};
struct RefusePeer {
  std::uint64_t ticket = 0;
  kindred::peers::Refusal refusal = kindred::peers::Refusal::kNotServed;
  std::string why;
};
struct ToShard {
  PartitionId partition;
  std::variant<user_shard::Ask, user_shard::OpenRound, user_shard::AskPass, user_shard::CloseRound,
               user_shard::Differs>
      message;
};
struct ToLearner {
  std::string learner;
  model::Ask ask;
};
struct ToGateway {
  user_shard::PartDone done;
};
struct ToModel {
  user_shard::Rounds::Report report;
};
struct Publish {
  std::shared_ptr<const Others> others;
};
using Effect = std::variant<ToPeer, AnswerPeer, RefusePeer, ToShard, ToLearner, ToGateway, ToModel, Publish>;
using Effects = std::vector<Effect>;

/// Asks others and answers them.
///
/// A part goes to the best peer that has its partition; where that one fails it goes to the next at once, and where it is
/// slow (kAskNextAfter) to the next as well. Whoever answers first is taken. A part may so be done twice: two decisions
/// logged of which one was answered. Where nobody has it, it waits until somebody does, or this node itself, or until its
/// deadline, at which the gateway answers for it.
/// Replicas compare digests of their states at agreed positions. Where they differ, one of both folded wrongly, which nobody
/// can tell by the two: the one that the map has later stops answering, and both raise the alarm.
/// A round's steps in a partition go all to the one who was asked to open it, since he gathered; where he is gone the step
/// is lost and the learner opens another round.
/// Messages in, effects out; no clock, no thread, no I/O. Owned by one shell or test; not thread-safe.
class State {
public:
  struct Views {
    std::function<Ways(PartitionId)> ways;
    /// Of two replicas that differ this one is wrong, as long as nobody knows: the map has the other one first.
    std::function<bool(PartitionId, const std::string& peer)> yields;
    std::function<LearnerAt(const std::string& learner)> learner;
    std::function<std::vector<std::string>()> peers;        ///< that talk to this node now
    std::function<kindred::peers::NodeStanding()> standing; ///< this node's own
    std::function<std::shared_ptr<const user_shard::Standing>(PartitionId)> shard; ///< this node's own
  };
  State(std::uint16_t partitions, Views views, Probe& probe);

  Effects handle(AskPart ask);
  Effects handle(AskLearner ask);
  Effects handle(AskRound ask);
  Effects handle(PartDone done);
  Effects handle(RoundDone done);
  Effects handle(Asked asked);
  Effects handle(Answered answered);
  Effects handle(const Pulse& pulse);

private:
  using PeerKind = kindred::peers::MessageKind;
  /// A part without an answer.
  struct Part {
    std::variant<AskPart, AskLearner> what;
    Bytes payload;
    std::int64_t deadline_us = 0;
    std::set<std::string> tried;
    std::size_t out = 0;       ///< attempts without an outcome
    std::int64_t asked_us = 0; ///< when the last one began
    std::int64_t again_us = 0; ///< nobody could be asked: when to look again
  };
  /// What an attempt is for: a part (by number), a step of a round, a peer's standing.
  struct OfPart {
    std::uint64_t part = 0;
  };
  struct OfRound {
    kindred::peers::RoundAsk ask; ///< without its parameters
    std::string peer;
  };
  struct OfStanding {
    std::string peer;
  };
  using RoundKey = std::tuple<std::string, std::uint64_t, std::uint16_t>; ///< learner, round, partition
  struct Gatherer {
    std::string peer; ///< empty: this node
    std::int64_t since_us = 0;
  };
  struct Served {
    std::uint64_t ticket = 0;
    std::int64_t deadline_us = 0;
  };
  using StepKey =
      std::tuple<std::string, std::uint64_t, std::uint16_t, kindred::peers::RoundStep, std::uint32_t>;

  // asking.cpp
  void take(std::variant<AskPart, AskLearner> what, Bytes payload, std::int64_t deadline_us, Effects& out);
  bool go(std::uint64_t number, Part& part, Effects& out);
  void refuse(const std::variant<AskPart, AskLearner>& what, const api::Error& error, Effects& out) const;
  Ways ways_of(const Part& part) const;
  void done(std::uint64_t number, const Bytes& payload, Effects& out);
  void failed(std::uint64_t number, const ports::PeerFailure& failure, Effects& out);
  void lose(const OfRound& step, std::string why, Effects& out);
  void ended(const OfRound& step, Result<Bytes, ports::PeerFailure>& answer, Effects& out);
  void ask_standings(Effects& out);
  void publish(Effects& out);
  void compare(const std::string& peer, const kindred::peers::NodeStanding& told, Effects& out);
  std::uint64_t attempt(std::variant<OfPart, OfRound, OfStanding> of);
  void gauge();

  // serving.cpp
  void serve_part(ports::PeerAsked& asked, Effects& out);
  void serve_step(ports::PeerAsked& asked, Effects& out);
  bool room_for(const ports::PeerAsked& asked, Effects& out);
  void not_here(const ports::PeerAsked& asked, std::string why, Effects& out);
  static StepKey key_of(const user_shard::Rounds::Report& report);

  const std::uint16_t partitions_;
  const Views views_;
  Probe& probe_;
  std::int64_t steady_us_ = 0;
  std::int64_t next_standing_us_ = 0;
  std::uint64_t last_ = 0; ///< number of parts, attempts and tickets
  std::map<std::uint64_t, Part> parts_;
  std::map<std::uint64_t, std::variant<OfPart, OfRound, OfStanding>> attempts_;
  std::map<RoundKey, Gatherer> gatherers_;
  std::map<std::uint64_t, Served> served_parts_; ///< by our ticket
  std::map<StepKey, Served> served_steps_;
  std::map<std::string, kindred::peers::NodeStanding> others_;
  /// Up to where a peer's digests of a partition were compared.
  std::map<std::pair<std::string, std::uint16_t>, std::uint64_t> compared_;
  /// By partition and tenant, as steps that closed rounds told: they are newer than standings may be.
  std::map<std::pair<std::uint16_t, TenantId>, std::uint64_t> erased_;
};

} // namespace kindred::actors::peering

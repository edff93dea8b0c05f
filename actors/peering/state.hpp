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

#include "actors/peering/checkpoints.hpp"
#include "actors/peering/contract.hpp"
#include "actors/peering/fetching.hpp"
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
/// By partition: the events log ends there at least, since a peer's append was acknowledged so far; 0: nothing is said.
struct AckedElsewhere {
  std::vector<std::uint64_t> ends; ///< as many as partitions, or fewer
};
/// Everything of the partition's space goes; answered by Emptied.
struct Empty {
  PartitionId partition;
};
/// To the partition's space; answered by Stored.
struct Write {
  PartitionId partition;
  ports::StoreBatch batch;
};
using Effect = std::variant<ToPeer, AnswerPeer, RefusePeer, ToShard, ToLearner, ToGateway, ToModel, Publish,
                            Write, Empty, Fetched, AckedElsewhere>;
using Effects = std::vector<Effect>;

/// Asks others and answers them.
///
/// A part goes to the best peer that has its partition; where that one fails it goes to the next at once, and where it is
/// slow (kAskNextAfter) to the next as well. Whoever answers first is taken. A part may so be done twice: two decisions
/// logged of which one was answered. Where nobody has it, it waits until somebody does, or this node itself, or until its
/// deadline, at which the gateway answers for it.
/// Replicas compare digests of their states at agreed positions. Where they differ, one of both folded wrongly, which nobody
/// can tell by the two: the one that the map has later stops answering, and both raise the alarm.
/// A partition that comes to this node is fetched first (fetching.hpp), and so handed out to others (checkpoints.hpp). What was
/// stored of one that it left is emptied after a while: who is erased later would stay in it.
/// A round's steps in a partition go all to the one who was asked to open it, since he gathered; where he is gone the step
/// is lost and the learner opens another round. That a round is done any replica may append, and it is tried until one does.
/// Messages in, effects out; no clock, no thread, no I/O but synchronous reads of the state store. Owned by one shell or test; not thread-safe.
class State {
public:
  struct Views {
    std::function<Ways(PartitionId)> ways;
    /// Of two replicas that differ this one is wrong, as long as nobody knows: the map has the other one first.
    std::function<bool(PartitionId, const std::string& peer)> yields;
    /// This node knows the map, and is not to have the partition.
    std::function<bool(PartitionId)> left;
    std::function<LearnerAt(const std::string& learner)> learner;
    std::function<std::vector<std::string>()> peers;        ///< that talk to this node now
    std::function<kindred::peers::NodeStanding()> standing; ///< this node's own
    std::function<std::shared_ptr<const user_shard::Standing>(PartitionId)> shard; ///< this node's own
  };
  /// Smaller in the simulator, whose partitions have few entries and users.
  struct Sizes {
    std::uint64_t worthwhile = Fetching::kWorthwhile;
    std::size_t part_bytes = Checkpoints::kPartBytes;
  };
  /// `life`: greater than in every life before, below 2^51; numbers that others keep are of one life.
  State(std::uint16_t partitions, std::uint64_t life, ports::StateStore& store, Views views, Probe& probe,
        Sizes sizes);
  State(const State&) = delete; // its fetching calls it

  Effects handle(AskPart ask);
  Effects handle(AskLearner ask);
  Effects handle(AskRound ask);
  Effects handle(const Fetch& fetch);
  Effects handle(const Stored& stored);
  Effects handle(const Emptied& emptied);
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
    bool behind = false;       ///< nobody who hears the log has it: those are asked who do not
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
    std::int64_t until_us = 0;
  };
  /// A round's end in a partition that nobody can be told of now.
  struct Closing {
    kindred::peers::RoundAsk ask;
    std::int64_t until_us = 0;
    std::int64_t again_us = 0;
  };
  struct OfStanding {
    std::string peer;
  };
  struct OfCheckpoint {
    PartitionId partition;
  };
  using Of = std::variant<OfPart, OfRound, OfStanding, OfCheckpoint>;
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
  void close(Closing closing, const std::string& preferred, Effects& out);
  void close_later(Closing closing);
  void lose(const OfRound& step, std::string why, Effects& out);
  void ended(const OfRound& step, Result<Bytes, ports::PeerFailure>& answer, Effects& out);
  void raise_erased(PartitionId partition, TenantId tenant, std::uint64_t end, Effects& out);
  void ask_standings(Effects& out);
  void publish(Effects& out);
  void compare(const std::string& peer, const kindred::peers::NodeStanding& told, Effects& out);
  std::uint64_t attempt(Of of);
  void gauge();

  // copying.cpp: checkpoints
  void carry_on(Fetching::Steps steps, Effects& out);
  void copied(PartitionId partition, Result<Bytes, ports::PeerFailure>& answer, Effects& out);
  std::vector<std::pair<std::string, std::uint64_t>> holders(PartitionId partition) const;
  void empty_left(Effects& out);
  void serve_checkpoint(const ports::PeerAsked& asked, Effects& out);

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
  std::uint64_t last_; ///< number of parts, attempts and tickets
  std::map<std::uint64_t, Part> parts_;
  std::map<std::uint64_t, Of> attempts_;
  std::map<RoundKey, Gatherer> gatherers_;
  std::vector<Closing> closings_;
  std::map<std::uint64_t, Served> served_parts_; ///< by our ticket
  std::map<StepKey, Served> served_steps_;
  std::map<std::string, kindred::peers::NodeStanding> others_;
  struct Left {
    std::int64_t since_us = 0;
    bool emptied = false; ///< or being emptied
  };
  std::map<PartitionId, Left> left_;
  Checkpoints checkpoints_;
  Fetching fetching_;
  /// Up to where a peer's digests of a partition were compared.
  std::map<std::pair<std::string, std::uint16_t>, std::uint64_t> compared_;
  /// By partition and tenant, as steps that closed rounds told: they are newer than standings may be.
  std::map<std::pair<std::uint16_t, TenantId>, std::uint64_t> erased_;
};

} // namespace kindred::actors::peering

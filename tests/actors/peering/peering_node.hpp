#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/peering/state.hpp"
#include "actors/peering/translation.hpp"
#include "schemas/codec/node_asks_codec.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::actors::peering {

/// A node between its gateway, its shards and two peers; the test is the link.
struct Node {
  Ways ways{false, false, {"b", "c"}};
  LearnerAt learner{false, "b"};
  std::vector<std::string> peers;
  std::shared_ptr<user_shard::Standing> shard;
  bool yields = false, left = false;
  Probe probe;
  support::MemoryStore store;
  State state{4,
              1,
              store,
              {[this](PartitionId) { return ways; },
               [this](PartitionId, const std::string&) { return yields; },
               [this](PartitionId) { return left; }, [this](const std::string&) { return learner; },
               [this] { return peers; },
               [this] {
                 kindred::peers::NodeStanding own;
                 own.learners.push_back({"ranker", {1}, 9, 0, {}, "done", true, false, false});
                 return own;
               },
               [this](PartitionId) { return shard; }},
              probe,
              {}};
  std::int64_t steady_us = 1'000'000;

  Effects pulse(std::int64_t later_us = kPulse.us) { return state.handle(Pulse{steady_us += later_us}); }
  Effects ask(std::uint64_t ticket = 7) { return state.handle(AskPart{{3}, question(ticket)}); }
  user_shard::Ask question(std::uint64_t ticket) const {
    user_shard::Ask ask;
    ask.ticket = ticket;
    ask.tenant = {5};
    ask.now = {77};
    ask.deadline_us = steady_us + 10 * kSecond.us;
    ask.items.push_back({2, api::GetProfile{"ada", {}}, "visitor", {"seen"}});
    return ask;
  }
  /// Everything of one kind that was wanted.
  template <class One>
  static std::vector<One> all(Effects& effects) {
    std::vector<One> found;
    for (auto& effect : effects)
      if (auto* one = std::get_if<One>(&effect)) found.push_back(std::move(*one));
    return found;
  }
  Effects answers(const ToPeer& asked, std::string profile_of = "ada") {
    user_shard::PartDone done;
    api::Profile profile;
    profile.user_id = std::move(profile_of);
    done.items.push_back({2, std::move(profile), std::nullopt});
    done.staleness_ms = 4;
    return state.handle(Answered{asked.attempt, schemas::encode_part_answer(answer_of(std::move(done)))});
  }
  Effects fails(const ToPeer& asked, ports::PeerError error) {
    return state.handle(Answered{asked.attempt, ports::PeerFailure{error, {}, "because"}});
  }
};

} // namespace kindred::actors::peering

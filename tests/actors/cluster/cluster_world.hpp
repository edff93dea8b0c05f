#pragma once

#include <optional>

#include "actors/cluster/state.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/actors/cluster/control_records.hpp"

namespace kindred::actors::cluster {

inline ports::PeerStanding peer(std::string name, ports::PeerState state,
                                peers::Refusal refusal = peers::Refusal::kNone) {
  ports::PeerStanding standing;
  standing.name = std::move(name);
  standing.state = state;
  standing.refusal = refusal;
  standing.refused_by_it = refusal != peers::Refusal::kNone;
  standing.why = refusal == peers::Refusal::kNone ? "" : "told why";
  return standing;
}

/// One state with the log that its entries go into and come back from; time passes by pulses.
struct ClusterWorld {
  explicit ClusterWorld(std::string node, std::uint64_t life = 1)
      : settings{"shop", std::move(node), life, "tcp://x:1", "east", 100, 2, 8, {7}, "tcp://x:2"},
        state(settings, probe) {}

  Settings settings;
  Probe probe;
  State state;
  Surroundings around;
  std::vector<records::Entry> said; ///< by this node
  std::vector<Bytes> log;           ///< of all, by offset
  std::uint64_t begin = 0;
  std::uint64_t epoch = 1; ///< that the log gives
  std::optional<std::uint64_t> trimmed;
  std::shared_ptr<const Standing> standing;
  std::size_t folded = 0; ///< entries of the log handed to the state

  void open() {
    take(state.start());
    take(state.handle(Opened{ports::Log::Bounds{begin, log.size()}, epoch}));
    catch_up();
  }
  void catch_up() {
    while (folded < log.size()) {
      const std::uint64_t offset = folded++;
      if (offset >= begin) take(state.handle(Entries{{{offset, log[offset]}}}));
    }
    take(state.handle(TailCaughtUp{log.size()}));
  }
  /// Another node's.
  void others_say(std::vector<records::Record> all) {
    log.push_back(schemas::encode_entry({{{9}, 1, log.size()}, std::move(all)}));
  }
  /// `ms` pass in steps of a pulse; what is said is folded at once.
  void pass(std::int64_t ms) {
    for (std::int64_t at = 0; at < ms; at += kPulse.us / 1000) {
      around.now = around.now + kPulse;
      around.steady_us += kPulse.us;
      take(state.handle(around));
      catch_up();
    }
  }
  void take(Effects effects) {
    for (auto& effect : effects) {
      if (auto* produce = std::get_if<Produce>(&effect)) {
        said.push_back(schemas::decode_entry(produce->entry).take());
        log.push_back(std::move(produce->entry));
        take(state.handle(Appended{{ports::Verdict::Kind::kAcked, log.size() - 1, {}}}));
      }
      if (auto* stand = std::get_if<Stand>(&effect)) standing = stand->standing;
      if (auto* trim = std::get_if<Trim>(&effect)) {
        trimmed = begin = trim->before;
        take(state.handle(Trimmed{ports::Log::Bounds{begin, log.size()}}));
      }
    }
  }
  template <class Body>
  std::vector<Body> said_of() const {
    std::vector<Body> all;
    for (const auto& entry : said)
      for (const auto& record : entry.records)
        if (const auto* body = std::get_if<Body>(&record.body)) all.push_back(*body);
    return all;
  }
  std::string why() const {
    std::string all;
    for (const auto& reason : standing->not_ready_because) all += reason + "; ";
    return all;
  }
};

} // namespace kindred::actors::cluster

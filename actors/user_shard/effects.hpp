#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/ports/link.hpp"
#include "actors/ports/log.hpp"
#include "actors/ports/state_store.hpp"
#include "actors/replay/contract.hpp"
#include "actors/user_shard/contract.hpp"
#include "actors/user_shard/rounds.hpp"

namespace kindred::actors::user_shard {

// What a shard's state wants done; its shell (or the simulator) carries them out in order. Values.

/// Look at the logs; answered by Opened. `last`: the offset of the entry that was folded last, to be read where it is
/// still there.
struct Open {
  std::optional<std::uint64_t> last;
};
/// Where does the log end now? Answered by LogEnd.
struct LookAtEnd {};
struct Tail {
  std::uint64_t from = 0;
}; ///< of events/partition
struct Consumed {
  std::size_t bytes = 0;
};
/// At start, a slice of the models log; answered by ModelsRead.
struct ReadModels {
  std::uint64_t from = 0;
};
/// Answered by Appended with the same number.
struct Produce {
  std::uint64_t append = 0;
  records::Stream stream;
  Bytes entry;
};
inline constexpr std::uint64_t kEventsAppend =
    1; ///< numbers of the streams it writes; one entry each in flight
inline constexpr std::uint64_t kModelsAppend = 2;
inline constexpr std::uint64_t kOutboxAppends = 16; ///< and the number of the partition
struct Write {
  ports::StoreBatch batch;
}; ///< to space_of(partition); answered by Flushed
// NextSlice: sent to itself.
struct Reply {
  std::vector<ports::Link::Outgoing> answers;
  std::vector<std::int64_t> decided; ///< when requests that decide were taken, steady µs: for the probe
};
struct Publish {
  std::string topic;
  Bytes notification;
};
struct Answer {
  PartDone done;
};
struct Report {
  Settled settled;
};
struct Recollect {
  replay::Recall recall;
}; ///< answered by replay::Recalled
/// To the model actor of its learner.
struct TellRound {
  Rounds::Report report;
};
struct Stand {
  Standing standing;
};
struct TakeTurn {
  Work work{};
  std::uint64_t number = 0;
}; ///< answered by TurnCame
struct GiveTurn {
  Work work{};
};
struct Quit {
  std::string why;
}; ///< end, to be started again from what was flushed: only that helps

using Effect =
    std::variant<Open, LookAtEnd, Tail, Consumed, ReadModels, Produce, NextSlice, Write, Reply, Publish,
                 Answer, HandBack, Report, Recollect, TellRound, Stand, TakeTurn, GiveTurn, Quit>;
using Effects = std::vector<Effect>;

/// In a space while a checkpoint of another node is copied into it: what is there is no state.
inline constexpr const char* kIncomingKey = "incoming";

inline ports::StateStore::Space space_of(PartitionId partition) {
  return "p/" + std::to_string(partition.value);
}

} // namespace kindred::actors::user_shard

#pragma once

#include <string>
#include <variant>
#include <vector>

#include "actors/model/contract.hpp"

namespace kindred::actors::model {

// What a model actor's state wants done; its shell (or the simulator) carries them out in order. Values.

struct Open {}; ///< answered by Opened
struct Produce {
  Bytes entry;
}; ///< to the models log; answered by Appended
struct ToShard {
  PartitionId partition;
  std::variant<user_shard::OpenRound, user_shard::AskPass, user_shard::CloseRound> message;
};
struct Answer {
  user_shard::PartDone done;
};
struct Report {
  Settled settled;
};
struct Stand {
  Standing standing;
};
/// A round came to its end: for the log that operators read.
struct Ended {
  TenantId tenant;
  Rounds rounds;
};
struct Quit {
  std::string why;
}; ///< end, to be made again

using Effect = std::variant<Open, Produce, ToShard, Answer, Report, Stand, Ended, Quit>;
using Effects = std::vector<Effect>;

} // namespace kindred::actors::model

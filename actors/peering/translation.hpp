#pragma once

#include "actors/peering/contract.hpp"
#include "engine/base/result.hpp"

namespace kindred::actors::peering {

// Messages between actors of a node ↔ payloads between nodes. What a peer cannot know (tickets, deadlines by the steady
// clock) is left out, and given again on the other side. Pure functions.

kindred::peers::PartAsk part_of(PartitionId partition, const user_shard::Ask& ask);
kindred::peers::PartAsk part_of(const std::string& learner, const model::Ask& ask);
/// Requires: ask.partition is none of a learner's.
user_shard::Ask shard_ask(kindred::peers::PartAsk part, std::uint64_t ticket, std::int64_t deadline_us);
/// None: a learner is asked one query at a time.
std::optional<model::Ask> learner_ask(kindred::peers::PartAsk part, std::uint64_t ticket);

kindred::peers::PartAnswer answer_of(user_shard::PartDone done);
user_shard::PartDone done_of(kindred::peers::PartAnswer answer, std::uint64_t ticket,
                             std::uint16_t partition);

kindred::peers::RoundAsk step_of(const model::ToShard& to);
model::ToShard to_shard(kindred::peers::RoundAsk ask);
kindred::peers::RoundAnswer answer_of(user_shard::Rounds::Report report);
/// What came of `ask`. None: the answer is of another step.
std::optional<user_shard::Rounds::Report> report_of(const kindred::peers::RoundAsk& ask,
                                                    kindred::peers::RoundAnswer answer);
/// The same where nothing came of it; none for kClose, which nobody waits for any longer than for a step.
std::optional<user_shard::Rounds::Report> lost(const kindred::peers::RoundAsk& ask, std::string why);

kindred::peers::ShardStanding standing_of(const user_shard::Standing& standing);
user_shard::Standing standing_of(const kindred::peers::ShardStanding& standing);
kindred::peers::LearnerStanding standing_of(const std::string& learner, TenantId tenant,
                                            const model::Rounds& rounds);
model::Rounds rounds_of(const kindred::peers::LearnerStanding& standing);

} // namespace kindred::actors::peering

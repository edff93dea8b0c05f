#pragma once

#include <cstdint>

#include "engine/base/result.hpp"
#include "engine/profiles/fold_version.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::gateway {

/// Which version of the fold an ActivateFold asks for (0: the newest that this build has), or why it may not: a member that has
/// joined does not have it, this build does not, it is before the active one, or the one that every log begins with.
/// `cluster`: as this node knows it, which is a member and has caught up with the control log; null: this node is alone.
///
/// A member that joins between this and the record's fold is not guarded against: its shards stop there (tooOld), and the
/// map leaves it out.
Result<std::uint32_t, api::Error> to_activate(const api::ActivateFold& query, const api::Cluster* cluster,
                                              profiles::FoldVersions own);

/// The record for one partition: the same for the same partition and version, whoever makes it.
Bytes activation(PartitionId partition, std::uint32_t version, const std::string& author, Instant now);

} // namespace kindred::actors::gateway

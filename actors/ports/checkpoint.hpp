#pragma once

#include <cstdint>
#include <optional>

#include "actors/ports/state_store.hpp"

namespace kindred::ports {

// A value too large for one key of a StateStore: a head (magic, version, length, number of chunks, checksum of the whole)
// and chunks, each with a checksum, written in one atomic batch. Keys: "head", "c" and the number in big-endian.
// Plain functions, no thread rule.

inline constexpr std::size_t kCheckpointChunkBytes = 1 << 20;

/// The batch that puts `body` in place of what was there. `chunks_before`: of the last one written or read; those that
/// the new one does not need are deleted.
StoreBatch checkpoint_batch(BytesView body, std::uint32_t chunks_before);
std::uint32_t checkpoint_chunks(std::size_t body_bytes);

/// None: there never was one. kCorrupt: a checksum or a length is wrong; kNewerVersion.
Result<std::optional<Bytes>, StoreError> read_checkpoint(StateStore& store, const StateStore::Space& space);

} // namespace kindred::ports

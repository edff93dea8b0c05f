#include "actors/ports/checkpoint.hpp"

#include <algorithm>

#include "engine/base/hash.hpp"

namespace kindred::ports {

namespace {

constexpr std::uint32_t kMagic = 0x50434b4b; // "KKCP"
constexpr std::uint32_t kVersion = 1;
constexpr const char* kHead = "head";

Bytes chunk_key(std::uint32_t number) {
  Bytes key = "c";
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>(number >> shift & 0xff));
  return key;
}

struct Head {
  std::uint64_t length = 0;
  std::uint32_t chunks = 0;
  std::uint64_t checksum = 0;
};

Bytes encode(const Head& head) {
  ByteWriter out;
  out.u32(kMagic);
  out.u32(kVersion);
  out.u64(head.length);
  out.u32(head.chunks);
  out.u64(head.checksum);
  out.u64(hash64(out.view()));
  return out.take();
}

Result<Head, StoreError> decode_head(BytesView bytes) {
  ByteReader in(bytes);
  const std::uint32_t magic = in.u32();
  const std::uint32_t version = in.u32();
  Head head;
  head.length = in.u64();
  head.chunks = in.u32();
  head.checksum = in.u64();
  if (!in.ok() || magic != kMagic) return StoreError::kCorrupt;
  if (version > kVersion) return StoreError::kNewerVersion;
  const std::uint64_t own = hash64(bytes.substr(0, bytes.size() - in.left()));
  if (in.u64() != own || !in.ok() || !in.at_end()) return StoreError::kCorrupt;
  if (checkpoint_chunks(head.length) != head.chunks) return StoreError::kCorrupt;
  return head;
}

} // namespace

std::uint32_t checkpoint_chunks(std::size_t body_bytes) {
  return static_cast<std::uint32_t>((body_bytes + kCheckpointChunkBytes - 1) / kCheckpointChunkBytes);
}

StoreBatch checkpoint_batch(BytesView body, std::uint32_t chunks_before) {
  std::vector<StoreBatch::Change> changes;
  const std::uint32_t chunks = checkpoint_chunks(body.size());
  changes.push_back({kHead, encode({body.size(), chunks, hash64(body)})});
  for (std::uint32_t number = 0; number < chunks; ++number) {
    const BytesView part = body.substr(number * kCheckpointChunkBytes, kCheckpointChunkBytes);
    ByteWriter chunk;
    chunk.u64(hash64(part));
    chunk.raw(part);
    changes.push_back({chunk_key(number), chunk.take()});
  }
  for (std::uint32_t number = chunks; number < chunks_before; ++number) {
    changes.push_back({chunk_key(number), std::nullopt});
  }
  return changes;
}

Result<std::optional<Bytes>, StoreError> read_checkpoint(StateStore& store, const StateStore::Space& space) {
  const auto stored = store.get(space, kHead);
  if (!stored.ok()) return stored.error();
  if (!stored.value()) return std::optional<Bytes>();
  const auto head = decode_head(*stored.value());
  if (!head.ok()) return head.error();
  Bytes body;
  body.reserve(std::min<std::uint64_t>(head.value().length, 1 << 30));
  for (std::uint32_t number = 0; number < head.value().chunks; ++number) {
    const auto chunk = store.get(space, chunk_key(number));
    if (!chunk.ok()) return chunk.error();
    if (!chunk.value()) return StoreError::kCorrupt;
    ByteReader in(*chunk.value());
    const std::uint64_t checksum = in.u64();
    const BytesView part = in.raw(in.left());
    if (!in.ok() || hash64(part) != checksum) return StoreError::kCorrupt;
    body.append(part);
  }
  if (body.size() != head.value().length || hash64(body) != head.value().checksum)
    return StoreError::kCorrupt;
  return std::optional<Bytes>(std::move(body));
}

} // namespace kindred::ports

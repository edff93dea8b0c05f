// Any bytes as a record or as an entry: a value or a typed failure, and what was understood can be said again. The checksum
// would hide everything behind it from the fuzzer, so an entry is also tried with the checksum made right.

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace {

using namespace kindred;

void must(bool holds) {
  if (!holds) std::abort();
}

void try_record(BytesView bytes) {
  const auto decoded = schemas::decode_record(bytes);
  if (!decoded.ok()) return;
  const auto again = schemas::decode_record(schemas::encode_record(decoded.value()));
  must(!again.ok() || again.value() == decoded.value());
}

void try_entry(BytesView bytes) {
  const auto decoded = schemas::decode_entry(bytes);
  const auto views = schemas::view_records(bytes);
  const auto peek = schemas::peek_entry(bytes);
  if (!decoded.ok()) return;
  must(views.ok() && views.value().size() == decoded.value().records.size());
  must(peek && peek->size == bytes.size() && peek->count == decoded.value().records.size());
}

void make_checksum_right(Bytes& bytes) {
  constexpr std::size_t kAt = 8;
  constexpr std::size_t kFrom = 16;
  if (bytes.size() < schemas::kEntryHeaderBytes) return;
  const auto length = static_cast<std::uint32_t>(bytes.size() - schemas::kEntryHeaderBytes);
  std::memcpy(bytes.data() + 44, &length, sizeof length);
  const std::uint64_t checksum = hash64(BytesView(bytes).substr(kFrom));
  std::memcpy(bytes.data() + kAt, &checksum, sizeof checksum);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(reinterpret_cast<const char*>(data), size);
  try_record(bytes);
  try_entry(bytes);
  make_checksum_right(bytes);
  try_entry(bytes);
  return 0;
}

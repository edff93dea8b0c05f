#include "nodes/adapters/rocksdb/log_keys.hpp"

#include "engine/base/hash.hpp"

namespace kindred::adapters {

namespace {

void put_big_endian(Bytes& key, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) key.push_back(static_cast<char>(value >> (8 * i)));
}

Bytes stream_key(char kind, const records::Stream& stream) {
  Bytes key;
  key.reserve(kEntryKeyBytes);
  key.push_back(kind);
  put_big_endian(key, static_cast<std::uint8_t>(stream.topic), 1);
  put_big_endian(key, stream.partition.value, 2);
  return key;
}

} // namespace

Bytes entry_key(const records::Stream& stream, std::uint64_t offset) {
  Bytes key = stream_key('e', stream);
  put_big_endian(key, offset, 8);
  return key;
}

Bytes begin_key(const records::Stream& stream) { return stream_key('b', stream); }

Bytes epoch_key() { return "n"; }

std::optional<std::uint64_t> offset_in(BytesView key, const records::Stream& stream) {
  if (key.size() != kEntryKeyBytes || !key.starts_with(stream_key('e', stream))) return std::nullopt;
  std::uint64_t offset = 0;
  for (const char c : key.substr(kEntryKeyBytes - 8)) offset = offset << 8 | static_cast<std::uint8_t>(c);
  return offset;
}

Bytes seal_of(BytesView entry, std::uint64_t offset) { return number_value(hash64(entry, offset)); }

std::optional<BytesView> unsealed(BytesView value, std::uint64_t offset) {
  if (value.size() < kSealBytes) return std::nullopt;
  const BytesView entry = value.substr(0, value.size() - kSealBytes);
  if (value.substr(entry.size()) != seal_of(entry, offset)) return std::nullopt;
  return entry;
}

Bytes number_value(std::uint64_t number) {
  ByteWriter value;
  value.u64(number);
  return value.take();
}

std::optional<std::uint64_t> number_in(BytesView value) {
  ByteReader reader(value);
  const std::uint64_t number = reader.u64();
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return number;
}

} // namespace kindred::adapters

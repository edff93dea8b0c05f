#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/records/record.hpp"
#include "schemas/codec/codec_error.hpp"

namespace kindred::schemas {

// What a log stores. Entry header, little-endian, 56 bytes:
//   magic "KDR1" u32 | header version u16 | flags u16 | writer u64 | epoch u64 | sequence u64 | count u32 |
//   payload length u32 | reserved u64 | XXH3-64 of all behind it u64
// then `count` records, each: fixed record header (kRecordHeaderBytes), body length u32, body (Cap'n Proto flat message,
// padded to 8 bytes). docs/protocol.md shows one in hex.
inline constexpr std::uint32_t kEntryMagic = 0x3152444b; // "KDR1"
inline constexpr std::size_t kEntryHeaderBytes = 56;

/// Encodes one record body and header; append the result to an EntryBuilder, or keep it (dead letters).
Bytes encode_record(const records::Record& record);
Result<records::Record, CodecFailure> decode_record(BytesView bytes);

/// Collects encoded records of one writer for one stream and closes them into an entry.
/// Value type. Bounds: kRecordsPerEntryMax records, kEntryBytesMax bytes; `fits` says before.
class EntryBuilder {
public:
  bool fits(std::size_t record_bytes) const;
  /// Requires: fits(record.size()).
  void add(BytesView encoded_record);
  std::uint32_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// The entry's bytes; the builder is empty afterwards. Requires: !empty().
  Bytes close(const records::Authorship& author);

private:
  Bytes payload_;
  std::uint32_t count_ = 0;
};

/// One whole entry from values; for tests and small writers.
Bytes encode_entry(const records::Entry& entry);
/// Verifies checksum and bounds, decodes every record. A body type this build does not know becomes records::Unknown.
Result<records::Entry, CodecFailure> decode_entry(BytesView bytes);

/// Header fields without the records; no checksum. For adapters and for replay's filters.
struct EntryPeek {
  records::Authorship author;
  std::uint32_t count = 0;
  std::size_t size = 0;
};
std::optional<EntryPeek> peek_entry(BytesView bytes);

/// Walks the record headers of a verified entry without decoding bodies: (header, body bytes).
struct RecordView {
  records::RecordHeader header;
  BytesView body;
};
Result<std::vector<RecordView>, CodecFailure> view_records(BytesView entry);
Result<records::Record, CodecFailure> decode_body(const RecordView& view);

} // namespace kindred::schemas

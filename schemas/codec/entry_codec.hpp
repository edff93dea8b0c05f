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

// What a log stores. All numbers little-endian. Entry header, 56 bytes:
//    0 magic "KDR1" u32 | 4 header version u16 | 6 flags u16 (0) | 8 XXH3-64 of all bytes from 16 on u64 |
//   16 writer u64 | 24 epoch u64 | 32 sequence u64 | 40 count u32 | 44 payload length u32 | 48 reserved u64 (0)
// then `count` records. Record header, 96 bytes:
//    0 schema version u16 | 2 type u16 | 4 flags u8 | 5 reserved u8 | 6 slot u16 | 8 tenant u32 | 12 stated purposes u32 |
//   16 record id, high u64, low u64 | 32 stamp i64 | 40 causation, high u64, low u64 |
//   56 trace, high u64, low u64, span u64 | 80 trace flags u8, reserved u8[3] | 84 key id u32 | 88 reserved u32 |
//   92 body length u32
// then the body: the type's struct as a flat Cap'n Proto message (one segment, no table), zeros up to a multiple of 8.
// The checksum stands before what it covers, so that no bit of writer, count or body can flip unseen. docs/protocol.md
// shows one in hex.
//
// Any thread; encoding and decoding use scratch memory of the thread.
inline constexpr std::uint32_t kEntryMagic = 0x3152444b; // "KDR1"
inline constexpr std::uint16_t kEntryHeaderVersion = 1;
inline constexpr std::size_t kEntryHeaderBytes = 56;
inline constexpr std::size_t kRecordHeaderBytes = 96;

/// Encodes one record header and body; append the result to an EntryBuilder, or keep it (dead letters).
/// Requires: body is what header.type says, or Unknown. Some 0.3 µs for an event of 200 bytes.
Bytes encode_record(const records::Record& record);
/// Exactly one record. The rules of decode_body hold.
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
  Bytes bytes_; ///< room for the entry header, then the records
  std::uint32_t count_ = 0;
};

/// One whole entry from values; for tests and small writers.
Bytes encode_entry(const records::Entry& entry);
/// Verifies checksum and bounds, decodes every record; one that is broken fails the entry.
Result<records::Entry, CodecFailure> decode_entry(BytesView bytes);

/// Header fields without the records; no checksum. For adapters and for replay's filters. None where the magic, the version
/// or the length is not ours; `bytes` may go on behind the entry.
struct EntryPeek {
  records::Authorship author;
  std::uint32_t count = 0;
  std::size_t size = 0; ///< of the whole entry
};
std::optional<EntryPeek> peek_entry(BytesView bytes);

/// One record of an entry, its body not yet decoded. A view: the entry's bytes must outlive it.
struct RecordView {
  records::RecordHeader header;
  BytesView body;
};
/// Verifies the checksum and walks the record headers without decoding bodies.
Result<std::vector<RecordView>, CodecFailure> view_records(BytesView entry);
/// A type or schema version that this build does not know becomes records::Unknown: the fold decides by the header's flags.
/// The bounds of a request (codec/bounds.hpp) do not hold: what was taken stays readable whatever they are by then.
Result<records::Record, CodecFailure> decode_body(const RecordView& view);

} // namespace kindred::schemas

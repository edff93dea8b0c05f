#include "schemas/codec/entry_codec.hpp"

#include <cassert>
#include <cstring>

#include "engine/base/hash.hpp"
#include "schemas/codec/message.hpp"
#include "schemas/codec/records_wire.hpp"

namespace kindred::schemas {
namespace {

using records::RecordType;

constexpr std::size_t kChecksumAt = 8;
constexpr std::size_t kChecksumFrom = 16;
constexpr std::size_t kBodyLengthAt = kRecordHeaderBytes - sizeof(std::uint32_t);

/// The generated struct and the type number of a body.
template <class Value>
struct WireOf;
template <>
struct WireOf<records::Event> {
  using Root = wire::Event;
  static constexpr auto kType = RecordType::kEvent;
};
template <>
struct WireOf<records::ProfileUpdate> {
  using Root = wire::ProfileUpdate;
  static constexpr auto kType = RecordType::kProfileUpdate;
};
template <>
struct WireOf<records::Consent> {
  using Root = wire::Consent;
  static constexpr auto kType = RecordType::kConsent;
};
template <>
struct WireOf<records::Erase> {
  using Root = wire::Erase;
  static constexpr auto kType = RecordType::kErase;
};
template <>
struct WireOf<records::Decided> {
  using Root = wire::Decided;
  static constexpr auto kType = RecordType::kDecided;
};
template <>
struct WireOf<records::Exposed> {
  using Root = wire::Exposed;
  static constexpr auto kType = RecordType::kExposed;
};
template <>
struct WireOf<records::Reward> {
  using Root = wire::Reward;
  static constexpr auto kType = RecordType::kReward;
};
template <>
struct WireOf<records::Adopt> {
  using Root = wire::Adopt;
  static constexpr auto kType = RecordType::kAdopt;
};
template <>
struct WireOf<records::Activate> {
  using Root = wire::Activate;
  static constexpr auto kType = RecordType::kActivate;
};
template <>
struct WireOf<records::Tick> {
  using Root = wire::Tick;
  static constexpr auto kType = RecordType::kTick;
};
template <>
struct WireOf<records::Cut> {
  using Root = wire::Cut;
  static constexpr auto kType = RecordType::kCut;
};
template <>
struct WireOf<records::CutDone> {
  using Root = wire::CutDone;
  static constexpr auto kType = RecordType::kCutDone;
};
template <>
struct WireOf<records::Chunk> {
  using Root = wire::Chunk;
  static constexpr auto kType = RecordType::kChunk;
};
template <>
struct WireOf<records::Manifest> {
  using Root = wire::Manifest;
  static constexpr auto kType = RecordType::kManifest;
};
template <>
struct WireOf<records::Delta> {
  using Root = wire::Delta;
  static constexpr auto kType = RecordType::kDelta;
};
template <>
struct WireOf<records::Link> {
  using Root = wire::Link;
  static constexpr auto kType = RecordType::kLink;
};
template <>
struct WireOf<records::Unlink> {
  using Root = wire::Unlink;
  static constexpr auto kType = RecordType::kUnlink;
};
template <>
struct WireOf<records::MergeIn> {
  using Root = wire::MergeIn;
  static constexpr auto kType = RecordType::kMergeIn;
};
template <>
struct WireOf<records::Item> {
  using Root = wire::Item;
  static constexpr auto kType = RecordType::kItem;
};
template <>
struct WireOf<records::Placement> {
  using Root = wire::Placement;
  static constexpr auto kType = RecordType::kPlacement;
};
template <>
struct WireOf<records::Tenant> {
  using Root = wire::Tenant;
  static constexpr auto kType = RecordType::kTenant;
};
template <>
struct WireOf<records::Join> {
  using Root = wire::Join;
  static constexpr auto kType = RecordType::kJoin;
};
template <>
struct WireOf<records::Alive> {
  using Root = wire::Alive;
  static constexpr auto kType = RecordType::kAlive;
};
template <>
struct WireOf<records::CaughtUp> {
  using Root = wire::CaughtUp;
  static constexpr auto kType = RecordType::kCaughtUp;
};
template <>
struct WireOf<records::Drain> {
  using Root = wire::Drain;
  static constexpr auto kType = RecordType::kDrain;
};

std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

template <class Int>
void store(char*& at, Int value) {
  std::memcpy(at, &value, sizeof value);
  at += sizeof value;
}
template <class Int>
Int load(const char*& at) {
  Int value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

void store_id(char*& at, const Id128& id) {
  store(at, id.high);
  store(at, id.low);
}
Id128 load_id(const char*& at) {
  const auto high = load<std::uint64_t>(at);
  return {high, load<std::uint64_t>(at)};
}

void append_header(Bytes& to, const records::RecordHeader& header) {
  char bytes[kRecordHeaderBytes] = {};
  char* at = bytes;
  store(at, header.schema_version);
  store(at, static_cast<std::uint16_t>(header.type));
  store(at, header.flags);
  store(at, std::uint8_t{0});
  store(at, header.slot.value);
  store(at, header.tenant.value);
  store(at, header.stated.bits);
  store_id(at, header.id);
  store(at, header.stamp.us);
  store_id(at, header.causation);
  store_id(at, header.trace.trace);
  store(at, header.trace.span);
  store(at, header.trace.flags);
  at += 3;
  store(at, header.key_id);
  to.append(bytes, sizeof bytes);
}

/// The body length is returned apart.
std::uint32_t load_header(const char* at, records::RecordHeader& header) {
  header.schema_version = load<std::uint16_t>(at);
  header.type = static_cast<RecordType>(load<std::uint16_t>(at));
  header.flags = load<std::uint8_t>(at);
  at += 1;
  header.slot = {load<std::uint16_t>(at)};
  header.tenant = {load<std::uint32_t>(at)};
  header.stated = {load<std::uint32_t>(at)};
  header.id = load_id(at);
  header.stamp = {load<std::int64_t>(at)};
  header.causation = load_id(at);
  header.trace.trace = load_id(at);
  header.trace.span = load<std::uint64_t>(at);
  header.trace.flags = load<std::uint8_t>(at);
  at += 3;
  header.key_id = load<std::uint32_t>(at);
  at += 4;
  return load<std::uint32_t>(at);
}

template <class Value>
void append_body(Bytes& to, const records::RecordHeader& header, const Value& value) {
  using Wire = WireOf<Value>;
  assert(header.type == Wire::kType);
  Draft draft;
  write(draft.root<typename Wire::Root>(), value);
  draft.append_flat<typename Wire::Root>(to);
}
void append_body(Bytes& to, const records::RecordHeader&, const records::Unknown& value) {
  to.append(value.bytes);
}

template <class Value>
void read_body(Reading& reading, BytesView bytes, records::Body& body) {
  using Root = typename WireOf<Value>::Root;
  read_flat<Root>(reading, bytes, records::record_bytes_max(WireOf<Value>::kType), "record body",
                  [&](typename Root::Reader from) { read(reading, from, body.emplace<Value>()); });
}

void read_known_body(Reading& reading, RecordType type, BytesView bytes, records::Body& body) {
  switch (type) {
  case RecordType::kEvent: return read_body<records::Event>(reading, bytes, body);
  case RecordType::kProfileUpdate: return read_body<records::ProfileUpdate>(reading, bytes, body);
  case RecordType::kConsent: return read_body<records::Consent>(reading, bytes, body);
  case RecordType::kErase: return read_body<records::Erase>(reading, bytes, body);
  case RecordType::kDecided: return read_body<records::Decided>(reading, bytes, body);
  case RecordType::kExposed: return read_body<records::Exposed>(reading, bytes, body);
  case RecordType::kReward: return read_body<records::Reward>(reading, bytes, body);
  case RecordType::kLink: return read_body<records::Link>(reading, bytes, body);
  case RecordType::kUnlink: return read_body<records::Unlink>(reading, bytes, body);
  case RecordType::kMergeIn: return read_body<records::MergeIn>(reading, bytes, body);
  case RecordType::kAdopt: return read_body<records::Adopt>(reading, bytes, body);
  case RecordType::kActivate: return read_body<records::Activate>(reading, bytes, body);
  case RecordType::kTick: return read_body<records::Tick>(reading, bytes, body);
  case RecordType::kCut: return read_body<records::Cut>(reading, bytes, body);
  case RecordType::kCutDone: return read_body<records::CutDone>(reading, bytes, body);
  case RecordType::kDelta: return read_body<records::Delta>(reading, bytes, body);
  case RecordType::kChunk: return read_body<records::Chunk>(reading, bytes, body);
  case RecordType::kManifest: return read_body<records::Manifest>(reading, bytes, body);
  case RecordType::kItem: return read_body<records::Item>(reading, bytes, body);
  case RecordType::kPlacement: return read_body<records::Placement>(reading, bytes, body);
  case RecordType::kTenant: return read_body<records::Tenant>(reading, bytes, body);
  case RecordType::kJoin: return read_body<records::Join>(reading, bytes, body);
  case RecordType::kAlive: return read_body<records::Alive>(reading, bytes, body);
  case RecordType::kCaughtUp: return read_body<records::CaughtUp>(reading, bytes, body);
  case RecordType::kDrain: return read_body<records::Drain>(reading, bytes, body);
  default: body.emplace<records::Unknown>().bytes.assign(bytes); // reserved, or of a newer build
  }
}

void read_record(Reading& reading, const RecordView& view, records::Record& record) {
  record.header = view.header;
  if (view.header.schema_version > records::kSchemaVersion) {
    record.body.emplace<records::Unknown>().bytes.assign(view.body);
  } else {
    read_known_body(reading, view.header.type, view.body, record.body);
  }
}

/// Takes one record off the front of `rest`. The padding must be zero, so that a record has one form only.
bool next_record(Reading& reading, BytesView& rest, RecordView& view) {
  if (rest.size() < kRecordHeaderBytes) {
    reading.fail(CodecError::kTruncated, "record header");
    return false;
  }
  const std::size_t length = load_header(rest.data(), view.header);
  if (length > records::record_bytes_max(view.header.type)) {
    reading.fail(CodecError::kTooLarge, "record body", "over its bound");
    return false;
  }
  if (rest.size() - kRecordHeaderBytes < padded(length)) {
    reading.fail(CodecError::kTruncated, "record body");
    return false;
  }
  view.body = rest.substr(kRecordHeaderBytes, length);
  rest.remove_prefix(kRecordHeaderBytes + padded(length));
  return true;
}

struct EntryHeader {
  records::Authorship author;
  std::uint32_t count = 0;
  BytesView payload;
};

/// Everything that can be said of an entry without looking into its records.
bool open_entry(Reading& reading, BytesView bytes, EntryHeader& header) {
  const auto refuse = [&](CodecError code, const char* what) {
    reading.fail(code, what);
    return false;
  };
  if (bytes.size() < sizeof kEntryMagic || std::memcmp(bytes.data(), &kEntryMagic, sizeof kEntryMagic) != 0)
    return refuse(CodecError::kNotOurs, "entry magic");
  if (bytes.size() < kEntryHeaderBytes) return refuse(CodecError::kTruncated, "entry header");
  if (bytes.size() > records::kEntryBytesMax) return refuse(CodecError::kTooLarge, "entry: over its bound");
  const char* at = bytes.data() + sizeof kEntryMagic;
  if (load<std::uint16_t>(at) != kEntryHeaderVersion)
    return refuse(CodecError::kUnsupportedVersion, "entry header");
  if (load<std::uint16_t>(at) != 0) return refuse(CodecError::kUnsupportedVersion, "entry flags");
  const auto checksum = load<std::uint64_t>(at);
  header.author.writer = {load<std::uint64_t>(at)};
  header.author.epoch = load<std::uint64_t>(at);
  header.author.sequence = load<std::uint64_t>(at);
  header.count = load<std::uint32_t>(at);
  const std::size_t length = load<std::uint32_t>(at);
  header.payload = bytes.substr(kEntryHeaderBytes);
  if (header.payload.size() < length) return refuse(CodecError::kTruncated, "entry payload");
  const BytesView covered = bytes.substr(kChecksumFrom, kEntryHeaderBytes - kChecksumFrom + length);
  if (hash64(covered) != checksum) return refuse(CodecError::kChecksum, "entry");
  if (header.payload.size() > length) return refuse(CodecError::kMalformed, "entry: bytes behind it");
  if (header.count > records::kRecordsPerEntryMax)
    return refuse(CodecError::kTooLarge, "entry: too many records");
  if (header.count == 0 || header.count > length / kRecordHeaderBytes)
    return refuse(CodecError::kMalformed, "entry: count and length do not match");
  return true;
}

/// Hands every record view of an entry to `take` until a failure.
template <class Take>
void walk(Reading& reading, BytesView bytes, EntryHeader& header, Take&& take) {
  if (!open_entry(reading, bytes, header)) return;
  BytesView rest = header.payload;
  RecordView view;
  for (std::uint32_t i = 0; i < header.count && reading.ok(); ++i)
    if (next_record(reading, rest, view)) take(view);
  if (reading.ok() && !rest.empty()) reading.fail(CodecError::kMalformed, "entry: bytes behind its records");
}

} // namespace

Bytes encode_record(const records::Record& record) {
  Bytes bytes;
  bytes.reserve(512);
  append_header(bytes, record.header);
  std::visit([&](const auto& body) { append_body(bytes, record.header, body); }, record.body);
  const auto length = static_cast<std::uint32_t>(bytes.size() - kRecordHeaderBytes);
  std::memcpy(bytes.data() + kBodyLengthAt, &length, sizeof length);
  bytes.resize(kRecordHeaderBytes + padded(length));
  return bytes;
}

Result<records::Record, CodecFailure> decode_record(BytesView bytes) {
  Reading reading(Writer::kOurs);
  RecordView view;
  if (!next_record(reading, bytes, view)) return reading.take_failure();
  if (!bytes.empty()) return CodecFailure{CodecError::kMalformed, "bytes behind the record"};
  return decode_body(view);
}

Result<records::Record, CodecFailure> decode_body(const RecordView& view) {
  Reading reading(Writer::kOurs);
  Result<records::Record, CodecFailure> record(std::in_place);
  read_record(reading, view, record.value());
  if (!reading.ok()) record = reading.take_failure();
  return record;
}

bool EntryBuilder::fits(std::size_t record_bytes) const {
  const std::size_t size = empty() ? kEntryHeaderBytes : bytes_.size();
  return count_ < records::kRecordsPerEntryMax && size + record_bytes <= records::kEntryBytesMax;
}

void EntryBuilder::add(BytesView encoded_record) {
  assert(fits(encoded_record.size()));
  if (empty()) bytes_.assign(kEntryHeaderBytes, '\0');
  bytes_.append(encoded_record);
  ++count_;
}

Bytes EntryBuilder::close(const records::Authorship& author) {
  assert(!empty());
  char* at = bytes_.data();
  store(at, kEntryMagic);
  store(at, kEntryHeaderVersion);
  at = bytes_.data() + kChecksumFrom;
  store(at, author.writer.value);
  store(at, author.epoch);
  store(at, author.sequence);
  store(at, count_);
  store(at, static_cast<std::uint32_t>(bytes_.size() - kEntryHeaderBytes));
  at = bytes_.data() + kChecksumAt;
  store(at, hash64(BytesView(bytes_).substr(kChecksumFrom)));
  count_ = 0;
  return std::exchange(bytes_, {});
}

Bytes encode_entry(const records::Entry& entry) {
  EntryBuilder builder;
  for (const records::Record& record : entry.records) builder.add(encode_record(record));
  return builder.close(entry.author);
}

Result<records::Entry, CodecFailure> decode_entry(BytesView bytes) {
  Reading reading(Writer::kOurs);
  EntryHeader header;
  records::Entry entry;
  walk(reading, bytes, header, [&](const RecordView& view) {
    if (entry.records.empty()) entry.records.reserve(header.count);
    read_record(reading, view, entry.records.emplace_back());
  });
  if (!reading.ok()) return reading.take_failure();
  entry.author = header.author;
  return entry;
}

std::optional<EntryPeek> peek_entry(BytesView bytes) {
  if (bytes.size() < kEntryHeaderBytes || std::memcmp(bytes.data(), &kEntryMagic, sizeof kEntryMagic) != 0)
    return std::nullopt;
  const char* at = bytes.data() + sizeof kEntryMagic;
  if (load<std::uint16_t>(at) != kEntryHeaderVersion) return std::nullopt;
  at = bytes.data() + kChecksumFrom;
  EntryPeek peek;
  peek.author.writer = {load<std::uint64_t>(at)};
  peek.author.epoch = load<std::uint64_t>(at);
  peek.author.sequence = load<std::uint64_t>(at);
  peek.count = load<std::uint32_t>(at);
  peek.size = kEntryHeaderBytes + load<std::uint32_t>(at);
  if (peek.size > bytes.size()) return std::nullopt;
  return peek;
}

Result<std::vector<RecordView>, CodecFailure> view_records(BytesView entry) {
  Reading reading(Writer::kOurs);
  EntryHeader header;
  std::vector<RecordView> views;
  walk(reading, entry, header, [&](const RecordView& view) {
    if (views.empty()) views.reserve(header.count);
    views.push_back(view);
  });
  if (!reading.ok()) return reading.take_failure();
  return views;
}

} // namespace kindred::schemas

#include "schemas/codec/entry_codec.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "schemas/codec/bounds.hpp"
#include "tests/support/generators.hpp"

namespace kindred::schemas {
namespace {

using tests::any;
using tests::AnyValue;

constexpr std::size_t kBodies = std::variant_size_v<records::Body>;

records::Record viewed() {
  records::Record record;
  record.header.id = {7, 8};
  record.header.stamp = {1'700'000'000'000'000};
  auto& event = record.body.emplace<records::Event>();
  event.user_id = "ada";
  event.item = "boots";
  event.type = records::EventType::kView;
  return record;
}

records::Event& event_in(records::Record& record) { return std::get<records::Event>(record.body); }

CodecError refusal_of(const records::Record& record) {
  const auto back = decode_record(encode_record(record));
  EXPECT_FALSE(back.ok());
  return back.ok() ? CodecError{} : back.error().code;
}

// ---- records ----

class EveryBody : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryBody, ComesBackAsItWas) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const records::Record record = AnyValue(seed, seed % 9).record(GetParam());
    const Bytes bytes = encode_record(record);
    const auto back = decode_record(bytes);
    ASSERT_TRUE(back.ok()) << seed << ": " << back.error().what;
    ASSERT_EQ(back.value(), record) << seed;
    ASSERT_EQ(bytes.size() % 8, 0u);
    ASSERT_EQ(encode_record(back.value()), bytes) << seed;
  }
}

TEST_P(EveryBody, TruncatedAtAnyByteIsATypedFailure) {
  const Bytes bytes = encode_record(AnyValue(11, 3).record(GetParam()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto back = decode_record(BytesView(bytes).substr(0, size));
    ASSERT_FALSE(back.ok()) << size;
    ASSERT_EQ(back.error().code, CodecError::kTruncated) << size;
  }
}

/// Without the entry's checksum a flipped bit may give another value; it must never do more than that.
TEST_P(EveryBody, AnyFlippedBitGivesAValueOrATypedFailure) {
  const Bytes bytes = encode_record(AnyValue(5, 2).record(GetParam()));
  std::size_t failures = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto back = decode_record(flipped);
    if (!back.ok()) {
      ++failures;
      ASSERT_FALSE(back.error().what.empty());
    }
  }
  EXPECT_GT(failures, 0u);
}

TEST_P(EveryBody, IsReadAtAnyAlignment) {
  const records::Record record = AnyValue(3, 4).record(GetParam());
  const Bytes bytes = encode_record(record);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const Bytes shifted = Bytes(shift, '#') + bytes;
    const auto back = decode_record(BytesView(shifted).substr(shift));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back.value(), record);
  }
}

INSTANTIATE_TEST_SUITE_P(Records, EveryBody, testing::Range(std::size_t{0}, kBodies));

RC_GTEST_PROP(Record, AnyOneComesBack, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const records::Record record = AnyValue(seed, 6).record();
  const auto back = decode_record(encode_record(record));
  RC_ASSERT(back.ok());
  RC_ASSERT(back.value() == record);
}

TEST(Record, OfATypeNotBuiltIsKeptAsBytes) {
  records::Record record = viewed();
  record.header.type = records::RecordType::kMergeOut;
  record.body = records::Unknown{"some bytes"};
  const auto back = decode_record(encode_record(record));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back.value(), record);
}

TEST(Record, OfATypeNobodyKnowsIsKeptAsBytes) {
  Bytes bytes = encode_record(viewed());
  bytes[2] = static_cast<char>(0xff);
  const auto back = decode_record(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(std::get<records::Unknown>(back.value().body).bytes, bytes.substr(kRecordHeaderBytes));
  EXPECT_EQ(encode_record(back.value()), bytes);
}

TEST(Record, OfANewerSchemaIsKeptAsBytes) {
  records::Record record = viewed();
  record.header.schema_version = records::kSchemaVersion + 1;
  const auto back = decode_record(encode_record(record));
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(std::holds_alternative<records::Unknown>(back.value().body));
  EXPECT_EQ(encode_record(back.value()), encode_record(record));
}

TEST(Record, LargerThanTheScratchStaysOneSegment) {
  records::Record record = viewed();
  record.header.type = records::RecordType::kDelta;
  record.body = records::Delta{"fast", {3}, 4, 5, Bytes(400'000, '\x5a')};
  const auto back = decode_record(encode_record(record));
  ASSERT_TRUE(back.ok()) << back.error().what;
  EXPECT_EQ(back.value(), record);
}

TEST(Record, OverItsBoundIsRefused) {
  records::Record record = viewed();
  record.header.type = records::RecordType::kDelta;
  record.body = records::Delta{"fast", {3}, 4, 5, Bytes(records::kRecordBytesMax, 'x')};
  EXPECT_EQ(refusal_of(record), CodecError::kTooLarge);
}

TEST(Record, BytesBehindItAreRefused) {
  const auto back = decode_record(encode_record(viewed()) + Bytes(8, '\0'));
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.error().code, CodecError::kMalformed);
}

// ---- bounds of fields ----

TEST(RecordBounds, TextThatIsNotUtf8) {
  records::Record record = viewed();
  event_in(record).user_id = "ad\xff";
  EXPECT_EQ(refusal_of(record), CodecError::kInvalidText);
}

/// Whatever bound a request has today, what stands in a log stays readable.
TEST(RecordBounds, SizesAreThoseOfTheWayInAndNotOfTheLog) {
  records::Record record = viewed();
  records::Event& event = event_in(record);
  event.item = Bytes(2 * kExternalIdBytesMax, 'i');
  event.page = Bytes(2 * kTextBytesMax, 'p');
  event.properties.assign(2 * records::kPropertiesMax,
                          {"list", std::vector<std::string>(2 * records::kListMax, "x")});
  event.lines.resize(2 * records::kOrderLinesMax);
  event.other_ids.assign(2 * kOtherIdsMax, {"a", "b"});
  const auto back = decode_record(encode_record(record));
  ASSERT_TRUE(back.ok()) << back.error().what;
  EXPECT_EQ(back.value(), record);
}

TEST(RecordBounds, NumbersOutsideTheirRange) {
  const auto with = [](auto change) {
    records::Record record = viewed();
    change(event_in(record));
    return refusal_of(record);
  };
  using records::Event;
  EXPECT_EQ(with([](Event& e) { e.value = {1, 10, {'E', 'U', 'R'}}; }), CodecError::kOutOfRange);
  EXPECT_EQ(with([](Event& e) { e.value = {1, 2, {'e', 'u', 'r'}}; }), CodecError::kOutOfRange);
  EXPECT_EQ(with([](Event& e) { e.rating = Fixed{(std::int64_t{1} << 44) + 1}; }), CodecError::kOutOfRange);
  EXPECT_EQ(with([](Event& e) { e.scroll_percent = 101; }), CodecError::kOutOfRange);
  EXPECT_EQ(with([](Event& e) { e.scroll_percent = 65536; }), CodecError::kOutOfRange);
  EXPECT_EQ(with([](Event& e) {
              e.context.coordinates = records::Place{900'000'001, 0};
            }),
            CodecError::kOutOfRange);
  EXPECT_EQ(with([](Event& e) { e.type = static_cast<records::EventType>(records::kEventTypeCount); }),
            CodecError::kOutOfRange);
  EXPECT_EQ(with([](Event& e) { e.source = static_cast<records::Source>(99); }), CodecError::kOutOfRange);
  EXPECT_EQ(with([](Event& e) { e.context.device = static_cast<records::DeviceClass>(99); }),
            CodecError::kOutOfRange);
}

// ---- entries ----

RC_GTEST_PROP(Entry, AnyOneComesBack, ()) {
  const records::Entry entry = *any<records::Entry>();
  const Bytes bytes = encode_entry(entry);
  const auto back = decode_entry(bytes);
  RC_ASSERT(back.ok());
  RC_ASSERT(back.value() == entry);
  const auto peek = peek_entry(bytes);
  RC_ASSERT(peek.has_value());
  RC_ASSERT(peek->author == entry.author);
  RC_ASSERT(peek->count == entry.records.size());
  RC_ASSERT(peek->size == bytes.size());
}

RC_GTEST_PROP(Entry, ItsViewsDecodeToItsRecords, ()) {
  const records::Entry entry = *any<records::Entry>();
  const Bytes bytes = encode_entry(entry);
  const auto views = view_records(bytes);
  RC_ASSERT(views.ok());
  RC_ASSERT(views.value().size() == entry.records.size());
  for (std::size_t i = 0; i < entry.records.size(); ++i) {
    RC_ASSERT(views.value()[i].header == entry.records[i].header);
    const auto record = decode_body(views.value()[i]);
    RC_ASSERT(record.ok());
    RC_ASSERT(record.value() == entry.records[i]);
  }
}

records::Entry two_records() {
  records::Entry entry;
  entry.author = {{0x1111}, 2, 3};
  entry.records = {viewed(), viewed()};
  return entry;
}

TEST(Entry, TruncatedAtAnyByteIsATypedFailure) {
  const Bytes bytes = encode_entry(two_records());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto back = decode_entry(BytesView(bytes).substr(0, size));
    ASSERT_FALSE(back.ok()) << size;
    ASSERT_EQ(back.error().code, size < 4 ? CodecError::kNotOurs : CodecError::kTruncated) << size;
    ASSERT_FALSE(peek_entry(BytesView(bytes).substr(0, size)).has_value()) << size;
  }
}

TEST(Entry, NoFlippedBitGoesUnseen) {
  const Bytes bytes = encode_entry(two_records());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto back = decode_entry(flipped);
    ASSERT_FALSE(back.ok()) << bit;
    const CodecError code = back.error().code;
    if (bit < 4 * 8) {
      ASSERT_EQ(code, CodecError::kNotOurs) << bit;
    } else if (bit < 8 * 8) {
      ASSERT_EQ(code, CodecError::kUnsupportedVersion) << bit;
    } else {
      ASSERT_TRUE(code == CodecError::kChecksum || code == CodecError::kTruncated) << bit;
    }
    ASSERT_FALSE(view_records(flipped).ok()) << bit;
  }
}

TEST(Entry, BytesBehindItAreRefusedButPeekedOver) {
  const Bytes bytes = encode_entry(two_records());
  const auto back = decode_entry(bytes + "next");
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.error().code, CodecError::kMalformed);
  ASSERT_TRUE(peek_entry(bytes + "next").has_value());
  EXPECT_EQ(peek_entry(bytes + "next")->size, bytes.size());
}

/// What a writer with a fault could write: right checksum, wrong count.
TEST(Entry, CountThatDoesNotMatchIsMalformed) {
  const records::Entry entry = two_records();
  const Bytes record = encode_record(entry.records[0]);
  EntryBuilder builder;
  builder.add(record);
  builder.add(record.substr(0, record.size() - 8));
  const auto cut = decode_entry(builder.close(entry.author));
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().code, CodecError::kTruncated);
  builder.add(record + record);
  const auto more = decode_entry(builder.close(entry.author));
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().code, CodecError::kMalformed);
}

TEST(Entry, BrokenRecordFailsItButNotItsViews) {
  records::Entry entry = two_records();
  event_in(entry.records[1]).user_id = "\xff";
  const Bytes bytes = encode_entry(entry);
  ASSERT_FALSE(decode_entry(bytes).ok());
  EXPECT_EQ(decode_entry(bytes).error().code, CodecError::kInvalidText);
  const auto views = view_records(bytes);
  ASSERT_TRUE(views.ok());
  EXPECT_TRUE(decode_body(views.value()[0]).ok());
  EXPECT_FALSE(decode_body(views.value()[1]).ok());
}

// ---- the builder ----

TEST(EntryBuilder, GivesTheBytesOfTheWholeEntry) {
  const records::Entry entry = two_records();
  EntryBuilder builder;
  EXPECT_TRUE(builder.empty());
  for (const auto& record : entry.records) builder.add(encode_record(record));
  EXPECT_EQ(builder.count(), 2u);
  EXPECT_EQ(builder.close(entry.author), encode_entry(entry));
  EXPECT_TRUE(builder.empty());
}

TEST(EntryBuilder, IsFreshAfterClose) {
  const records::Entry entry = two_records();
  EntryBuilder builder;
  builder.add(encode_record(entry.records[0]));
  const Bytes first = builder.close(entry.author);
  builder.add(encode_record(entry.records[0]));
  EXPECT_EQ(builder.close(entry.author), first);
}

TEST(EntryBuilder, FitsUntilItsBounds) {
  EntryBuilder by_count;
  const Bytes record = encode_record(viewed());
  for (std::size_t i = 0; i < records::kRecordsPerEntryMax; ++i) {
    ASSERT_TRUE(by_count.fits(record.size()));
    by_count.add(record);
  }
  EXPECT_FALSE(by_count.fits(record.size()));
  EXPECT_TRUE(decode_entry(by_count.close({})).ok());

  EntryBuilder by_bytes;
  const std::size_t room = records::kEntryBytesMax - kEntryHeaderBytes;
  EXPECT_TRUE(by_bytes.fits(room));
  EXPECT_FALSE(by_bytes.fits(room + 1));
  by_bytes.add(record);
  EXPECT_TRUE(by_bytes.fits(room - record.size()));
  EXPECT_FALSE(by_bytes.fits(room - record.size() + 1));
}

} // namespace
} // namespace kindred::schemas

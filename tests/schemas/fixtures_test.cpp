// Messages as version 1 wrote them, decoded for ever after. A kind without a fixture fails here; to write the missing ones
// (never to change those that exist): KINDRED_WRITE_FIXTURES=1 build/bin/schemas_test --gtest_filter='Fixtures.*'

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/schemas/contract_values.hpp"
#include "tests/support/hex_text.hpp"

namespace kindred::schemas {
namespace {

namespace fs = std::filesystem;

const fs::path kFixtures = "tests/schemas/fixtures/v1";

/// One kind of message: what this build writes, and whether bytes decode to the same value.
struct Kind {
  std::string name;
  Bytes bytes;
  std::function<bool(BytesView)> reads_the_same;
};

template <class Decoded, class Value>
bool same(const Decoded& decoded, const Value& value) {
  return decoded.ok() && decoded.value() == value;
}

bool reads_request(BytesView bytes, const api::Request& request) {
  const auto decoded = decode_request(bytes);
  return decoded.ok() && decoded.value().broken.empty() && decoded.value().request == request;
}

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  auto records = tests::told_records();
  for (auto& added : tests::added_records()) records.push_back(std::move(added));
  for (const auto& [name, record] : records)
    all.push_back({"record." + name, encode_record(record),
                   [record](BytesView bytes) { return same(decode_record(bytes), record); }});
  auto queries = tests::told_queries();
  for (auto& added : tests::added_queries()) queries.push_back(std::move(added));
  for (const auto& [name, query] : queries) {
    api::Request request = tests::told_request();
    request.queries = {query};
    all.push_back({"query." + name, encode_request(request),
                   [request](BytesView bytes) { return reads_request(bytes, request); }});
  }
  auto answers = tests::told_answers();
  for (auto& added : tests::added_answers()) answers.push_back(std::move(added));
  for (const auto& [name, body] : answers) {
    api::Answer answer = tests::told_answer();
    answer.bodies = {body};
    all.push_back({"answer." + name, encode_answer(answer),
                   [answer](BytesView bytes) { return same(decode_answer(bytes), answer); }});
  }
  const api::Notification notification = tests::told_notification();
  all.push_back({"notification", encode_notification(notification),
                 [=](BytesView bytes) { return same(decode_notification(bytes), notification); }});
  const records::Entry entry = tests::told_entry();
  all.push_back(
      {"entry", encode_entry(entry), [=](BytesView bytes) { return same(decode_entry(bytes), entry); }});
  return all;
}

fs::path file_of(const Kind& kind) { return kFixtures / (kind.name + ".hex"); }

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

void write_missing(const std::vector<Kind>& all) {
  for (const Kind& kind : all)
    if (!fs::exists(file_of(kind)))
      std::ofstream(file_of(kind)) << "# " << kind.name << ", version 1\n" << tests::hex_text_of(kind.bytes);
}

TEST(Fixtures, EveryOneDecodesToItsValue) {
  const std::vector<Kind> all = kinds();
  if (std::getenv("KINDRED_WRITE_FIXTURES")) write_missing(all);
  for (const Kind& kind : all) {
    const Bytes bytes = tests::bytes_of_hex_text(text_of(file_of(kind)));
    ASSERT_FALSE(bytes.empty()) << kind.name << " has no fixture: see the head of this test";
    EXPECT_TRUE(kind.reads_the_same(bytes)) << kind.name << " of version 1 is read as another value";
  }
}

/// A fixture that nothing decodes would promise nothing.
TEST(Fixtures, EveryFileBelongsToAKind) {
  std::set<std::string> known;
  for (const Kind& kind : kinds()) known.insert(file_of(kind).filename());
  for (const auto& file : fs::directory_iterator(kFixtures))
    EXPECT_TRUE(known.contains(file.path().filename())) << file;
}

/// The values must tell every kind, in order, so that a new kind without a value is found.
TEST(Fixtures, CoverEveryKind) {
  const auto records = tests::told_records();
  ASSERT_EQ(records.size(), std::variant_size_v<records::Body>);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].record.body.index(), i);
    EXPECT_EQ(records[i].name, name_of(records[i].record.header.type));
  }
  const auto queries = tests::told_queries();
  ASSERT_EQ(queries.size(), std::variant_size_v<api::Query>);
  for (std::size_t i = 0; i < queries.size(); ++i) EXPECT_EQ(queries[i].query.index(), i) << queries[i].name;
  const auto answers = tests::told_answers();
  ASSERT_EQ(answers.size(), std::variant_size_v<api::AnswerBody>);
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i].body.index(), i) << answers[i].name;
}

/// Every fixture is a seed of the fuzz targets too (tests/fuzz/corpus), in the form they take.
TEST(Fixtures, SeedTheFuzzTargets) {
  for (const Kind& kind : kinds()) {
    const Bytes bytes = tests::bytes_of_hex_text(text_of(file_of(kind)));
    const bool record = kind.name.starts_with("record.") || kind.name == "entry";
    const fs::path seed = fs::path("tests/fuzz/corpus") / (record ? "record" : "envelope") / kind.name;
    if (std::getenv("KINDRED_WRITE_FIXTURES")) {
      fs::create_directories(seed.parent_path());
      std::ofstream(seed, std::ios::binary) << bytes;
    }
    EXPECT_EQ(text_of(seed), bytes) << seed << ": write it as the head of this test says";
  }
}

} // namespace
} // namespace kindred::schemas

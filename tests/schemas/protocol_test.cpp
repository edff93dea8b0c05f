// docs/protocol.md is a promise: every example in it is what the codecs write, byte for byte, and nothing is left out.

#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "engine/records/types.hpp"
#include "schemas/api.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/schemas/protocol_examples.hpp"
#include "tests/support/hex_text.hpp"

namespace kindred::schemas {
namespace {

std::string page() {
  std::ostringstream text;
  text << std::ifstream("docs/protocol.md").rdbuf();
  return text.str();
}

/// The blocks that begin with "```hex NAME".
std::map<std::string, std::string> examples_on(const std::string& page) {
  std::map<std::string, std::string> found;
  std::istringstream lines(page);
  std::string line, name;
  while (std::getline(lines, line)) {
    if (line.starts_with("```hex ")) {
      name = line.substr(7);
      EXPECT_FALSE(found.contains(name)) << name << " stands twice";
      found[name];
    } else if (line.starts_with("```")) {
      name.clear();
    } else if (!name.empty()) {
      found[name] += line + "\n";
    }
  }
  return found;
}

TEST(ProtocolPage, EveryExampleIsByteForByteWhatTheCodecsWrite) {
  const auto found = examples_on(page());
  for (const tests::ProtocolExample& example : tests::protocol_examples()) {
    const auto here = found.find(example.name);
    const std::string should =
        "\n```hex " + example.name + "\n" + tests::hex_text_of(example.bytes) + "```\n";
    if (here == found.end()) {
      ADD_FAILURE() << "docs/protocol.md lacks" << should;
    } else {
      EXPECT_EQ(tests::bytes_of_hex_text(here->second), example.bytes)
          << "docs/protocol.md should say" << should;
    }
  }
}

TEST(ProtocolPage, HasNoExampleThatNothingChecks) {
  std::map<std::string, Bytes> known;
  for (const tests::ProtocolExample& example : tests::protocol_examples())
    known[example.name] = example.bytes;
  for (const auto& [name, text] : examples_on(page())) EXPECT_TRUE(known.contains(name)) << name;
}

TEST(ProtocolPage, ItsExamplesDecode) {
  for (const auto& [name, text] : examples_on(page())) {
    const Bytes bytes = tests::bytes_of_hex_text(text);
    if (name.starts_with("request")) {
      const auto decoded = decode_request(bytes);
      EXPECT_TRUE(decoded.ok() && decoded.value().broken.empty()) << name;
    } else if (name.starts_with("answer")) {
      EXPECT_TRUE(decode_answer(bytes).ok()) << name;
    } else if (name == "entry") {
      EXPECT_TRUE(decode_entry(bytes).ok());
    } else {
      EXPECT_TRUE(decode_notification(bytes).ok()) << name;
    }
  }
}

bool has_row(const std::string& page, int number, std::string_view name) {
  return page.find("| " + std::to_string(number) + " | `" + std::string(name) + "` |") != std::string::npos;
}

TEST(ProtocolPage, ListsEveryErrorCode) {
  const std::string text = page();
  for (int code = 1; code <= static_cast<int>(api::ErrorCode::kInternal); ++code)
    EXPECT_TRUE(has_row(text, code, name_of(static_cast<api::ErrorCode>(code)))) << code;
}

TEST(ProtocolPage, ListsEveryRecordType) {
  const std::string text = page();
  for (std::uint16_t type = 1; type <= 40; ++type)
    EXPECT_TRUE(has_row(text, type, name_of(records::RecordType{type}))) << type;
}

TEST(ProtocolPage, ListsEveryEventType) {
  const std::string text = page();
  for (int type = 0; type < records::kEventTypeCount; ++type)
    EXPECT_TRUE(has_row(text, type, name_of(static_cast<records::EventType>(type)))) << type;
}

} // namespace
} // namespace kindred::schemas

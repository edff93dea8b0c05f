#include "schemas/codec/entry_codec.hpp"

#include <gtest/gtest.h>

namespace kindred::schemas {
namespace {

records::Record view_of_boots() {
  records::Record record;
  record.header.id = {7, 8};
  record.header.stamp = {1'700'000'000'000'000};
  auto& event = record.body.emplace<records::Event>();
  event.user_id = "ada";
  event.item = "boots";
  event.type = records::EventType::kView;
  return record;
}

TEST(EntryCodec, ComesBackAsItWas) {
  records::Entry entry;
  entry.author = {{1}, 2, 3};
  entry.records = {view_of_boots(), view_of_boots()};
  const auto back = decode_entry(encode_entry(entry));
  ASSERT_TRUE(back.ok()) << back.error().what;
  EXPECT_EQ(back.value(), entry);
}

} // namespace
} // namespace kindred::schemas

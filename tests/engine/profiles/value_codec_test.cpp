#include "engine/profiles/value_codec.hpp"

#include <gtest/gtest.h>

namespace kindred::profiles {
namespace {

using records::Context;
using records::Property;

Context full_context() {
  Context context;
  context.device = records::DeviceClass::kTablet;
  context.operating_system = "os";
  context.browser = "browser";
  context.channel = "web";
  context.locale = "de-DE";
  context.country = "DE";
  context.region = "BE";
  context.coordinates = records::Place{525'200'000, 134'050'000};
  context.zone_offset_minutes = std::int16_t{60};
  context.extra = {{"a", true}, {"b", std::vector<std::string>{"x", ""}}, {"c", Instant{-5}}};
  return context;
}

TEST(ValueCodec, ContextsComeBack) {
  for (const Context& context : {Context{}, full_context()}) {
    ByteWriter out;
    write_context(out, context);
    ByteReader in(out.view());
    Context read;
    EXPECT_TRUE(read_context(in, read));
    EXPECT_TRUE(in.at_end());
    EXPECT_EQ(read, context);
  }
}

TEST(ValueCodec, EveryTruncatedContextIsRefused) {
  ByteWriter out;
  write_context(out, full_context());
  for (std::size_t size = 0; size < out.size(); ++size) {
    ByteReader in(out.view().substr(0, size));
    Context read;
    EXPECT_FALSE(read_context(in, read)) << size;
  }
}

TEST(ValueCodec, EveryKindOfPropertyComesBack) {
  const Property all[] = {{"b", false},
                          {"i", std::int64_t{-1}},
                          {"f", Fixed{1 << 20}},
                          {"s", std::string("text\0with zero", 14)},
                          {"l", std::vector<std::string>{}},
                          {"t", Instant{7}},
                          {"p", records::Place{-1, 1}}};
  for (const Property& property : all) {
    ByteWriter out;
    write_property(out, property);
    ByteReader in(out.view());
    Property read;
    EXPECT_TRUE(read_property(in, read));
    EXPECT_EQ(read, property);
  }
}

TEST(ValueCodec, UnknownTagsAndFlagsAreRefused) {
  for (const auto& [tag, value] : {std::pair(7, 0), std::pair(0, 2)}) {
    ByteWriter out;
    out.text("name");
    out.u8(static_cast<std::uint8_t>(tag));
    out.u8(static_cast<std::uint8_t>(value));
    ByteReader in(out.view());
    Property read;
    EXPECT_FALSE(read_property(in, read));
  }
  ByteWriter out;
  out.u8(200); // a device class that does not exist
  ByteReader in(out.view());
  Context read;
  EXPECT_FALSE(read_context(in, read));
}

TEST(ValueCodec, MoneyComesBack) {
  const Money money{-1234, 2, {'G', 'B', 'P'}};
  ByteWriter out;
  write_money(out, money);
  ByteReader in(out.view());
  Money read;
  EXPECT_TRUE(read_money(in, read));
  EXPECT_EQ(read, money);
  ByteReader cut(out.view().substr(0, out.size() - 1));
  EXPECT_FALSE(read_money(cut, read));
}

} // namespace
} // namespace kindred::profiles

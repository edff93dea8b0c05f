#include "schemas/codec/node_codec.hpp"

#include <gtest/gtest.h>

namespace kindred::schemas {
namespace {

peers::Envelope hello() {
  peers::Envelope envelope;
  envelope.kind = peers::MessageKind::kHello;
  envelope.clock = {1'700'000'000'000'000};
  envelope.refusal = peers::Refusal::kClockOff;
  envelope.reason = "by an hour";
  envelope.hello = {"shop", "a", 1, 0x1122334455667788, 64, 17};
  return envelope;
}

TEST(NodeCodec, EveryFieldComesBack) {
  peers::Envelope ask;
  ask.kind = peers::MessageKind::kStatisticAsk;
  ask.id = 7;
  ask.to_life = 9;
  ask.remaining_ms = 250;
  for (const auto& envelope : {hello(), ask, peers::Envelope{}}) {
    const auto back = decode_node_envelope(encode_node_envelope(envelope));
    ASSERT_TRUE(back.ok()) << back.error().what;
    EXPECT_EQ(back.value(), envelope);
  }
}

TEST(NodeCodec, WhatIsBrokenIsRefused) {
  const Bytes whole = encode_node_envelope(hello());
  EXPECT_EQ(decode_node_envelope("").error().code, CodecError::kTruncated);
  EXPECT_EQ(decode_node_envelope(Bytes(peers::kEnvelopeBytesMax + 8, '\0')).error().code,
            CodecError::kTooLarge);
  for (std::size_t size = 0; size < whole.size(); size += 8)
    EXPECT_FALSE(decode_node_envelope(BytesView(whole).substr(0, size)).ok()) << size;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      Bytes broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ flip);
      const auto read = decode_node_envelope(broken); // a value or a failure, and nothing else
      EXPECT_TRUE(read.ok() || !read.error().what.empty());
    }
}

TEST(NodeCodec, ANameThatIsTooLongIsRefused) {
  peers::Envelope envelope = hello();
  envelope.hello.node = std::string(300, 'x');
  EXPECT_EQ(decode_node_envelope(encode_node_envelope(envelope)).error().code, CodecError::kTooLarge);
}

} // namespace
} // namespace kindred::schemas

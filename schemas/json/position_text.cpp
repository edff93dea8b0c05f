#include "schemas/json/position_text.hpp"

#include "engine/base/bytes.hpp"
#include "engine/base/hash.hpp"

namespace kindred::json {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(BytesView bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(c);
    for (held += 8; held >= 6; held -= 6) text += kAlphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) text += kAlphabet[bits << (6 - held) & 63];
  return text;
}

std::optional<Bytes> from_base64url(std::string_view text) {
  Bytes bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (held += 6; held >= 8) bytes += static_cast<char>(bits >> (held -= 8));
  }
  return bytes;
}

} // namespace

std::string position_text(const records::Positions& positions) {
  ByteWriter out;
  out.u8(kVersion);
  out.u16(static_cast<std::uint16_t>(positions.size()));
  for (const auto& position : positions) {
    out.u64(position.incarnation);
    out.u8(static_cast<std::uint8_t>(position.stream.topic));
    out.u16(position.stream.partition.value);
    out.u64(position.offset);
    out.u32(position.index);
    out.u64(position.author.writer.value);
    out.u64(position.author.epoch);
    out.u64(position.author.sequence);
  }
  out.u32(static_cast<std::uint32_t>(hash64(out.view())));
  return base64url(out.view());
}

std::optional<records::Positions> parse_position(std::string_view text) {
  constexpr std::size_t kSumBytes = 4;
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() < kSumBytes) return std::nullopt;
  const BytesView body = BytesView(*bytes).substr(0, bytes->size() - kSumBytes);
  if (ByteReader(BytesView(*bytes).substr(body.size())).u32() != static_cast<std::uint32_t>(hash64(body)))
    return std::nullopt;
  ByteReader in(body);
  if (in.u8() != kVersion) return std::nullopt;
  const std::size_t count = in.u16();
  if (count > records::kPositionsMax) return std::nullopt;
  records::Positions positions(count);
  for (auto& position : positions) {
    position.incarnation = in.u64();
    const auto topic = in.u8();
    if (topic > static_cast<std::uint8_t>(records::Topic::kLibrary)) return std::nullopt;
    position.stream.topic = static_cast<records::Topic>(topic);
    position.stream.partition.value = in.u16();
    position.offset = in.u64();
    position.index = in.u32();
    position.author.writer.value = in.u64();
    position.author.epoch = in.u64();
    position.author.sequence = in.u64();
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return positions;
}

} // namespace kindred::json

#include "schemas/codec/message.hpp"

#include <cstring>
#include <vector>

namespace kindred::schemas {
namespace {

constexpr std::size_t kScratchWords = 8192;
constexpr std::size_t kKeptWordsMax =
    (1 << 20) / sizeof(capnp::word); ///< a larger copy is not kept for the next message

/// Zero between uses: the builder clears what it used.
kj::ArrayPtr<capnp::word> scratch() {
  thread_local std::vector<std::uint64_t> words(kScratchWords);
  return kj::arrayPtr(reinterpret_cast<capnp::word*>(words.data()), words.size());
}

} // namespace

Draft::Draft() : message_(scratch()) {}

Bytes Draft::framed() {
  const auto segments = message_.getSegmentsForOutput();
  Bytes bytes;
  if (segments.size() == 1) { // nearly always
    const std::uint32_t table[2] = {0, static_cast<std::uint32_t>(segments[0].size())};
    bytes.reserve(sizeof table + segments[0].size() * sizeof(capnp::word));
    bytes.append(reinterpret_cast<const char*>(table), sizeof table);
    append_segment(bytes, segments[0]);
    return bytes;
  }
  std::vector<std::uint32_t> table((segments.size() + 2) & ~std::size_t{1});
  std::size_t words = table.size() / 2;
  table[0] = static_cast<std::uint32_t>(segments.size() - 1);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    table[i + 1] = static_cast<std::uint32_t>(segments[i].size());
    words += segments[i].size();
  }
  bytes.reserve(words * sizeof(capnp::word));
  bytes.append(reinterpret_cast<const char*>(table.data()), table.size() * sizeof table[0]);
  for (const auto& segment : segments) append_segment(bytes, segment);
  return bytes;
}

kj::ArrayPtr<const capnp::word> aligned_words(BytesView bytes) {
  const std::size_t words = bytes.size() / sizeof(capnp::word);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % sizeof(capnp::word) == 0)
    return kj::arrayPtr(reinterpret_cast<const capnp::word*>(bytes.data()), words);
  thread_local std::vector<std::uint64_t> copy;
  if (copy.size() > kKeptWordsMax && words <= kKeptWordsMax) copy = {};
  if (copy.size() < words) copy.resize(words);
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  return kj::arrayPtr(reinterpret_cast<const capnp::word*>(copy.data()), words);
}

bool plausible(Reading& reading, BytesView bytes, std::size_t bytes_max, const char* what) {
  if (bytes.size() > bytes_max) {
    reading.fail(CodecError::kTooLarge, what, "over its bound");
  } else if (bytes.size() < sizeof(capnp::word) || bytes.size() % sizeof(capnp::word) != 0) {
    reading.fail(CodecError::kTruncated, what, "not whole words");
  }
  return reading.ok();
}

} // namespace kindred::schemas

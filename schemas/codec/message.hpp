#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include "engine/base/bytes.hpp"
#include "schemas/codec/reading.hpp"

namespace kindred::schemas {

/// Structs in structs deeper than this are hostile: ours nest at most 9 deep.
inline constexpr int kNestingMax = 16;
/// Reading one message may touch this many times its own size before it is called hostile. Its own, not its bound: elements
/// without size cost a sender nothing and a reader much, and count as a word each.
inline constexpr std::size_t kTraversalFactor = 4;

/// A message being built, in scratch memory of this thread: no heap use while it fits 64 KiB.
/// One at a time and thread; lives on the stack of one encode call.
class Draft {
public:
  Draft();
  template <class Root>
  typename Root::Builder root() {
    return message_.initRoot<Root>();
  }
  /// The standard stream framing: segment table, segments.
  Bytes framed();
  /// One segment without a table, appended to `to`; a message that outgrew the scratch is copied into one segment first.
  template <class Root>
  void append_flat(Bytes& to) {
    const auto segments = message_.getSegmentsForOutput();
    if (segments.size() == 1) return append_segment(to, segments[0]);
    const auto whole = message_.getRoot<Root>().asReader();
    capnp::MallocMessageBuilder flat(static_cast<capnp::uint>(whole.totalSize().wordCount + 1),
                                     capnp::AllocationStrategy::FIXED_SIZE);
    flat.setRoot(whole);
    append_segment(to, flat.getSegmentsForOutput()[0]);
  }

private:
  static void append_segment(Bytes& to, kj::ArrayPtr<const capnp::word> segment) {
    to.append(reinterpret_cast<const char*>(segment.begin()), segment.size() * sizeof(capnp::word));
  }
  capnp::MallocMessageBuilder message_;
};

/// Bytes as words: the bytes themselves where they are aligned, else a copy in a buffer of this thread, which is good until
/// the next call. Requires: the size divides by 8.
kj::ArrayPtr<const capnp::word> aligned_words(BytesView bytes);

inline capnp::ReaderOptions limits(std::size_t bytes) {
  return {kTraversalFactor * bytes / sizeof(capnp::word), kNestingMax};
}

/// Size checks that need no parsing. `bytes_max` is the named bound of this kind of message.
bool plausible(Reading& reading, BytesView bytes, std::size_t bytes_max, const char* what);

/// Opens a framed message and hands its root to `read`; whatever Cap'n Proto throws becomes a failure of `reading`.
template <class Root, class Read>
void read_framed(Reading& reading, BytesView bytes, std::size_t bytes_max, const char* what, Read&& read) {
  if (!plausible(reading, bytes, bytes_max, what)) return;
  try {
    capnp::FlatArrayMessageReader message(aligned_words(bytes), limits(bytes.size()));
    read(message.getRoot<Root>());
  } catch (const kj::Exception& exception) {
    reading.fail(exception);
  }
}

/// The same for one segment without a table.
template <class Root, class Read>
void read_flat(Reading& reading, BytesView bytes, std::size_t bytes_max, const char* what, Read&& read) {
  if (!plausible(reading, bytes, bytes_max, what)) return;
  try {
    const kj::ArrayPtr<const capnp::word> segment = aligned_words(bytes);
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(&segment, 1), limits(bytes.size()));
    read(message.getRoot<Root>());
  } catch (const kj::Exception& exception) {
    reading.fail(exception);
  }
}

} // namespace kindred::schemas

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "engine/base/bytes.hpp"
#include "engine/records/position.hpp"

namespace kindred::profiles {

/// Which entries of which writers were folded: the last sequence of each writer's newest epoch, and those missing below.
///
/// An entry is called a repeat only where that is certain: same epoch, not above the last, not missing. Everything else
/// is folded, and record ids (once.hpp) drop what is in it twice: so a late entry of an older epoch, or one that arrives
/// after its successor, is never lost. Bound: kMissingMax missing sequences a writer; more is a gap that stops the fold.
/// Value type; owned by PartitionState. Node-local: left out of digests.
class WriterTable {
public:
  static constexpr std::size_t kMissingMax = 64;

  enum class Verdict : std::uint8_t {
    kNew = 1,    ///< fold it, then `take` it
    kRepeat = 2, ///< seen before: drop it
    kGap = 3,    ///< more entries are missing than can be waited for
  };
  Verdict judge(const records::Authorship& author) const;
  /// Notes a folded entry; returns how many sequences it jumped over (an alarm: they may come late, or never).
  /// Requires: judge(author) == kNew.
  std::size_t take(const records::Authorship& author);

  /// For folds that wait for nothing that is missing: judges, and notes. False: a repeat, drop it.
  bool first_of(const records::Authorship& author) {
    const Verdict verdict = judge(author);
    if (verdict == Verdict::kNew) take(author);
    return verdict != Verdict::kRepeat;
  }

  std::optional<records::Authorship> last_of(WriterId writer) const;

  void write(ByteWriter& out) const;
  bool read(ByteReader& in); ///< false: not what `write` writes

private:
  struct Writer {
    std::uint64_t epoch = 0;
    std::uint64_t last = 0;
    std::set<std::uint64_t> missing;
  };
  std::map<WriterId, Writer> writers_;
};

} // namespace kindred::profiles

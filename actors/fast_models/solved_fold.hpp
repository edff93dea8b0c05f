#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/fast_models/solved.hpp"
#include "engine/base/bytes.hpp"
#include "engine/records/record.hpp"

namespace kindred::actors::fast_models {

/// Why a manifest or a chunk was not taken. Closed list; nothing of it changes what serves.
enum class SolvedRefusal : std::uint8_t {
  kNone = 0,
  kForeignLearner = 1,  ///< of a learner that this build does not have
  kWrongGeneration = 2, ///< another manifest came first: compare-and-set
  kUnknownModel = 3,    ///< its chunks are missing, damaged (hash), or forgotten
  kMalformed = 4,       ///< not parameters of that learner, or chunks that contradict each other
};

/// The rule of chunks and manifests (records.md §7), in one place for all who read the models log.
///
/// A manifest is taken only if `expects` is its line's generation and its model is at hand: assembled from chunks whose hash
/// is right, or already in the line (promotion, going back). So a lost model actor, two of them, or bytes cut off do no harm.
/// Bounds: what is assembled at once is at most kAssembliesMax models and kAssemblyBytesMax bytes, the longest untouched goes;
/// one is at most records::kModelBytesMax.
/// Pure value; one owner; not thread-safe. Copies of `lines()` share all models.
class SolvedFold {
public:
  static constexpr std::size_t kAssembliesMax = 64;
  static constexpr std::size_t kAssemblyBytesMax = 2 * records::kModelBytesMax;

  struct Folded {
    SolvedRefusal refusal = SolvedRefusal::kNone;
    bool changed = false; ///< `lines()` is another
  };
  /// A Chunk or a Manifest; other bodies change nothing.
  Folded fold(const records::Record& record);

  /// Never null.
  std::shared_ptr<const Lines> lines() const { return lines_; }

  /// Its part of a checkpoint, and the inverse (false: damaged; then it is of no use).
  void write(ByteWriter& out) const;
  bool read(ByteReader& in);

private:
  struct Assembly {
    std::uint32_t count = 0;
    std::map<std::uint32_t, Bytes> chunks;
    std::size_t bytes = 0;
    std::uint64_t touched = 0;
  };
  using AssemblyKey = std::pair<LineKey, Id128>;
  Folded take(const LineKey& key, const records::Chunk& chunk);
  void make_room(const AssemblyKey& name, std::size_t bytes);
  Folded take(const LineKey& key, const records::Manifest& manifest, Instant stamp);
  SolvedModelPtr find(const LineKey& key, const Line& line, const records::Manifest& manifest,
                      SolvedRefusal& refusal) const;

  std::shared_ptr<const Lines> lines_ = std::make_shared<const Lines>();
  std::map<AssemblyKey, Assembly> assemblies_;
  std::uint64_t touches_ = 0;
};

} // namespace kindred::actors::fast_models

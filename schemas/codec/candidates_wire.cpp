#include "schemas/codec/candidates_wire.hpp"

#include <array>
#include <cassert>
#include <cstring>

#include "engine/base/varint.hpp"
#include "schemas/codec/bounds.hpp"

namespace kindred::schemas {

namespace {

constexpr std::size_t kCandidateMax = sizeof(ItemId) + kVarintMax * (2 + kSourcesMax);

bool take_candidate(const char*& at, const char* end, records::Candidate& candidate, std::int32_t* scores_q8,
                    std::size_t sources) {
  if (static_cast<std::size_t>(end - at) < sizeof candidate.item.value) return false;
  std::memcpy(&candidate.item.value, at, sizeof candidate.item.value);
  at += sizeof candidate.item.value;
  std::uint32_t score = 0, which = 0;
  if (!take_varint(at, end, score) || !take_varint(at, end, which)) return false;
  if (sources < kSourcesMax && which >> sources != 0) return false;
  candidate.score_q8 = unfolded(score);
  for (std::size_t source = 0; which != 0; ++source, which >>= 1) {
    std::uint32_t part = 0;
    if ((which & 1) != 0 && !take_varint(at, end, part)) return false;
    scores_q8[source] = unfolded(part);
  }
  return true;
}

} // namespace

static_assert(kSourcesMax == 32, "which sources have a score is told in 32 bits");

Bytes pack_candidates(const records::Decided& decided) {
  const std::size_t sources = decided.sources.size();
  assert(decided.candidates.size() <= records::kCandidatesMax && sources <= kSourcesMax);
  assert(decided.source_scores_q8.size() == decided.candidates.size() * sources);
  std::array<char, records::kCandidatesMax * kCandidateMax> room;
  char* at = room.data();
  const std::int32_t* scores_q8 = decided.source_scores_q8.data();
  for (const records::Candidate& candidate : decided.candidates) {
    std::memcpy(at, &candidate.item.value, sizeof candidate.item.value);
    at = put_varint(at + sizeof candidate.item.value, folded(candidate.score_q8));
    std::uint32_t which = 0;
    for (std::size_t i = 0; i < sources; ++i) which |= (scores_q8[i] != 0 ? 1U : 0U) << i;
    at = put_varint(at, which);
    for (std::size_t i = 0; i < sources; ++i)
      if (scores_q8[i] != 0) at = put_varint(at, folded(scores_q8[i]));
    scores_q8 += sources;
  }
  return Bytes(room.data(), at);
}

void unpack_candidates(Reading& reading, BytesView packed, records::Decided& decided) {
  const std::size_t sources = decided.sources.size();
  if (packed.empty()) return;
  // Whoever wrote it: 32 bits name no more, and a few bytes must not ask for thousands of scores.
  if (sources > kSourcesMax)
    return reading.fail(CodecError::kMalformed, "candidates", "more sources than packed candidates can name");
  decided.candidates.reserve(records::kCandidatesMax);
  decided.source_scores_q8.reserve(records::kCandidatesMax * sources);
  const char* at = packed.data();
  const char* const end = at + packed.size();
  while (at != end) {
    if (!reading.count(decided.candidates.size() + 1, records::kCandidatesMax, "candidates")) return;
    records::Candidate& candidate = decided.candidates.emplace_back();
    decided.source_scores_q8.resize(decided.candidates.size() * sources);
    std::int32_t* scores_q8 = decided.source_scores_q8.data() + decided.source_scores_q8.size() - sources;
    if (!take_candidate(at, end, candidate, scores_q8, sources))
      return reading.fail(CodecError::kMalformed, "candidates",
                          "they end early or name sources that are not told");
  }
}

} // namespace kindred::schemas

#include "engine/profiles/choices.hpp"

#include <algorithm>

#include "engine/base/hash.hpp"
#include "engine/base/varint.hpp"
#include "engine/records/candidate_source.hpp"

namespace kindred::profiles {
namespace {

// One alternative: [item,] place, which sources have a score (bit per source), their scores. Numbers are varints.

void put_number(ByteWriter& out, std::uint32_t value) {
  char room[kVarintMax];
  out.raw({room, static_cast<std::size_t>(put_varint(room, value) - room)});
}

constexpr std::size_t kPackedBytes = 20; // of a candidate, mostly: its item, its place, a few scores

void put_known(ByteWriter& out, const Alternative& one) {
  out.u8(one.place);
  std::uint32_t which = 0;
  for (const auto& [source, score] : one.scores_q8) which |= 1u << source;
  put_number(out, which);
  for (const auto& [source, score] : one.scores_q8) put_number(out, folded(score));
}

bool take_known(const char*& at, const char* end, Alternative& one) {
  std::uint32_t which = 0;
  if (at == end) return false;
  one.place = static_cast<std::uint8_t>(*at++);
  if (!take_varint(at, end, which) || which >> records::kCandidateSourceCount != 0) return false;
  for (std::uint8_t source = 0; which != 0; ++source, which >>= 1) {
    std::uint32_t score = 0;
    if ((which & 1) == 0) continue;
    if (!take_varint(at, end, score)) return false;
    one.scores_q8.emplace_back(source, unfolded(score));
  }
  return true;
}

/// All of them; empty: the bytes are not what `put_known` writes.
std::vector<Alternative> known_of(BytesView packed) {
  std::vector<Alternative> known;
  const char* at = packed.data();
  const char* const end = at + packed.size();
  while (at != end)
    if (!take_known(at, end, known.emplace_back())) return {};
  return known;
}

std::vector<ItemId> items_of(ByteReader& in) {
  std::vector<ItemId> items(in.count(sizeof(ItemId)));
  for (ItemId& item : items) item.value = in.u64();
  return items;
}

/// The first of `items` that is among the candidates.
std::optional<ItemId> taken_of(const OpenChoice& choice, const std::vector<ItemId>& items) {
  ByteReader in(choice.candidates);
  const std::vector<ItemId> candidates = items_of(in);
  const auto found = std::find_first_of(items.begin(), items.end(), candidates.begin(), candidates.end());
  return found == items.end() ? std::nullopt : std::optional(*found);
}

/// Requires: bytes that open_choice wrote, else none.
std::vector<Alternative> candidates_of(const OpenChoice& choice) {
  ByteReader in(choice.candidates);
  const std::vector<ItemId> items = items_of(in);
  std::vector<Alternative> candidates = known_of(in.raw(in.left()));
  if (!in.ok() || candidates.size() != items.size()) return {};
  for (std::size_t i = 0; i < items.size(); ++i) candidates[i].item = items[i];
  return candidates;
}

std::uint8_t place_of(const records::Decided& decided, ItemId item) {
  const auto shown = std::find_if(decided.shown.begin(), decided.shown.end(),
                                  [&](const records::Shown& one) { return one.item == item; });
  return shown == decided.shown.end() ? 0 : static_cast<std::uint8_t>(shown - decided.shown.begin() + 1);
}

/// The sample: by a hash of item and decision, so that it depends on nothing else; the taken one is always in it. Ordered
/// by another hash: by the first, the taken one would mostly be the last, as the others are the lowest.
void sample(std::vector<Alternative>& candidates, ItemId taken, const DecisionId& decision) {
  const auto before = [](const Alternative& a, const Alternative& b, std::uint64_t seed) {
    const auto rank = [&](const Alternative& one) {
      ByteWriter name;
      name.u64(one.item.value);
      return hash64(name.view(), seed);
    };
    return std::pair(rank(a), a.item) < std::pair(rank(b), b.item);
  };
  std::sort(candidates.begin(), candidates.end(), [&](const Alternative& a, const Alternative& b) {
    if ((a.item == taken) != (b.item == taken)) return a.item == taken;
    return before(a, b, decision.low);
  });
  if (candidates.size() > kAlternativesMax) candidates.resize(kAlternativesMax);
  std::sort(candidates.begin(), candidates.end(),
            [&](const Alternative& a, const Alternative& b) { return before(a, b, ~decision.low); });
}

std::optional<Example> example_of(const OpenChoice& choice, ItemId item, bool named) {
  std::vector<Alternative> candidates = candidates_of(choice);
  if (candidates.empty()) return std::nullopt;
  sample(candidates, item, choice.decision);
  Example example{choice.as_of, choice.placement, choice.newness, choice.explored, !named, 0, {}};
  ByteWriter packed;
  for (const Alternative& one : candidates) {
    if (one.item == item) example.taken = static_cast<std::uint8_t>(&one - candidates.data());
    put_known(packed, one);
  }
  example.alternatives = packed.take();
  return example;
}

} // namespace

void open_choice(Choices& choices, const records::Decided& decided) {
  const std::size_t width = decided.sources.size();
  if (decided.candidates.empty() || decided.source_weights_q16.size() != width ||
      decided.source_scores_q8.size() != decided.candidates.size() * width)
    return;
  OpenChoice choice{decided.decision,
                    decided.placement.substr(0, kPlacementNameMax),
                    decided.request_id,
                    decided.as_of,
                    decided.newness_q8,
                    false,
                    {}};
  std::vector<std::optional<records::CandidateSource>> known;
  for (const std::string& source : decided.sources) known.push_back(records::candidate_source_of(source));
  for (const records::Shown& shown : decided.shown) choice.explored |= shown.propensity_q24 != 1u << 24;
  ByteWriter packed;
  packed.reserve(4 + decided.candidates.size() * kPackedBytes);
  packed.u32(static_cast<std::uint32_t>(decided.candidates.size()));
  for (const records::Candidate& candidate : decided.candidates) packed.u64(candidate.item.value);
  Alternative one; // its room is used again
  for (std::size_t i = 0; i < decided.candidates.size(); ++i) {
    one.item = decided.candidates[i].item;
    one.place = place_of(decided, one.item);
    one.scores_q8.clear();
    for (std::size_t s = 0; s < width; ++s)
      if (const std::int32_t score = decided.source_scores_q8[i * width + s]; known[s] && score != 0)
        one.scores_q8.emplace_back(static_cast<std::uint8_t>(index_of(*known[s])), score);
    std::sort(one.scores_q8.begin(), one.scores_q8.end());
    const auto twice = [](const auto& a, const auto& b) { return a.first == b.first; };
    one.scores_q8.erase(std::unique(one.scores_q8.begin(), one.scores_q8.end(), twice), one.scores_q8.end());
    put_known(packed, one);
  }
  choice.candidates = Bytes(packed.view()); // without the room that was left
  std::erase_if(choices.open, [&](const OpenChoice& other) {
    const bool twin = !choice.request_id.empty() && other.request_id == choice.request_id &&
                      other.placement == choice.placement;
    return other.decision == choice.decision || twin;
  });
  choices.open.push_back(std::move(choice));
  if (choices.open.size() > kOpenChoicesMax) choices.open.erase(choices.open.begin());
}

void take_choice(Choices& choices, const std::vector<ItemId>& items, Instant time,
                 const DecisionId& decision) {
  for (auto choice = choices.open.begin(); choice != choices.open.end();) {
    const bool named = !decision.is_zero() && choice->decision == decision;
    const bool near = choice->as_of <= time && time <= choice->as_of + kTakenWithin;
    const auto taken = named || near ? taken_of(*choice, items) : std::nullopt;
    if (!named && !taken) {
      ++choice;
      continue;
    }
    if (auto example = taken ? example_of(*choice, *taken, named) : std::nullopt)
      choices.examples.push_back(std::move(*example));
    choice = choices.open.erase(choice);
  }
  if (choices.examples.size() > kExamplesMax)
    choices.examples.erase(choices.examples.begin(), choices.examples.end() - kExamplesMax);
}

std::vector<Alternative> alternatives_of(const Example& example) { return known_of(example.alternatives); }

} // namespace kindred::profiles

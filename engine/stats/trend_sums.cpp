#include "engine/stats/trend_sums.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/stats/decay.hpp"

namespace kindred::stats {
namespace {

std::size_t place_of(std::uint32_t slot, std::size_t places) {
  return (slot * 0x9e3779b97f4a7c15ULL >> 20) & (places - 1);
}

/// A generation that counts at an as-of, and what its sums are worth there.
struct Factored {
  const TrendSums::Generation* generation = nullptr;
  double factor = 0;
};
struct Readable {
  std::array<Factored, kGenerationsRead + 1> parts; // the newest four and the one ahead
  std::size_t count = 0;
};

Readable readable(const std::map<std::int32_t, TrendSums::Generation>& generations, Duration half_life,
                  Instant as_of) {
  Readable found;
  const std::int32_t now = generation_of(as_of, half_life);
  const auto end = generations.upper_bound(now + 1);
  for (auto it = generations.lower_bound(now - kGenerationsRead + 1); it != end; ++it)
    found.parts[found.count++] = {&it->second, read_factor(it->first, as_of, half_life)};
  return found;
}

double value_of(const Readable& readable, std::uint32_t slot) {
  double value = 0;
  for (std::size_t i = 0; i < readable.count; ++i)
    value += static_cast<double>(readable.parts[i].generation->sums.of(slot)) * readable.parts[i].factor;
  return value;
}

/// The dense generations that reach into a block of slots, oldest first.
struct DenseBlock {
  std::array<const double*, kGenerationsRead + 1> from{};
  std::array<double, kGenerationsRead + 1> factor{};
  std::size_t count = 0;
};

DenseBlock dense_block(const Readable& parts, std::size_t begin) {
  DenseBlock block;
  for (std::size_t p = 0; p < parts.count; ++p) {
    const std::vector<double>& dense = parts.parts[p].generation->dense;
    if (begin >= dense.size()) continue;
    block.from[block.count] = dense.data() + begin;
    block.factor[block.count++] = parts.parts[p].factor;
  }
  return block;
}

/// With the number of generations known, the compiler keeps the sums in registers and takes several slots at once.
template <std::size_t... kPart>
void sum_parts(const DenseBlock& block, float* __restrict out, std::index_sequence<kPart...>) {
  [[maybe_unused]] const std::array<const double*, kGenerationsRead + 1> from = block.from;
  [[maybe_unused]] const std::array<double, kGenerationsRead + 1> factor = block.factor;
  for (std::size_t i = 0; i < TrendSums::kBlock; ++i) {
    double sum = 0;
    ((sum += from[kPart][i] * factor[kPart]), ...);
    out[i] = static_cast<float>(sum);
  }
}

template <std::size_t kCount>
void sum_generations(const DenseBlock& block, float* out) {
  sum_parts(block, out, std::make_index_sequence<kCount>());
}

void sum_block(const DenseBlock& block, float* out) {
  switch (block.count) {
  case 0: return sum_generations<0>(block, out);
  case 1: return sum_generations<1>(block, out);
  case 2: return sum_generations<2>(block, out);
  case 3: return sum_generations<3>(block, out);
  case 4: return sum_generations<4>(block, out);
  default: return sum_generations<5>(block, out);
  }
}

} // namespace

void SlotSums::grow() {
  std::vector<Place> old(std::max<std::size_t>(8, places_.size() * 2));
  old.swap(places_);
  for (const Place& place : old) {
    if (place.slot == kFree) continue;
    std::size_t i = place_of(place.slot, places_.size());
    while (places_[i].slot != kFree) i = (i + 1) & (places_.size() - 1);
    places_[i] = place;
  }
}

std::int64_t& SlotSums::at(std::uint32_t slot) {
  if (used_ * 2 >= places_.size()) grow();
  std::size_t i = place_of(slot, places_.size());
  while (places_[i].slot != slot && places_[i].slot != kFree) i = (i + 1) & (places_.size() - 1);
  if (places_[i].slot == kFree) {
    places_[i].slot = slot;
    ++used_;
  }
  return places_[i].sum;
}

std::int64_t SlotSums::of(std::uint32_t slot) const {
  if (places_.empty()) return 0;
  std::size_t i = place_of(slot, places_.size());
  while (places_[i].slot != slot && places_[i].slot != kFree) i = (i + 1) & (places_.size() - 1);
  return places_[i].slot == slot ? places_[i].sum : 0;
}

/// A new generation cools those that no as-of at hand reads any more.
void TrendSums::start(std::int32_t generation) {
  generations_.emplace(generation, Generation{});
  const std::int32_t newest = generations_.rbegin()->first;
  for (auto& [number, old] : generations_) {
    if (number > newest - kHotGenerations) break;
    std::vector<double>().swap(old.dense);
  }
}

void TrendSums::add(std::int32_t generation, std::uint32_t slot, std::int64_t amount, std::size_t slots) {
  auto found = generations_.find(generation);
  if (found == generations_.end()) {
    start(generation);
    found = generations_.find(generation);
  }
  Generation& sums = found->second;
  const std::int64_t sum = sums.sums.at(slot) += amount;
  if (generation <= generations_.rbegin()->first - kHotGenerations) return;
  const bool populous = sums.sums.size() * kSparseShare > slots;
  if (sums.dense.empty() && !populous) return;
  const bool fill = sums.dense.empty();
  if (slot >= sums.dense.size()) sums.dense.resize((slots + kBlock - 1) / kBlock * kBlock, 0.0);
  if (!fill) {
    sums.dense[slot] = static_cast<double>(sum);
    return;
  }
  for (const auto& place : sums.sums.places())
    if (place.slot != SlotSums::kFree) sums.dense[place.slot] = static_cast<double>(place.sum);
}

void TrendSums::read(Duration half_life, Instant as_of, std::size_t slots, std::vector<float>& out) const {
  out.resize(slots);
  const Readable parts = readable(generations_, half_life, as_of);
  for (std::size_t begin = 0; begin < slots; begin += kBlock) {
    const DenseBlock block = dense_block(parts, begin);
    if (slots - begin >= kBlock) {
      sum_block(block, out.data() + begin);
    } else {
      std::array<float, kBlock> last;
      sum_block(block, last.data());
      std::copy_n(last.begin(), slots - begin, out.begin() + static_cast<std::ptrdiff_t>(begin));
    }
  }
  // Slots that also have sums in a sparse generation are read again in full, so that the order of addition is the same.
  for (std::size_t p = 0; p < parts.count; ++p) {
    if (!parts.parts[p].generation->dense.empty()) continue;
    for (const auto& place : parts.parts[p].generation->sums.places())
      if (place.slot != SlotSums::kFree) out[place.slot] = static_cast<float>(value_of(parts, place.slot));
  }
}

double TrendSums::read_one(Duration half_life, Instant as_of, std::uint32_t slot) const {
  return value_of(readable(generations_, half_life, as_of), slot);
}

} // namespace kindred::stats

// What solvers reach on public sets, without a server: bench/quality/run feeds it and prints the table.
//   solvers_bench item-item NEIGHBOURS < "user item" lines     recall and NDCG at 20 of the item-item autoencoder
//   solvers_bench cells K < "n d", then n lines of d numbers in σ and a label (0: none)     ARI of k-means over cells
// K 0: chosen by the silhouette. Prints one JSON object. `solve_s` is one thread's wall time from the Gram matrix to the bytes
// to publish, or from the points to the centres; `peak_mb` the greatest resident size until then, reading included.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"
#include "engine/learners/clustering/k_means.hpp"
#include "engine/learners/factorization/linear_autoencoder.hpp"
#include "engine/stats/k_means_sums.hpp"
#include "nodes/kindredctl/demo/statistics.hpp"

namespace kindred {
namespace {

using learners::LinearAutoencoder;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Not ru_maxrss, which starts with what the parent had when it forked; the references measure the same.
double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (double kb = 0; word == "VmHWM:" && status >> kb) return kb / 1024;
  return std::nan("");
}

// ---- item-item ----

struct User {
  std::vector<std::uint32_t> train, test; ///< items as dense numbers, ascending
};

struct Split {
  std::size_t items = 0;
  std::vector<User> users;
};

/// A pair is a test pair where SplitMix64 of (user · 2^32 + item) is divisible by five. Items are numbered in id order.
Split read_split() {
  std::map<std::uint64_t, std::vector<std::uint64_t>> rows;
  std::map<std::uint64_t, std::uint32_t> numbers;
  for (std::uint64_t user = 0, item = 0; std::cin >> user >> item;) {
    rows[user].push_back(item);
    numbers[item] = 0;
  }
  Split split;
  for (auto& [item, number] : numbers) number = static_cast<std::uint32_t>(split.items++);
  for (auto& [user, items] : rows) {
    std::sort(items.begin(), items.end());
    User& one = split.users.emplace_back();
    for (const std::uint64_t item : items)
      (Random(user << 32 | item).next() % 5 == 0 ? one.test : one.train).push_back(numbers[item]);
  }
  return split;
}

struct Quality {
  double recall = 0, ndcg = 0;
  std::size_t users = 0;
};

/// The best 20 of what a user does not have, ties to the lower number; both measures against the best possible.
void judge(const LinearAutoencoder& model, const User& user, Quality& quality) {
  constexpr std::size_t kTop = 20;
  std::vector<float> scores(model.items());
  for (const std::uint32_t item : user.train)
    for (const auto& neighbour : model.of(item)) scores[neighbour.item] += neighbour.weight;
  for (const std::uint32_t item : user.train) scores[item] = -INFINITY;
  std::vector<std::uint32_t> order(model.items());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::partial_sort(order.begin(), order.begin() + kTop, order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  const std::size_t possible = std::min(user.test.size(), kTop);
  double hits = 0, gain = 0, ideal = 0;
  for (std::size_t rank = 0; rank < kTop; ++rank) {
    const double discount = 1 / std::log2(static_cast<double>(rank) + 2);
    const bool hit = std::binary_search(user.test.begin(), user.test.end(), order[rank]);
    hits += hit ? 1 : 0;
    gain += hit ? discount : 0;
    ideal += rank < possible ? discount : 0;
  }
  quality.recall += hits / static_cast<double>(possible);
  quality.ndcg += gain / ideal;
  ++quality.users;
}

/// The model as it would be published: a row is its length, then item and weight of each neighbour. Stands in for the codec
/// until models travel.
Bytes published(const LinearAutoencoder& model) {
  ByteWriter out;
  for (std::size_t item = 0; item < model.items(); ++item) {
    out.u32(static_cast<std::uint32_t>(model.of(item).size()));
    for (const auto& neighbour : model.of(item)) {
      out.u32(neighbour.item);
      out.u32(std::bit_cast<std::uint32_t>(neighbour.weight));
    }
  }
  return out.take();
}

int item_item(std::size_t neighbours) {
  const Split split = read_split();
  const double start = seconds();
  stats::Gram gram(split.items);
  for (const User& user : split.users) {
    std::vector<stats::Gram::Entry> row;
    for (const std::uint32_t item : user.train) row.push_back({item, 1});
    if (!gram.add(row).ok()) return 1;
  }
  const double counted = seconds();
  const auto model = LinearAutoencoder::solve(gram, {.l2 = 200, .neighbours_max = neighbours});
  if (!model.ok()) return 1;
  const std::size_t bytes = published(model.value()).size();
  const double solved = seconds(), peak = peak_mb();
  Quality quality;
  for (const User& user : split.users)
    if (!user.train.empty() && !user.test.empty()) judge(model.value(), user, quality);
  const auto users = static_cast<double>(quality.users);
  std::printf("{\"items\": %zu, \"users\": %zu, \"gram_s\": %.4f, \"solve_s\": %.4f, \"peak_mb\": %.1f, "
              "\"published_bytes\": %zu, \"kept\": %.4f, \"recall20\": %.6f, \"ndcg20\": %.6f}\n",
              split.items, quality.users, counted - start, solved - counted, peak, bytes, model.value().kept,
              quality.recall / users, quality.ndcg / users);
  return 0;
}

// ---- cells ----

stats::KMeansSums::Point on_grid(std::span<const double> at) { return *stats::LatticeCells::point(at); }

int cells(std::size_t k) {
  constexpr std::size_t kCells = 1'024, kSteps = 5;
  std::size_t n = 0, dimensions = 0;
  if (!(std::cin >> n >> dimensions) || dimensions > stats::LatticeCells::kDimensionsMax) return 1;
  std::vector<stats::KMeansSums::Point> points;
  std::vector<std::size_t> labels(n);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> at(dimensions);
    for (double& x : at) std::cin >> x;
    if (!(std::cin >> labels[i])) return 1;
    points.push_back(on_grid(at));
  }
  const double start = seconds();
  stats::LatticeCells lattice(dimensions, kCells);
  for (const auto& point : points) lattice.add(point);
  const auto weighted = learners::WeightedPoints::of(lattice);
  const auto model = k != 0 ? learners::KMeans::fit(weighted, {.k = k, .seed = 1, .restarts = 10})
                            : learners::fit_with_chosen_k(weighted, 2, 64, {.seed = 1, .restarts = 4});
  const double took = seconds() - start, peak = peak_mb();
  std::vector<stats::KMeansSums::Point> centres;
  for (std::size_t c = 0; c < model.size(); ++c) centres.push_back(on_grid(model.centre(c)));
  const auto judged = [&] {
    const stats::KMeansSums sums(dimensions, centres);
    std::vector<std::size_t> truth, found;
    for (std::size_t i = 0; i < n; ++i) {
      if (labels[i] == 0) continue;
      truth.push_back(labels[i]);
      found.push_back(sums.nearest(points[i]));
    }
    return demo::adjusted_rand_index(truth, found);
  };
  const double on_cells = judged();
  for (std::size_t step = 0; step < kSteps; ++step) {
    stats::KMeansSums sums(dimensions, centres);
    for (const auto& point : points) sums.add(point);
    centres = sums.moved();
  }
  std::printf(
      "{\"points\": %zu, \"cells\": %zu, \"k\": %zu, \"solve_s\": %.4f, \"peak_mb\": %.1f, \"ari\": %.6f, "
      "\"ari_after_steps\": %.6f}\n",
      n, lattice.cells().size(), model.size(), took, peak, on_cells, judged());
  return 0;
}

} // namespace
} // namespace kindred

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  const std::size_t number = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
  if (what == "item-item" && number > 0) return kindred::item_item(number);
  if (what == "cells") return kindred::cells(number);
  std::fprintf(stderr,
               "usage: solvers_bench item-item NEIGHBOURS | cells K   (input: see the head of its source)\n");
  return 2;
}

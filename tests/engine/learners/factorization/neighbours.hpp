#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "engine/learners/factorization/item_neighbours.hpp"

namespace kindred::learners {

/// Weights by (item that is had, item that gets the score), as a test tells them.
using Pairs = std::map<std::pair<ItemId, ItemId>, float>;

/// The model that says just this.
inline ItemNeighbours neighbours_of(const Pairs& pairs) {
  std::set<ItemId> met;
  for (const auto& [pair, weight] : pairs) {
    met.insert(pair.first);
    met.insert(pair.second);
  }
  const std::vector<ItemId> items(met.begin(), met.end());
  const auto place = [&](ItemId item) {
    return static_cast<std::uint32_t>(std::distance(met.begin(), met.find(item)));
  };
  LinearAutoencoder model;
  model.begins.push_back(0);
  for (const ItemId item : items) {
    for (const auto& [pair, weight] : pairs)
      if (pair.first == item) model.neighbours.push_back({place(pair.second), weight});
    model.begins.push_back(static_cast<std::uint32_t>(model.neighbours.size()));
  }
  return ItemNeighbours::of(items, model);
}

} // namespace kindred::learners

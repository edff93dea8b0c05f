#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"

namespace kindred {

/// A change of what is stored under a key; no value: it goes.
struct KeyChange {
  Bytes key;
  std::optional<Bytes> value;
};

/// Changes that nobody changes any more. Copies share them: a batch of some MiB is in memory once, whoever keeps it.
class KeyChanges {
public:
  KeyChanges() : KeyChanges(std::vector<KeyChange>()) {}
  KeyChanges(std::vector<KeyChange> all)
      : all_(std::make_shared<const std::vector<KeyChange>>(std::move(all))) {}

  const std::vector<KeyChange>& all() const { return *all_; }
  auto begin() const { return all_->begin(); }
  auto end() const { return all_->end(); }
  std::size_t size() const { return all_->size(); }
  bool empty() const { return all_->empty(); }
  const KeyChange& operator[](std::size_t i) const { return (*all_)[i]; }

private:
  std::shared_ptr<const std::vector<KeyChange>> all_;
};

} // namespace kindred

#pragma once

#include <utility>
#include <vector>

#include "actors/ports/state_store.hpp"
#include "engine/profiles/partition_state.hpp"

namespace kindred::actors::user_shard {

/// A partition's space of the StateStore, as its fold reads it. Owned by the shard's state; reads only.
class ColdStore final : public profiles::ColdState {
public:
  ColdStore(ports::StateStore& store, ports::StateStore::Space space)
      : store_(store), space_(std::move(space)) {}

  Result<std::optional<Bytes>, profiles::FoldError> load(BytesView key) override {
    auto value = store_.get(space_, key);
    if (!value.ok()) return error_of(value.error());
    return value.take();
  }

  Result<std::vector<std::pair<Bytes, Bytes>>, profiles::FoldError> load_prefix(BytesView prefix) override {
    std::vector<std::pair<Bytes, Bytes>> all;
    const auto scanned = store_.scan(space_, prefix, [&](BytesView key, BytesView value) {
      all.emplace_back(key, value);
      return true;
    });
    if (!scanned.ok()) return error_of(scanned.error());
    return all;
  }

  Result<std::vector<std::pair<Bytes, Bytes>>, profiles::FoldError>
  load_range(BytesView prefix, BytesView from, std::size_t most) override {
    std::vector<std::pair<Bytes, Bytes>> some;
    if (most == 0) return some;
    const auto take = [&](BytesView key, BytesView value) {
      some.emplace_back(key, value);
      return some.size() < most;
    };
    const auto scanned = store_.scan(space_, prefix, take, from);
    if (!scanned.ok()) return error_of(scanned.error());
    return some;
  }

private:
  /// Damage is ours to name; what may pass is the store's.
  static profiles::FoldError error_of(ports::StoreError error) {
    const bool damaged = error == ports::StoreError::kCorrupt || error == ports::StoreError::kNewerVersion;
    return damaged ? profiles::FoldError::kBadState : profiles::FoldError::kStoreFailed;
  }

  ports::StateStore& store_;
  const ports::StateStore::Space space_;
};

} // namespace kindred::actors::user_shard

#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/profiles/fold_error.hpp"

namespace kindred::profiles {

/// Values that left memory. Keys and values are the canonical forms of state_keys.hpp. May answer from disk.
class ColdState {
public:
  using Values = std::vector<std::pair<Bytes, Bytes>>; ///< in key order
  virtual ~ColdState() = default;
  /// The stored value, none if absent; error if it cannot be read.
  virtual Result<std::optional<Bytes>, FoldError> load(BytesView key) = 0;
  /// All stored values whose key has the prefix.
  virtual Result<Values, FoldError> load_prefix(BytesView prefix) = 0;
  /// Of these, at most `most` from the key `from` on; fewer: there are no more.
  virtual Result<Values, FoldError> load_range(BytesView prefix, BytesView from, std::size_t most) = 0;
};

/// Nothing ever left memory: for folds that keep no store.
class NothingStored final : public ColdState {
public:
  Result<std::optional<Bytes>, FoldError> load(BytesView) override { return std::optional<Bytes>(); }
  Result<Values, FoldError> load_prefix(BytesView) override { return Values(); }
  Result<Values, FoldError> load_range(BytesView, BytesView, std::size_t) override { return Values(); }
};

} // namespace kindred::profiles

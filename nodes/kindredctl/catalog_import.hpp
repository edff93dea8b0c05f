#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/catalog/library.hpp"
#include "nodes/kindredctl/catalog_rows.hpp"
#include "nodes/kindredctl/ordered_batches.hpp"
#include "nodes/kindredctl/reject_file.hpp"

namespace kindred::ctl {

/// What became of the rows of a catalog. Value type.
struct CatalogTally {
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t duplicates = 0; ///< accepted rows of an item that an earlier one had told
  std::vector<RowError> errors; ///< the first Tally::kErrorsKept, in their order
  records::Positions positions;
};

/// Puts the rows of a file into the catalog, in their order, so that of an item's rows the last good one stands. A row
/// replaces the item; what is there already as the row says it stays as it is, so that a file can be imported again and
/// again. (So a row without a publication time has that of an earlier one of its item: the server keeps the time that it
/// knows, and knows none yet while both are in one envelope.)
/// Refused rows go to the reject file, in their order, whether they were refused here or by the server.
/// One thread; every call may wait for answers. Memory: rows without a verdict, 16 bytes per item, kErrorsKept errors.
class CatalogImport {
public:
  static constexpr std::size_t kIdsMax = catalog::kItemsMax; ///< items in a file
  static constexpr std::size_t kHeldBytesMax = 4 << 20;      ///< rows held for the order of the reject file

  /// `client` null: a dry run, nothing is sent. `rejects` null: nothing is written.
  CatalogImport(client::Client* client, RejectFile* rejects);
  CatalogImport(const CatalogImport&) = delete;
  CatalogImport& operator=(const CatalogImport&) = delete;

  /// Rows come with growing lines. After a stop nothing is sent any more.
  void add(CatalogRow row);
  /// Sends the rest.
  void finish();

  /// Where the server could not be told any more.
  std::optional<OrderedBatches::Stop> stopped() const {
    return batches_ ? batches_->stopped() : std::nullopt;
  }
  const CatalogTally& tally() const { return tally_; }

private:
  struct Held {
    std::uint32_t line = 0;
    std::string text;
    std::optional<json::FieldError> refused;
    bool again = false; ///< its item was told before
  };
  std::optional<json::FieldError> note(records::Item& item, bool& again);
  void settle();

  std::optional<OrderedBatches> batches_;
  RejectFile* rejects_;
  std::unordered_map<ItemId, Instant> published_; ///< of the items told so far; 0: not told
  std::deque<Held> held_;                         ///< by line
  std::size_t held_bytes_ = 0;
  CatalogTally tally_;
};

} // namespace kindred::ctl

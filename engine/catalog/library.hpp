#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/result.hpp"
#include "engine/records/record.hpp"

namespace kindred::catalog {

inline constexpr std::size_t kItemsMax = 1'000'000;  ///< per tenant
inline constexpr std::size_t kPlacementsMax = 1'000; ///< per tenant
inline constexpr std::size_t kTenantsMax = 1'000;
/// Attributes that no item has any more keep their numbers until there are so many numbers for each row, and some.
inline constexpr std::size_t kNumbersPerRowMax = 8, kNumbersSpare = 1'024;

/// An attribute of an item that affinity can match; a list makes one of these per element.
struct Attribute {
  AttributeId id;
  std::string name;
  std::string value;
};

/// An item as decisions see it. Immutable; shared between snapshots.
struct Entry {
  ItemId id;
  std::uint32_t ordinal =
      0; ///< order of registration in the library log, per tenant; breaks ties (later wins)
  records::Item item;
  std::vector<Attribute> attributes;
  bool live() const { return !item.removed && item.available; }
};
using EntryPtr = std::shared_ptr<const Entry>;

/// Why a library record was not taken. Closed list.
enum class LibraryError : std::uint8_t {
  kFull = 1,          ///< kItemsMax, kPlacementsMax or kTenantsMax reached
  kCollision = 2,     ///< two item ids with one hash, or two tenants with one number: the second is refused
  kUnknownTenant = 3, ///< never registered, or removed
  kNotLibrary = 4,    ///< a record type that does not belong here
  kMalformed = 5,     ///< restore: bytes that `canonical` did not write
  kNewerVersion = 6,  ///< restore: written by a newer build
};

/// What decisions read of every item, one column each, by ordinal: a scan over all items touches nothing else.
/// Kept in step with `entries()` by Library; equal sizes.
struct Columns {
  static constexpr std::size_t kAttributes = 4;
  std::vector<ItemId> ids;
  std::vector<Instant> published;
  std::vector<std::uint8_t> live; ///< 1: not removed and available
  std::vector<float> price;       ///< in units of its currency; 0: not told
  /// The first attributes of an item: category, brand, publisher first, then in the order told. Id 0: no more.
  std::vector<std::array<AttributeId, kAttributes>> attributes;
  /// The same, by AttributeNumbers. 0: no more.
  std::vector<std::array<std::uint32_t, kAttributes>> numbers;
};

/// Numbers of the attributes in the columns, without gaps, from 1 on, so that what is known of each can stand in a vector.
/// By first sight: they mean nothing outside this catalog, and no result depends on them.
class AttributeNumbers {
public:
  std::uint32_t number_of(const Attribute& attribute);
  /// How many numbers there are, 0 among them.
  std::size_t size() const { return kinds_.size(); }
  /// By number: which attribute it is one of (category, brand …), as a number below kinds_end(). Of 0: 0, as of no other.
  std::span<const std::uint32_t> kinds() const { return kinds_; }
  std::uint32_t kinds_end() const { return static_cast<std::uint32_t>(names_.size()) + 1; }

private:
  std::unordered_map<AttributeId, std::uint32_t> numbers_; ///< never iterated, like the next
  std::unordered_map<std::string, std::uint32_t> names_;
  std::vector<std::uint32_t> kinds_{0};
};

/// A tenant's items and placements.
class Catalog {
public:
  /// O(1); null where unknown. Removed items stay known (their history has a name) with `removed` set.
  const Entry* find(ItemId id) const;
  /// All items ever registered, by ordinal.
  const std::vector<EntryPtr>& entries() const { return entries_; }
  /// Ordinals by publication time, then ordinal, newest last; removed items are in it, too.
  const std::vector<std::uint32_t>& by_publication() const { return by_publication_; }
  /// The placement, or the settings of `default` where it was not set. Never null.
  const records::Placement& placement(std::string_view name) const;
  const std::map<std::string, records::Placement, std::less<>>& placements() const { return placements_; }
  std::size_t live_count() const { return live_count_; }
  const Columns& columns() const { return columns_; }
  const AttributeNumbers& attribute_numbers() const { return attribute_numbers_; }
  /// Goes on with every change of a row: catalogs of one version have equal columns (but for a collision of 64 bits).
  /// Not the other way round, and never durable.
  std::uint64_t version() const { return version_; }

private:
  friend class Library;
  Result<Done, LibraryError> put(records::Item item, Instant stamp, std::size_t items_max);
  Result<Done, LibraryError> set(const records::Placement& placement);
  bool restore_item(records::Item item); ///< false: there already
  void add(EntryPtr entry);
  void replace(std::uint32_t ordinal, records::Item item);
  void write_row(const Entry& entry);
  void number_anew();
  void row_changed(std::uint32_t ordinal);
  void publish(std::uint32_t ordinal);
  void withdraw(std::uint32_t ordinal);

  std::vector<EntryPtr> entries_;
  std::unordered_map<ItemId, std::uint32_t> ordinals_;
  std::vector<std::uint32_t> by_publication_;
  Columns columns_;
  AttributeNumbers attribute_numbers_;
  std::map<std::string, records::Placement, std::less<>> placements_;
  std::size_t live_count_ = 0;
  std::uint64_t version_ = 0;
};

/// The fold of the library log: tenants, items, placements of all tenants.
///
/// Pure; applying a record twice changes nothing (law: once). An automatic item record never changes a known item.
/// An upsert replaces all attributes and keeps the ordinal; where it tells no publication time (0) the known one stays,
/// for a new item the record's stamp stands. A removal keeps title and attributes, so that histories have names; removing
/// what is unknown changes nothing. Removing a placement brings back what holds without it; a removed tenant takes no
/// records. A record that is refused changes nothing.
/// Owned by one actor or test; copies share the entries, so that a copy costs O(items) pointers.
class Library {
public:
  /// Holds tenant `default` (id 1) and its placement `default`. At most `items_max` items per tenant.
  explicit Library(std::size_t items_max);
  Library() : Library(kItemsMax) {}

  Result<Done, LibraryError> apply(const records::Record& record);

  const Catalog* catalog(TenantId tenant) const; ///< null: unknown tenant
  const records::Tenant* tenant(std::string_view name) const;
  const records::Tenant* tenant(TenantId id) const;
  const std::map<std::string, records::Tenant, std::less<>>& tenants() const { return tenants_; }

  /// Canonical bytes, for checkpoints and law tests; `restore` is the inverse, and refuses every other byte form.
  Bytes canonical() const;
  static Result<Library, LibraryError> restore(BytesView canonical);

private:
  Result<Done, LibraryError> put_tenant(const records::Tenant& tenant);
  static bool restore_catalog(ByteReader& in, Catalog& catalog); ///< false: not what `canonical` wrote

  std::size_t items_max_;
  std::map<std::string, records::Tenant, std::less<>> tenants_;
  std::map<TenantId, Catalog> catalogs_;
};

} // namespace kindred::catalog

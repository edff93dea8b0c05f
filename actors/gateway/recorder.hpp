#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/base/result.hpp"
#include "engine/catalog/library.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::gateway {

/// What a write query became: one encoded record for one stream, and the items it met first.
struct Recorded {
  records::Stream stream;
  Bytes record;
  std::vector<Bytes> new_items;          ///< automatic Item records for the library stream
  std::optional<records::Tenant> tenant; ///< the one that was set, with its id
};

/// What a query's record depends on beside the query itself.
struct Circumstance {
  TenantId tenant;
  const records::Tenant& settings;
  const kindred::catalog::Library& library;
  std::string_view idempotency_key; ///< of the envelope; with `query` it makes ids that a repeat has again
  std::uint32_t query = 0;
  Instant now; ///< becomes the stamp
  records::TraceParent trace;
};

/// Turns write queries into records: checks them, fills in what was left out, knows what the catalog knew.
///
/// A missing message id is derived from (idempotency key, query), so that a repeat of the request is the same record; or,
/// without a key, made by chance; an import's from its producer and sequence. A missing time is now. In life, client times are clamped to [now − 400 days,
/// now + 5 min] unless the record is an import, the told one kept beside (records.md §3); the clock `events` clamps
/// nothing. What was first sent before the window of once is refused (kTooOldInput), but an import: its producer's
/// watermark knows it again. A producer without the flag import is refused.
/// Owned by the gateway's state; not thread-safe. Chance comes from `seed` alone.
class Recorder {
public:
  struct Settings {
    std::uint16_t partitions = 16;
    bool follows_events = false;
    std::uint64_t seed = 0;
  };
  explicit Recorder(Settings settings) : settings_(settings), chance_(settings.seed) {}

  /// Requires: `query` is a write (see `is_write`).
  Result<Recorded, api::Error> record(api::Query&& query, const Circumstance& at);

  /// The tenant's settings as inputs of the folds: records for every partition. `generation` grows with every change.
  std::vector<Bytes> adopts(const records::Tenant& tenant, std::uint64_t generation, Instant now) const;

  /// Items that this library has need not be remembered as announced any more.
  void on_library(const kindred::catalog::Library& library);
  /// The automatic items were not taken: announce them again with the next event. Requires the encoded records.
  void on_library_refused();

  std::string new_id(std::string_view idempotency_key, std::uint32_t query);

private:
  using Outcome = Result<Recorded, api::Error>;
  Outcome of(api::Track&& query, const Circumstance& at);
  Outcome of(api::UpdateProfile&& query, const Circumstance& at);
  Outcome of(api::SetConsent&& query, const Circumstance& at);
  Outcome of(api::EraseUser&& query, const Circumstance& at);
  Outcome of(api::LinkUsers&& query, const Circumstance& at);
  Outcome of(api::Expose&& query, const Circumstance& at);
  Outcome of(api::GiveReward&& query, const Circumstance& at);
  Outcome of(api::PutItem&& query, const Circumstance& at);
  Outcome of(api::SetPlacement&& query, const Circumstance& at);
  Outcome of(api::SetTenant&& query, const Circumstance& at);

  RecordId record_id(records::RecordType type, std::string_view subject, const Circumstance& at);
  Recorded for_user(records::RecordType type, const std::string& user, records::Body body, RecordId id,
                    records::Purposes stated, std::uint8_t flags, const Circumstance& at) const;
  Recorded for_library(records::RecordType type, records::Body body, RecordId id, TenantId tenant,
                       const Circumstance& at) const;
  Instant clamped(Instant told, std::uint8_t flags, Instant now) const;
  void copy_facts(records::Event& event, const Circumstance& at) const;
  void announce(const std::string& item, const Money& price, const records::Event& event,
                const Circumstance& at, std::vector<Bytes>& into);
  TenantId tenant_id(const std::string& name, const kindred::catalog::Library& library);

  const Settings settings_;
  Random chance_;
  std::set<std::pair<TenantId, ItemId>> announced_;      ///< appended, not yet seen in the library
  std::map<std::string, TenantId, std::less<>> tenants_; ///< given out, not yet seen in the library
};

/// The message id of a track, for the reject channel; empty for others.
std::string_view message_id_of(const api::Query& query);

} // namespace kindred::actors::gateway

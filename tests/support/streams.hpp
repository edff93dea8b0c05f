#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/records/record.hpp"

namespace kindred::support {

/// What a made-up stream of records is like. Shares are out of 1000.
struct StreamSettings {
  std::uint64_t seed = 1;
  std::size_t records = 10'000;
  std::uint64_t users = 150; ///< a few are busy, most are not
  std::uint64_t items = 120;
  std::uint32_t tenants = 2;
  std::uint64_t late = 120;    ///< of events: up to three days old; one in ten of these up to sixty
  std::uint64_t partial = 150; ///< of records: state fewer purposes than all
  std::uint64_t updates = 20;  ///< profile updates
  std::uint64_t consents = 30;
  std::uint64_t erasures = 6;
  std::uint64_t decisions = 50; ///< each of decided, exposed, reward
  std::uint64_t taken =
      0; ///< of events: what the user's last decision had best by its last source, naming it
  std::uint64_t ticks = 10;
  std::uint64_t adoptions = 2;
  Duration span = kDay * 40; ///< of stamps, from first to last
};

/// Records as a gateway would write them, in the order of the log: realistic users, items, sessions, orders, late events,
/// consents, erasures, decisions and what became of them, ticks. A function of the settings alone.
std::vector<records::Record> make_stream(const StreamSettings& settings);

/// Single records, for tests that tell a story. The record id of an event comes from user and message id.
records::Record event_record(const std::string& user, records::Event event, Instant stamp);
records::Record record_of(records::RecordType type, records::Body body, RecordId id, Instant stamp,
                          TenantId tenant = kDefaultTenant);
inline constexpr Instant kStreamStart{1'457'000'000'000'000};

/// Cuts records into entries of 1 to `most` records by one writer, with sequences from 1.
std::vector<records::Entry> cut_into_entries(const std::vector<records::Record>& records, std::size_t most,
                                             Random& random, WriterId writer = {7});

} // namespace kindred::support

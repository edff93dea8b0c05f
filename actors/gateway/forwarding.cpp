#include "actors/gateway/forwarding.hpp"

#include <algorithm>
#include <optional>

#include "actors/gateway/checks.hpp"
#include "engine/base/hash.hpp"
#include "schemas/codec/api_codec.hpp"

namespace kindred::actors::gateway {

namespace {

struct Way {
  PartitionId partition;
  TenantId tenant;
  bool repeatable = true;
};

std::optional<Way> way_of(const Incoming& incoming, std::uint16_t partitions, Instant now,
                          const catalog::Snapshot& library, Bytes& scratch) {
  if (incoming.bytes.size() > api::kRequestBytesMax) return std::nullopt;
  const auto peeked = schemas::peek_request(incoming.bytes, scratch);
  if (!peeked.ok()) return std::nullopt;
  const auto& peek = peeked.value();
  if (peek.version != api::kProtocolVersion || !peek.read_only_single_user) return std::nullopt;
  if (peek.queries > api::kQueriesMax) return std::nullopt;
  if (peek.user.empty() || peek.user.size() > kExternalIdBytesMax) return std::nullopt;
  if (peek.deadline_us != 0 && peek.deadline_us <= now.us) return std::nullopt;
  const auto tenant = tenant_named(peek.tenant, library.library);
  if (!tenant) return std::nullopt;
  return Way{partition_of(slot_of(*tenant, peek.user), partitions), *tenant, peek.decisions_named};
}

} // namespace

Forwarding::Forwards Forwarding::take(std::vector<Incoming>& requests, Instant now,
                                      const catalog::Snapshot& library) const {
  Bytes scratch;
  std::vector<std::pair<Way, std::size_t>> ways; // and which request
  ways.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (const auto way = way_of(requests[i], partitions_, now, library, scratch)) ways.emplace_back(*way, i);
  }
  if (ways.empty()) return {};
  std::vector<std::uint8_t> taken(requests.size());
  std::stable_sort(ways.begin(), ways.end(),
                   [](const auto& a, const auto& b) { return a.first.partition < b.first.partition; });
  Forwards forwards;
  for (const auto& [way, i] : ways) {
    if (forwards.empty() || forwards.back().first != way.partition) {
      forwards.emplace_back(way.partition, user_shard::Forward{});
      forwards.back().second.now = now;
    }
    forwards.back().second.requests.push_back(
        {requests[i].to, std::move(requests[i].bytes), way.tenant, way.repeatable});
    taken[i] = 1;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (taken[i] == 0 && kept++ != i) requests[kept - 1] = std::move(requests[i]);
  }
  requests.resize(kept);
  Probe::add(probe_.requests, ways.size());
  Probe::add(probe_.forwarded, ways.size());
  return forwards;
}

} // namespace kindred::actors::gateway

#include "actors/gateway/activation.hpp"

#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::gateway {

using api::Error;
using api::ErrorCode;

namespace {

bool has_joined(const api::ClusterMember& member) { return member.state != "notJoined"; }

std::string versions_of(std::uint32_t oldest, std::uint32_t newest) {
  return std::to_string(oldest) + " to " + std::to_string(newest);
}

} // namespace

Result<std::uint32_t, Error> to_activate(const api::ActivateFold& query, const api::Cluster* cluster,
                                         profiles::FoldVersions own) {
  const std::uint32_t version = query.version == 0 ? own.newest : query.version;
  if (version == records::kFoldFirst)
    return Error{ErrorCode::kConflict,
                 "version " + std::to_string(version) +
                     " of the fold is what every log begins with: there is nothing to activate" +
                     (query.version == 0 ? ", this node's build has no newer one" : ""),
                 0};
  if (!own.has(version))
    return Error{ErrorCode::kInvalidValue,
                 "this node's build has versions " + versions_of(own.oldest, own.newest) +
                     " of the fold, not " + std::to_string(version),
                 0};
  if (cluster == nullptr) return version;
  for (const auto& member : cluster->members)
    if (has_joined(member) && (version < member.fold_oldest || version > member.fold_newest))
      return Error{ErrorCode::kConflict,
                   "node '" + member.name + "' has versions " +
                       versions_of(member.fold_oldest, member.fold_newest) + " of the fold, not " +
                       std::to_string(version) +
                       ": run a newer build there first; a node that is gone for good is forgotten after ten "
                       "minutes",
                   0};
  if (version < cluster->fold_active)
    return Error{ErrorCode::kConflict,
                 "version " + std::to_string(cluster->fold_active) +
                     " of the fold is active: there is no way back",
                 0};
  return version;
}

Bytes activation(PartitionId partition, std::uint32_t version, const std::string& author, Instant now) {
  ByteWriter id;
  id.raw("activate");
  id.u16(partition.value);
  id.u32(version);
  records::Record record;
  record.header.type = records::RecordType::kActivate;
  record.header.id = hash128(id.view());
  record.header.stamp = now;
  record.body = records::Activate{version, author};
  return schemas::encode_record(record);
}

} // namespace kindred::actors::gateway

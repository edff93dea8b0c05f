#include "schemas/codec/node_codec.hpp"

#include "schemas/codec/bounds.hpp"
#include "schemas/codec/message.hpp"
#include "schemas/codec/values_wire.hpp"
#include "schemas/nodes.capnp.h"

namespace kindred::wire {

using schemas::kNameBytesMax;
using schemas::kTextBytesMax;

static void write(Hello::Builder to, const peers::Hello& value) {
  put(to, &Hello::Builder::setCluster, value.cluster);
  put(to, &Hello::Builder::setNode, value.node);
  to.setSchemaVersion(value.schema_version);
  to.setLife(value.life);
  to.setPartitions(value.partitions);
  to.setIncarnation(value.incarnation);
}

static void read(Reading& reading, Hello::Reader from, peers::Hello& value) {
  reading.text(value.cluster, from.getCluster(), kNameBytesMax, "cluster");
  reading.text(value.node, from.getNode(), kNameBytesMax, "node");
  value.schema_version = from.getSchemaVersion();
  value.life = from.getLife();
  value.partitions = from.getPartitions();
  value.incarnation = from.getIncarnation();
}

static void write(NodeEnvelope::Builder to, const peers::Envelope& value) {
  to.setKind(static_cast<NodeMessageKind>(value.kind));
  to.setId(value.id);
  to.setToLife(value.to_life);
  to.setRemainingMs(value.remaining_ms);
  to.setClockUs(value.clock.us);
  to.setRefusal(static_cast<PeerRefusal>(value.refusal));
  put(to, &NodeEnvelope::Builder::setReason, value.reason);
  if (value.kind == peers::MessageKind::kHello) write(to.initHello(), value.hello);
}

static void read(Reading& reading, NodeEnvelope::Reader from, peers::Envelope& value) {
  value.kind = reading.number(static_cast<std::uint16_t>(from.getKind()), peers::MessageKind::kStanding,
                              "message kind");
  value.id = from.getId();
  value.to_life = from.getToLife();
  value.remaining_ms = from.getRemainingMs();
  value.clock = {from.getClockUs()};
  value.refusal =
      reading.number(static_cast<std::uint16_t>(from.getRefusal()), peers::Refusal::kLate, "refusal");
  reading.text(value.reason, from.getReason(), kTextBytesMax, "reason");
  if (value.kind == peers::MessageKind::kHello) read(reading, from.getHello(), value.hello);
}

} // namespace kindred::wire

namespace kindred::schemas {

Bytes encode_node_envelope(const peers::Envelope& envelope) {
  Draft draft;
  wire::write(draft.root<wire::NodeEnvelope>(), envelope);
  return draft.framed();
}

Result<peers::Envelope, CodecFailure> decode_node_envelope(BytesView bytes) {
  Reading reading(Writer::kStranger);
  peers::Envelope envelope;
  read_framed<wire::NodeEnvelope>(
      reading, bytes, peers::kEnvelopeBytesMax, "node envelope",
      [&](wire::NodeEnvelope::Reader from) { wire::read(reading, from, envelope); });
  if (!reading.ok()) return reading.take_failure();
  return envelope;
}

} // namespace kindred::schemas

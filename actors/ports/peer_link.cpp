#include "actors/ports/peer_link.hpp"

#include <cassert>

namespace kindred::ports {

using peers::MessageKind;

PeerPriority priority_of(MessageKind ask) {
  assert(answer_kind_of(ask) != MessageKind::kNone);
  if (ask == MessageKind::kForward || ask == MessageKind::kStandingAsk) return PeerPriority::kRequest;
  return ask == MessageKind::kCheckpointAsk ? PeerPriority::kCheckpoint : PeerPriority::kStatistic;
}

MessageKind answer_kind_of(MessageKind ask) {
  switch (ask) {
  case MessageKind::kForward: return MessageKind::kAnswer;
  case MessageKind::kStatisticAsk: return MessageKind::kStatisticBlock;
  case MessageKind::kCheckpointAsk: return MessageKind::kCheckpointChunk;
  case MessageKind::kModelAsk: return MessageKind::kModelChunk;
  case MessageKind::kStandingAsk: return MessageKind::kStanding;
  default: return MessageKind::kNone;
  }
}

std::string_view name_of(PeerState state) {
  switch (state) {
  case PeerState::kUnknown: return "unknown";
  case PeerState::kConnecting: return "connecting";
  case PeerState::kUp: return "up";
  case PeerState::kSilent: return "silent";
  case PeerState::kRefused: return "refused";
  }
  return "unknown";
}

std::string_view name_of(PeerError error) {
  switch (error) {
  case PeerError::kNoPeer: return "noPeer";
  case PeerError::kNotUp: return "notUp";
  case PeerError::kFull: return "full";
  case PeerError::kTooLarge: return "tooLarge";
  case PeerError::kDeadline: return "deadline";
  case PeerError::kGone: return "gone";
  case PeerError::kRefused: return "refused";
  case PeerError::kClosed: return "closed";
  }
  return "unknown";
}

} // namespace kindred::ports

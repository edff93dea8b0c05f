#include "tests/simulation/plan.hpp"

namespace kindred::simulation {

std::string_view name_of(Planted planted) {
  switch (planted) {
  case Planted::kNone: return "none";
  case Planted::kAcknowledgeBeforeLog: return "acknowledge-before-log";
  case Planted::kForgetIdsOnRestart: return "forget-ids-on-restart";
  case Planted::kLoseDeltaWithActor: return "lose-delta-with-actor";
  case Planted::kServeBeforePosition: return "serve-before-position";
  case Planted::kCountUnconsentedEvent: return "count-unconsented-event";
  case Planted::kForgetErasedIds: return "forget-erased-ids";
  case Planted::kForgetWatermarks: return "forget-watermarks";
  case Planted::kSumPartitionTwice: return "sum-partition-twice";
  case Planted::kPublishWithoutExpecting: return "publish-without-expecting";
  case Planted::kAdoptBackwards: return "adopt-backwards";
  case Planted::kKeepErasedExample: return "keep-erased-example";
  case Planted::kLoseMerge: return "lose-merge";
  case Planted::kForgetIdsInCheckpoint: return "forget-ids-in-checkpoint";
  case Planted::kServeBeforeCaughtUp: return "serve-before-caught-up";
  case Planted::kSendAgainAsAnother: return "send-again-as-another";
  case Planted::kTrimAboveCheckpoint: return "trim-above-checkpoint";
  case Planted::kCountTwoReplicas: return "count-two-replicas";
  }
  return "?";
}

std::uint16_t nodes_for(Planted planted) {
  return planted >= Planted::kForgetIdsInCheckpoint ? kClusterNodes : 1;
}

std::optional<Planted> planted_of(std::string_view name) {
  for (const Planted planted : kAllPlanted) {
    if (name_of(planted) == name) return planted;
  }
  return std::nullopt;
}

} // namespace kindred::simulation

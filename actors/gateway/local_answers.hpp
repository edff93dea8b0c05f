#pragma once

#include <functional>

#include "actors/catalog/contract.hpp"
#include "actors/fast_models/contract.hpp"
#include "actors/gateway/reject_channel.hpp"
#include "actors/model/contract.hpp"
#include "actors/ports/snapshots.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::gateway {

/// What other actors publish and the gateway reads. Thread-safe to read; must outlive the state.
struct Views {
  const ports::SnapshotCell<catalog::Snapshot>& library;
  const ports::SnapshotCell<fast_models::Snapshot>& models;
  std::function<api::Status()> status; ///< without models and items: these the gateway adds
  /// What is known of a learner's rounds in a tenant.
  std::function<model::Rounds(const std::string& learner, TenantId tenant)> rounds = {};
  /// Who moved lately, by partition, each newest last.
  std::function<std::vector<std::shared_ptr<const user_shard::Standing>>()> shards = {};
  /// Members, links and map; null: this node is in no cluster.
  std::function<api::Cluster()> cluster = {};
  /// Hands an operator's wish to the cluster actor; null: as above.
  std::function<void(records::Drain drain)> drain = {};
  /// Whether a partition's outbox holds the most it may (user_shard/outbox.hpp).
  std::function<bool(PartitionId partition)> is_outbox_full = {};
};

/// Queries that the gateway answers by itself, from snapshots: items, models, segments, placements, status, rejects, cluster.
/// Pure but for reading the views.
class LocalAnswers {
public:
  LocalAnswers(Views views, const RejectChannel& rejects) : views_(std::move(views)), rejects_(rejects) {}

  static bool knows(const api::Query& query);
  /// Requires: knows(query), and a library was published.
  api::AnswerBody answer(const api::Query& query, TenantId tenant, Instant now);

  std::vector<std::pair<std::string, std::string>> generations() const;

private:
  /// Champion and challenger of every line of the tenant; with `only`, that line alone, its former champions, all with parameters.
  std::vector<api::ModelInfo> solved(TenantId tenant, const std::string* only) const;
  api::AnswerBody items(const api::ListItems& query, TenantId tenant) const;
  std::vector<api::ModelInfo> models(TenantId tenant, Instant now);
  api::AnswerBody segments(const api::ListSegments& query, TenantId tenant) const;
  std::vector<api::SegmentMove> moves_of(const std::string& segment, TenantId tenant) const;
  api::AnswerBody cluster(const records::Drain* drain, TenantId tenant) const;
  api::AnswerBody show(const api::ShowModel& query, TenantId tenant) const;

  Views views_;
  const RejectChannel& rejects_;
  std::uint64_t models_end_ = 0; ///< when the fast models moved last, as far as somebody asked
  Instant models_moved_;
};

/// A page of items ends before it would pass this.
inline constexpr std::size_t kItemsPageBytesMax = 512 << 10;

} // namespace kindred::actors::gateway

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/fast_models/delta_fold.hpp"
#include "actors/fast_models/solved_fold.hpp"
#include "actors/model/effects.hpp"
#include "actors/ports/snapshots.hpp"
#include "actors/user_shard/rounds.hpp"
#include "engine/rounds/item_item_image.hpp"
#include "tests/actors/fast_models/models_log.hpp"
#include "tests/engine/rounds/choosers.hpp"

namespace kindred::actors::model {

// What a model actor has around it, for tests: shards, and the models log with its fold.

inline constexpr TenantId kAcme{5}, kBeta{6};

/// 120 users who choose by what is popular: enough for a first model of the tenant and one of the placement "home".
inline std::vector<profiles::Profile> choosers(std::uint64_t seed = 1, Instant as_of = rounds::kAsOf - kDay) {
  std::vector<double> weights(learners::Ranker::kFeatures);
  weights[0] = 2;
  return rounds::users_of({.weights = weights, .users = 120, .seed = seed, .as_of = as_of});
}

/// Shards as a model actor knows them: gatherers over users that a test puts there. Single owner, one thread.
class ScriptedShards {
public:
  using Report = user_shard::Rounds::Report;
  explicit ScriptedShards(std::uint16_t partitions) : ends_(partitions, 100) {}

  /// Deals users out over the partitions, beside those that are there.
  void put(const std::vector<profiles::Profile>& users, TenantId tenant = kDefaultTenant) {
    for (const auto& user : users) users_[tenant].push_back(user);
  }
  Report answer(const ToShard& message) {
    return std::visit([&](const auto& one) { return Report(answer(message.partition, one)); },
                      message.message);
  }

  std::map<std::uint16_t, std::string> lost_cuts, lost_passes; ///< by partition: why
  std::optional<Bytes> foreign_statistic;
  std::set<std::uint16_t> forgetful; ///< partitions that do not know who changed
  /// By (tenant, round): users as they were at its cut; who is at the same place later is the same user.
  std::map<std::pair<TenantId, std::uint64_t>, std::vector<profiles::Profile>> seen;

private:
  /// Who changed since: everybody is told of, and most did not. Item-item rounds alone.
  void tell_changes(PartitionId partition, const std::vector<profiles::Profile>& before,
                    const std::vector<profiles::Profile>& now, rounds::Gatherer& gatherer) const {
    for (std::size_t i = partition.value; i < now.size(); i += ends_.size())
      gatherer.visit_change(i < before.size() ? rounds::item_item_image(before[i]) : Bytes(), &now[i]);
  }
  user_shard::Gathered answer(PartitionId partition, const user_shard::OpenRound& open) {
    auto& held = held_[{partition, open.tenant}];
    held = rounds::gatherer_of(open.learner, open.as_of);
    const auto& users = users_[open.tenant];
    seen[{open.tenant, open.round}] = users;
    const auto base = seen.find({open.tenant, open.base});
    const bool by_changes = base != seen.end() && !forgetful.contains(partition.value);
    if (by_changes)
      tell_changes(partition, base->second, users, *held);
    else
      for (std::size_t i = partition.value; i < users.size(); i += ends_.size()) held->visit(users[i]);
    const std::uint64_t cut = ends_[partition.value]++;
    return {partition, open.tenant, open.learner, open.round, cut, lost_cuts[partition.value], by_changes};
  }
  user_shard::Passed answer(PartitionId partition, const user_shard::AskPass& ask) {
    Bytes statistic = rounds::pass_of(*held_.at({partition, ask.tenant}), *ask.parameters);
    if (foreign_statistic) statistic = *foreign_statistic;
    const std::string lost = lost_passes[partition.value];
    return {partition, ask.tenant, ask.learner, ask.round, ask.pass, lost.empty() ? statistic : Bytes(),
            lost};
  }
  user_shard::Closed answer(PartitionId partition, const user_shard::CloseRound& close) {
    ++ends_[partition.value];
    return {partition, close.tenant, close.learner, close.round};
  }

  std::map<TenantId, std::vector<profiles::Profile>> users_;
  std::map<std::pair<PartitionId, TenantId>, std::unique_ptr<rounds::Gatherer>> held_;
  std::vector<std::uint64_t> ends_; ///< of the partitions' logs
};

/// The models log and its fold, as far as solved models go. Single owner, one thread.
class ModelsFold {
public:
  explicit ModelsFold(ports::SnapshotCell<fast_models::Snapshot>& cell) : cell_(cell) {
    cell_.publish(std::make_shared<const fast_models::Snapshot>());
  }
  std::uint64_t append(Bytes entry) {
    entries_.push_back(std::move(entry));
    return entries_.size() - 1;
  }
  /// Another publisher's chunks and manifest.
  void append_other(const std::string& name, int number, std::uint64_t expects,
                    records::ModelRole role = records::ModelRole::kChampion,
                    TenantId tenant = kDefaultTenant) {
    const Bytes parameters = fast_models::parameters_of(number);
    auto records = fast_models::chunk_records(name, parameters, 1, tenant);
    records.push_back(
        fast_models::solved_record(fast_models::manifest_of(name, parameters, expects, role), tenant));
    append(others_.append(std::move(records), 900).bytes);
  }
  /// Everything that stands there, and publishes it.
  void fold() {
    for (; folded_ < entries_.size(); ++folded_) {
      auto entry = deltas_.fold({folded_, entries_[folded_]});
      ASSERT_TRUE(entry.ok());
      for (const auto& record : entry.value().solved) solved_.fold(record);
    }
    auto snapshot = std::make_shared<fast_models::Snapshot>();
    snapshot->solved = solved_.lines();
    snapshot->end = folded_;
    cell_.publish(std::move(snapshot));
  }
  std::uint64_t end() const { return entries_.size(); }
  std::vector<records::Record> records(std::uint64_t offset) const {
    return schemas::decode_entry(entries_.at(offset)).value().records;
  }
  const fast_models::Line* line(const std::string& name, TenantId tenant = kDefaultTenant) const {
    const auto found = solved_.lines()->find({tenant, name});
    return found == solved_.lines()->end() ? nullptr : found->second.get();
  }

private:
  ports::SnapshotCell<fast_models::Snapshot>& cell_;
  std::vector<Bytes> entries_;
  std::uint64_t folded_ = 0;
  fast_models::DeltaFold deltas_{{}};
  fast_models::SolvedFold solved_;
  fast_models::ModelsLog others_;
};

} // namespace kindred::actors::model

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/hash.hpp"
#include "tests/support/fold_run.hpp"

namespace kindred::support {

/// Some partitions' folds, and what they send each other: as shards do it, but that how long it takes is chance.
/// Records of nobody go to every partition. For law tests.
class LinkedRun {
public:
  LinkedRun(std::uint16_t partitions, std::uint64_t seed) : random_(seed) {
    for (std::uint16_t p = 0; p < partitions; ++p) folds_.push_back(std::make_unique<FoldRun>(20));
    outboxes_.resize(partitions);
  }

  void apply(const records::Record& record) {
    if (records::user_of(record.body).empty()) {
      for (std::size_t p = 0; p < folds_.size(); ++p) apply(p, record);
    } else {
      apply(partition_of(record.header.slot, partitions()).value, record);
    }
    while (random_.below(3) == 0 && deliver_one()) {
    }
  }
  /// Folded, and what it sends stays on its way until `release`.
  void hold(const records::Record& record) {
    const std::size_t partition = partition_of(record.header.slot, partitions()).value;
    for (const auto& sent : folds_[partition]->apply_alone(record).outbox)
      held_.emplace_back(partition, sent);
  }
  void release() {
    for (auto& [partition, sent] : std::exchange(held_, {})) outboxes_[partition].push_back(std::move(sent));
  }
  /// What is on its way arrives.
  void settle() {
    while (deliver_one()) {
    }
  }
  /// The last that arrived comes again, as after a crash before it was said to be there.
  void deliver_again() {
    if (last_) apply(partition_of(last_->header.slot, partitions()).value, *last_);
  }

  std::uint16_t partitions() const { return static_cast<std::uint16_t>(folds_.size()); }
  FoldRun& fold(std::size_t partition) { return *folds_[partition]; }
  FoldRun& fold_of(const std::string& user) {
    return *folds_[partition_of(slot_of(kDefaultTenant, user), partitions()).value];
  }
  const profiles::Profile* profile(const std::string& user) { return fold_of(user).profile(user); }
  std::optional<profiles::Alias> alias(const std::string& user) {
    return fold_of(user).state().alias_of({kDefaultTenant, user}).value();
  }
  /// Of all partitions together.
  stats::FastDelta changes() const {
    stats::FastDelta sum;
    for (const auto& fold : folds_) sum.add(fold->changes);
    return sum;
  }
  std::map<Bytes, Bytes> dump() {
    std::map<Bytes, Bytes> all;
    for (const auto& fold : folds_)
      for (const auto& [key, value] : fold->dump()) all[key] = value;
    return all;
  }

private:
  void apply(std::size_t partition, const records::Record& record) {
    const auto applied = folds_[partition]->apply_alone(record);
    for (const auto& sent : applied.outbox) outboxes_[partition].push_back(sent);
    if (flushes_.below(20) == 0) folds_[partition]->flush();
  }
  bool deliver_one() {
    std::vector<std::size_t> full;
    for (std::size_t p = 0; p < outboxes_.size(); ++p)
      if (!outboxes_[p].empty()) full.push_back(p);
    if (full.empty()) return false;
    auto& outbox = outboxes_[full[random_.below(full.size())]];
    last_ = outbox.front();
    outbox.pop_front();
    apply(partition_of(last_->header.slot, partitions()).value, *last_);
    return true;
  }

  Random random_;
  Random flushes_{1}; ///< of its own, so that what is folded does not depend on how often it is
  std::vector<std::unique_ptr<FoldRun>> folds_;
  std::vector<std::deque<records::Record>> outboxes_;
  std::vector<std::pair<std::size_t, records::Record>> held_;
  std::optional<records::Record> last_;
};

} // namespace kindred::support

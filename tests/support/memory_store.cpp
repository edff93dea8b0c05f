#include "tests/support/memory_store.hpp"

namespace kindred::support {

using ports::StoreBatch;
using ports::StoreError;

void MemoryStoreDisk::apply(const ports::StateStore::Space& space,
                            const std::vector<StoreBatch::Change>& changes) {
  auto& content = spaces_[space];
  Undo undo{space, {}};
  for (const auto& change : changes) {
    const auto known = content.find(change.key);
    undo.before.insert(undo.before.begin(),
                       {change.key, known == content.end() ? std::nullopt : std::optional(known->second)});
    if (change.value) {
      content[change.key] = *change.value;
    } else {
      content.erase(change.key);
    }
  }
  undo_.push_back(std::move(undo));
  if (undo_.size() > kUndoMax) undo_.pop_front();
}

void MemoryStoreDisk::replace(const ports::StateStore::Space& space,
                              const std::vector<StoreBatch::Change>& changes) {
  std::vector<StoreBatch::Change> all;
  for (const auto& [key, value] : spaces_[space]) all.push_back({key, std::nullopt});
  all.insert(all.end(), changes.begin(), changes.end());
  apply(space, all);
}

std::size_t MemoryStoreDisk::lose_last(std::size_t batches) {
  std::size_t lost = 0;
  for (; lost < batches && !undo_.empty(); ++lost) {
    const Undo undo = std::move(undo_.back());
    undo_.pop_back();
    apply(undo.space, undo.before);
    undo_.pop_back(); // taking back is not to be taken back
  }
  return lost;
}

void MemoryStore::write(const Space& space, StoreBatch batch, OnWritten on_written) {
  std::optional<StoreError> refused;
  {
    const std::lock_guard lock(mutex_);
    if (failed_) {
      refused = failed_;
    } else if (queued_.size() >= ports::kFlushQueueMax || queued_.contains(space)) {
      refused = StoreError::kBusy;
    } else {
      queued_.emplace(space, Queued{std::move(batch), std::move(on_written)});
    }
  }
  if (refused) return on_written(*refused);
  if (!manual_) step(space);
}

std::optional<StoreError> MemoryStore::read_error() const {
  if (failed_ == StoreError::kIo || failed_ == StoreError::kCorrupt) return failed_;
  return std::nullopt;
}

MemoryStoreDisk::Content MemoryStore::seen(const Space& space) const {
  auto content = disk_->space(space);
  const auto queued = queued_.find(space);
  if (queued == queued_.end()) return content;
  if (queued->second.batch.replaces()) content.clear();
  for (const auto& change : queued->second.batch.changes()) {
    if (change.value) {
      content[change.key] = *change.value;
    } else {
      content.erase(change.key);
    }
  }
  return content;
}

Result<std::optional<Bytes>, StoreError> MemoryStore::get(const Space& space, BytesView key) {
  ++looks_;
  const std::lock_guard lock(mutex_);
  if (const auto error = read_error()) return *error;
  if (const auto queued = queued_.find(space); queued != queued_.end()) {
    const auto& changes = queued->second.batch.changes();
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      if (change->key == key) return change->value;
    }
    if (queued->second.batch.replaces()) return std::optional<Bytes>{};
  }
  const auto& content = disk_->space(space);
  const auto found = content.find(Bytes(key));
  return found == content.end() ? std::optional<Bytes>{} : std::optional<Bytes>{found->second};
}

Result<Done, StoreError> MemoryStore::scan(const Space& space, BytesView prefix,
                                           const std::function<bool(BytesView, BytesView)>& each,
                                           BytesView from) {
  ++looks_;
  MemoryStoreDisk::Content content;
  {
    const std::lock_guard lock(mutex_);
    if (const auto error = read_error()) return *error;
    content = seen(space);
  }
  for (auto at = content.lower_bound(Bytes(std::max(prefix, from)));
       at != content.end() && at->first.starts_with(prefix); ++at) {
    if (!each(at->first, at->second)) break;
  }
  return Done{};
}

namespace {
class Copy final : public ports::FrozenSpace {
public:
  explicit Copy(MemoryStoreDisk::Content content) : content_(std::move(content)) {}
  Result<Done, StoreError> scan(BytesView from,
                                const std::function<bool(BytesView, BytesView)>& each) override {
    for (auto at = content_.lower_bound(Bytes(from)); at != content_.end(); ++at)
      if (!each(at->first, at->second)) break;
    return Done{};
  }

private:
  const MemoryStoreDisk::Content content_;
};
} // namespace

Result<std::unique_ptr<ports::FrozenSpace>, StoreError> MemoryStore::freeze(const Space& space) {
  const std::lock_guard lock(mutex_);
  if (const auto error = read_error()) return *error;
  return std::unique_ptr<ports::FrozenSpace>(new Copy(disk_->space(space)));
}

std::vector<MemoryStore::Space> MemoryStore::ready() const {
  const std::lock_guard lock(mutex_);
  std::vector<Space> spaces;
  for (const auto& [space, queued] : queued_) spaces.push_back(space);
  return spaces;
}

bool MemoryStore::step(const Space& space) {
  Result<Done, StoreError> verdict = Done{};
  OnWritten on_written;
  {
    const std::lock_guard lock(mutex_);
    const auto queued = queued_.find(space);
    if (queued == queued_.end()) return false;
    if (failed_) {
      verdict = *failed_;
    } else {
      const StoreBatch& batch = queued->second.batch;
      batch.replaces() ? disk_->replace(space, batch.changes()) : disk_->apply(space, batch.changes());
    }
    on_written = std::move(queued->second.on_written);
    queued_.erase(queued);
  }
  on_written(verdict);
  return true;
}

void MemoryStore::pump() {
  for (auto spaces = ready(); !spaces.empty(); spaces = ready()) {
    for (const auto& space : spaces) step(space);
  }
}

void MemoryStore::fail(std::optional<StoreError> error) {
  {
    const std::lock_guard lock(mutex_);
    failed_ = error;
  }
  if (!manual_) pump();
}

} // namespace kindred::support

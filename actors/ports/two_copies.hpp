#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

namespace kindred::ports {

/// Publishes a state that grows as immutable snapshots, without copying it: two copies take turns. While one is read, the
/// other takes the changes it has missed; a copy is written again only after its last reader let go.
///
/// Readers never wait, and a snapshot that is held never changes. Where a reader holds the retired copy, `publish` gives
/// nothing and the changes gather; past `backlog_max` of them the front is copied and the held one is left to its readers.
/// `apply(Snapshot&, const Change&, bool first)` must be deterministic; `first` is true for the first of the two copies.
/// Owner: one actor's state. Snapshots may be read and released on any thread.
template <class Snapshot, class Change>
class TwoCopies {
public:
  using Ptr = std::shared_ptr<const Snapshot>;

  TwoCopies(Snapshot start, std::size_t backlog_max)
      : backlog_max_(backlog_max), front_(std::make_shared<Copy>(start)),
        back_(std::make_shared<Copy>(std::move(start))) {}

  /// What the next publication will have.
  void push(Change change) { changes_.push_back(std::move(change)); }
  bool pending() const { return front_->applied < dropped_ + changes_.size(); }
  std::size_t backlog() const { return dropped_ + changes_.size() - front_->applied; }
  /// How often a held copy was left to its readers.
  std::uint64_t copied() const { return copied_; }

  /// The newest publication as its owner sees it; also before the first.
  const Snapshot& front() const { return front_->value; }
  /// Hands the front out once more, unchanged.
  Ptr share_front() { return share(front_); }

  /// A snapshot with every change pushed; null where a reader holds the copy whose turn it is.
  template <class Apply>
  Ptr publish(Apply&& apply) {
    if (back_->readers.load(std::memory_order_acquire) != 0) {
      if (backlog() <= backlog_max_) return nullptr;
      back_ = std::make_shared<Copy>(front_->value);
      back_->applied = front_->applied;
      ++copied_;
    }
    const std::uint64_t end = dropped_ + changes_.size();
    for (; back_->applied < end; ++back_->applied) {
      const bool first = back_->applied >= front_->applied;
      apply(back_->value, std::as_const(changes_[back_->applied - dropped_]), first);
    }
    std::swap(front_, back_);
    for (; dropped_ < back_->applied; ++dropped_) changes_.pop_front();
    return share(front_);
  }

private:
  struct Copy {
    explicit Copy(Snapshot start) : value(std::move(start)) {}
    Snapshot value;
    std::uint64_t applied = 0; ///< changes since the beginning
    std::atomic<int> readers{0};
  };

  // The deleter's release and publish's acquire make the last read happen before the next write.
  static Ptr share(const std::shared_ptr<Copy>& copy) {
    copy->readers.fetch_add(1, std::memory_order_relaxed);
    return Ptr(&copy->value,
               [copy](const Snapshot*) { copy->readers.fetch_sub(1, std::memory_order_release); });
  }

  const std::size_t backlog_max_;
  std::shared_ptr<Copy> front_;
  std::shared_ptr<Copy> back_;
  std::deque<Change> changes_; ///< not yet in both copies
  std::uint64_t dropped_ = 0;  ///< changes before changes_[0]
  std::uint64_t copied_ = 0;
};

} // namespace kindred::ports

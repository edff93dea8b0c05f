#include "actors/gateway/append_lane.hpp"

#include <cassert>
#include <utility>

#include "actors/gateway/contract.hpp"

namespace kindred::actors::gateway {

void AppendLane::add(std::uint64_t ticket, const std::vector<Bytes>& records) {
  assert(!records.empty());
  std::size_t bytes = 0;
  for (const auto& record : records) bytes += record.size();
  const bool full = builder_.count() + records.size() > records::kRecordsPerEntryMax || !builder_.fits(bytes);
  if (full && !builder_.empty()) {
    waiting_.push_back({std::move(builder_), std::move(building_)});
    builder_ = {};
    building_.clear();
  }
  building_.push_back({ticket, builder_.count(), static_cast<std::uint32_t>(records.size())});
  for (const auto& record : records) builder_.add(record);
}

std::optional<Bytes> AppendLane::send() {
  if (in_flight_) return std::nullopt;
  if (waiting_.empty() && builder_.empty()) return std::nullopt;
  if (waiting_.empty()) {
    waiting_.push_back({std::move(builder_), std::move(building_)});
    builder_ = {};
    building_.clear();
  }
  Full next = std::move(waiting_.front());
  waiting_.pop_front();
  const records::Authorship author{settings_.writer, epoch_, sequence_ + 1};
  in_flight_ = InFlight{next.builder.close(author), author, std::move(next.parts), false, std::nullopt};
  return in_flight_->bytes;
}

std::optional<LaneOutcome> AppendLane::on_verdict(const ports::Verdict& verdict, std::int64_t steady_us) {
  if (!in_flight_) return std::nullopt; // a second verdict of an attempt whose repeat was decided meanwhile
  if (verdict.kind == ports::Verdict::Kind::kUnknown) {
    in_flight_->ever_unknown = true;
    in_flight_->resend_at_us = steady_us + kAppendRetryAfter.us;
    return std::nullopt;
  }
  const bool acked = verdict.kind == ports::Verdict::Kind::kAcked;
  LaneOutcome outcome{verdict, position_of(verdict.offset, in_flight_->author), std::move(in_flight_->parts)};
  if (acked) {
    sequence_ = in_flight_->author.sequence;
  } else if (in_flight_->ever_unknown) {
    ++epoch_;
    sequence_ = 0;
    assert(epoch_ < settings_.epoch + kEpochsPerStart);
  }
  in_flight_.reset();
  return outcome;
}

std::optional<Bytes> AppendLane::resend(std::int64_t steady_us) {
  if (!in_flight_ || !in_flight_->resend_at_us || *in_flight_->resend_at_us > steady_us) return std::nullopt;
  in_flight_->resend_at_us.reset();
  return in_flight_->bytes;
}

std::size_t AppendLane::waiting_records() const {
  std::size_t records = builder_.count();
  for (const auto& full : waiting_) records += full.builder.count();
  return records;
}

records::Authorship AppendLane::last() const {
  const std::size_t ahead = (in_flight_ ? 1 : 0) + waiting_.size() + (builder_.empty() ? 0 : 1);
  return {settings_.writer, epoch_, sequence_ + ahead};
}

records::Position AppendLane::position_of(std::uint64_t offset, const records::Authorship& author) const {
  return {settings_.incarnation, settings_.stream, offset, 0, author};
}

} // namespace kindred::actors::gateway

#include "actors/user_shard/outbox.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::user_shard {

namespace {

void write_ends(ByteWriter& out, const std::map<PartitionId, std::uint64_t>& ends) {
  out.u32(static_cast<std::uint32_t>(ends.size()));
  for (const auto& [partition, end] : ends) {
    out.u16(partition.value);
    out.u64(end);
  }
}

std::map<PartitionId, std::uint64_t> read_ends(ByteReader& in) {
  std::map<PartitionId, std::uint64_t> ends;
  for (std::uint32_t left = in.count(10); left > 0; --left) {
    const PartitionId partition{in.u16()};
    ends[partition] = in.u64();
  }
  return ends;
}

void raise(std::map<PartitionId, std::uint64_t>& ends, PartitionId partition, std::uint64_t end) {
  auto& known = ends[partition];
  known = std::max(known, end);
}

} // namespace

void Outbox::open(std::uint64_t incarnation, std::uint64_t epoch) {
  incarnation_ = incarnation;
  epoch_ = epoch;
}

gateway::AppendLane& Outbox::lane(PartitionId to) {
  const auto found = lanes_.find(to);
  if (found != lanes_.end()) return found->second;
  ByteWriter name;
  name.raw("outbox");
  name.u64(settings_.writer.value);
  return lanes_
      .emplace(to,
               gateway::AppendLane::Settings{
                   incarnation_, {records::Topic::kEvents, to}, WriterId{hash64(name.view())}, epoch_})
      .first->second;
}

void Outbox::take(const std::vector<records::Record>& records) {
  for (const auto& record : records)
    push({partition_of(record.header.slot, settings_.partitions), record.header.id,
          schemas::encode_record(record)});
}

void Outbox::push(Owed owed) {
  ++last_;
  bytes_ += owed.record.size();
  waiting_.push_back(std::move(owed));
}

/// The record it names, by number where that is the one; else, of another build's fold, the first with that id.
std::uint64_t Outbox::number_of(std::uint64_t told, const RecordId& id) const {
  if (told > done_ && told <= last_ && waiting_[told - done_ - 1].id == id) return told;
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const Owed& owed) { return owed.id == id; });
  return found == waiting_.end() ? 0 : done_ + 1 + static_cast<std::uint64_t>(found - waiting_.begin());
}

void Outbox::fold(const records::Adopt& adopt) {
  if (adopt.kind != kKind) return;
  ByteReader in(adopt.value);
  const auto ends = read_ends(in);
  const std::uint64_t number = in.at_end() ? adopt.generation // of a build that told no id
                                           : number_of(adopt.generation, in.id128());
  if (number <= done_ || number > last_) return;
  for (const auto& [partition, end] : ends) raise(sent_ends_, partition, end);
  pop_through(number);
  if (batch_ == 0 || batch_ > done_) return;
  batch_ = 0;
  adopting_ = adopt_refused_ = false;
}

void Outbox::pop_through(std::uint64_t number) {
  for (; done_ < number; ++done_) {
    bytes_ -= waiting_.front().record.size();
    waiting_.pop_front();
  }
}

std::vector<Outbox::Append> Outbox::send() {
  if (batch_ == 0 && !waiting_.empty()) {
    std::size_t records = 0, bytes = 0;
    for (const Owed& owed : waiting_) {
      bytes += owed.record.size();
      if (records == kBatchMax || (records > 0 && bytes > kBatchBytesMax)) break;
      ++records;
    }
    batch_ = done_ + records;
    for (std::size_t i = 0; i < records; ++i) lane(waiting_[i].to).add(batch_, {waiting_[i].record});
    unanswered_ = records;
    refused_ = false;
    batch_ends_.clear();
  }
  std::vector<Append> appends;
  for (auto& [to, lane] : lanes_)
    if (auto entry = lane.send()) appends.push_back({to, std::move(*entry)});
  return appends;
}

std::vector<Outbox::Append> Outbox::resend(std::int64_t steady_us) {
  std::vector<Append> appends;
  for (auto& [to, lane] : lanes_)
    if (auto entry = lane.resend(steady_us)) appends.push_back({to, std::move(*entry)});
  return appends;
}

void Outbox::on_verdict(PartitionId to, const ports::Verdict& verdict, std::int64_t steady_us) {
  const auto found = lanes_.find(to);
  const auto outcome = found == lanes_.end() ? std::nullopt : found->second.on_verdict(verdict, steady_us);
  if (!outcome) return;
  std::size_t answered = 0; // of this batch: an Adopt of an earlier life may have ended another one meanwhile
  for (const auto& part : outcome->parts) answered += part.ticket == batch_ ? part.count : 0;
  if (answered == 0) return;
  unanswered_ -= answered;
  if (outcome->verdict.kind == ports::Verdict::Kind::kAcked)
    raise(batch_ends_, to, outcome->position.offset + 1);
  else
    refused_ = true;
}

std::optional<records::Adopt> Outbox::adopt() {
  if (batch_ == 0 || unanswered_ > 0 || refused_ || adopting_) return std::nullopt;
  adopting_ = true;
  ByteWriter ends;
  write_ends(ends, batch_ends_);
  ends.id128(waiting_[batch_ - done_ - 1].id);
  return records::Adopt{std::string(kKind), batch_, ends.take()};
}

void Outbox::retry() {
  if (std::exchange(adopt_refused_, false)) adopting_ = false;
  if (batch_ == 0 || unanswered_ > 0 || !refused_) return;
  batch_ = 0;
}

std::uint64_t Outbox::sent_end(PartitionId to) const {
  const auto found = sent_ends_.find(to);
  return found == sent_ends_.end() ? 0 : found->second;
}

Bytes Outbox::canonical() const {
  ByteWriter out;
  out.u64(done_);
  write_ends(out, sent_ends_);
  out.u32(static_cast<std::uint32_t>(waiting_.size()));
  for (const Owed& owed : waiting_) {
    out.u16(owed.to.value);
    out.text(owed.record);
  }
  return out.take();
}

bool Outbox::restore(BytesView canonical) {
  ByteReader in(canonical);
  done_ = last_ = in.u64();
  sent_ends_ = read_ends(in);
  for (std::uint32_t left = in.count(6); left > 0; --left) {
    const PartitionId to{in.u16()};
    const BytesView bytes = in.text();
    const auto record = schemas::decode_record(bytes);
    if (!record.ok()) return false;
    push({to, record.value().header.id, Bytes(bytes)});
  }
  return in.ok() && in.at_end();
}

} // namespace kindred::actors::user_shard

#include "actors/peering/fetching.hpp"

#include <algorithm>
#include <utility>

#include "actors/user_shard/effects.hpp"
#include "engine/profiles/fold_version.hpp"
#include "engine/profiles/partition_state.hpp"
#include "engine/profiles/state_keys.hpp"

namespace kindred::actors::peering {

using kindred::peers::CheckpointChunk;
using ports::StoreBatch;

const Bytes& Fetching::mark_key() {
  static const Bytes key = user_shard::kIncomingKey;
  return key;
}

Fetching::Steps Fetching::begin(PartitionId partition, std::uint64_t log_begin, std::int64_t steady_us) {
  steady_us_ = std::max(steady_us_, steady_us);
  Steps out;
  if (jobs_.contains(partition)) return out;
  Job& job = jobs_[partition];
  job.log_begin = log_begin;
  const auto space = user_shard::space_of(partition);
  const auto mark = store_.get(space, mark_key());
  const auto meta = store_.get(space, profiles::meta_key());
  if (!mark.ok() || !meta.ok()) { // nobody knows what is there
    job.at = At::kBeginning;
    return out;
  }
  job.dirty = mark.value().has_value();
  const auto stored = meta.value() && !job.dirty ? profiles::applied_end_of(*meta.value()) : 0;
  job.needed = stored && *stored < log_begin; // what cannot be read says for itself why not
  if (meta.value() && !job.dirty && !job.needed) {
    job.why = "its state is here";
    end(partition, out);
    return out;
  }
  job.until_us = steady_us_ + kLookFor.us;
  look(partition, job, out);
  return out;
}

void Fetching::look(PartitionId partition, Job& job, Steps& out) {
  job.at = At::kLooking;
  if (steady_us_ < job.again_us) return;
  for (const auto& [peer, folded] : peers_(partition)) {
    if (job.tried.contains(peer) || folded < (job.needed ? job.log_begin : worthwhile_)) continue;
    if (copied_now() >= kCopiedAtOnce) { // its turn comes
      job.until_us = steady_us_ + kLookFor.us;
      return;
    }
    job.peer = peer;
    job.dirty = true;
    return store(partition, job, At::kClearing, StoreBatch::replacing({{mark_key(), Bytes("1")}}), out);
  }
  if (job.tried.empty() && steady_us_ < job.until_us) return; // they may not have told yet
  if (job.needed) {                                           // all of them again
    job.tried.clear();
    job.again_us = job.until_us = steady_us_ + kLookFor.us;
    return;
  }
  if (job.why.empty()) job.why = "no other node has more of it than the log gives as soon";
  if (job.dirty) return store(partition, job, At::kGivingUp, StoreBatch::replacing({}), out);
  end(partition, out);
}

std::size_t Fetching::copied_now() const {
  return static_cast<std::size_t>(std::ranges::count_if(jobs_, [](const auto& one) {
    const At at = one.second.at;
    return at == At::kClearing || at == At::kAsked || at == At::kPausing || at == At::kStoring ||
           at == At::kEnding;
  }));
}

void Fetching::store(PartitionId partition, Job& job, At at, StoreBatch batch, Steps& out) {
  job.at = at;
  job.tries = 0;
  job.refused = false;
  job.batch = batch;
  out.emplace_back(Store{partition, std::move(batch)});
}

void Fetching::ask(PartitionId partition, Job& job, Steps& out) {
  job.at = At::kAsked;
  out.emplace_back(Ask{partition, job.peer, job.ask});
}

void Fetching::leave(PartitionId partition, Job& job, std::string why, Steps& out) {
  job.tried.insert(job.peer);
  job.why = "node " + job.peer + ": " + std::move(why);
  job.meta.reset();
  job.bytes = 0;
  look(partition, job, out);
}

void Fetching::end(PartitionId partition, Steps& out) {
  const auto found = jobs_.find(partition);
  out.emplace_back(Ended{partition, std::move(found->second.why), found->second.bytes});
  jobs_.erase(found);
}

Fetching::Steps Fetching::answered(PartitionId partition, Result<CheckpointChunk, Failure> answer) {
  Steps out;
  const auto found = jobs_.find(partition);
  if (found == jobs_.end() || found->second.at != At::kAsked) return out;
  Job& job = found->second;
  if (answer.ok()) {
    take(partition, job, answer.value(), out);
  } else if (answer.error().again && ++job.tries < kTriesMax) {
    job.at = At::kPausing;
  } else {
    leave(partition, job, std::move(answer.error().why), out);
  }
  return out;
}

void Fetching::take(PartitionId partition, Job& job, const CheckpointChunk& chunk, Steps& out) {
  if (!is_whole(job.ask, chunk)) return leave(partition, job, "a part of its checkpoint is broken", out);
  if (!profiles::fold_versions().has(chunk.fold_version))
    return leave(partition, job,
                 "its checkpoint is at version " + std::to_string(chunk.fold_version) +
                     " of the fold, which this build does not have",
                 out);
  std::vector<StoreBatch::Change> changes;
  ByteReader in(chunk.entries);
  while (!in.at_end() && in.ok()) {
    Bytes key(in.text());
    Bytes value(in.text());
    if (!in.ok()) break;
    if (key < job.ask.from) return leave(partition, job, "a part of its checkpoint is out of order", out);
    job.ask.from = key + '\0';
    if (key == profiles::meta_key())
      job.meta = std::move(value);
    else if (key != mark_key())
      changes.push_back({std::move(key), std::move(value)});
  }
  if (!in.ok()) return leave(partition, job, "a part of its checkpoint is broken", out);
  job.bytes += chunk.entries.size();
  job.ask.checkpoint = chunk.checkpoint;
  job.more = chunk.more;
  store(partition, job, At::kStoring, StoreBatch(std::move(changes)), out);
}

Fetching::Steps Fetching::stored(PartitionId partition, bool ok) {
  Steps out;
  const auto found = jobs_.find(partition);
  if (found == jobs_.end() || !found->second.batch) return out;
  Job& job = found->second;
  if (!ok) { // half of a state is none: until it takes it, there is no shard
    job.refused = true;
    return out;
  }
  job.batch.reset();
  switch (job.at) {
  case At::kClearing:
    job.ask = {partition.value, 0, {}};
    ask(partition, job, out);
    break;
  case At::kStoring:
    if (job.more)
      job.at = At::kPausing; // the next part with the next pulse: others use disk and network, too
    else if (!job.meta)
      leave(partition, job, "its checkpoint has no position", out);
    else
      store(partition, job, At::kEnding,
            StoreBatch({{profiles::meta_key(), std::move(*job.meta)}, {mark_key(), std::nullopt}}), out);
    break;
  case At::kEnding:
    job.why.clear();
    end(partition, out);
    break;
  default: end(partition, out); // given up, and the space is empty
  }
  return out;
}

Fetching::Steps Fetching::pulse(std::int64_t steady_us) {
  steady_us_ = steady_us;
  Steps out;
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    const PartitionId partition = at->first;
    Job& job = at->second;
    ++at; // a step may end the job
    if (job.at == At::kBeginning) {
      const std::uint64_t log_begin = job.log_begin;
      jobs_.erase(partition);
      for (auto& step : begin(partition, log_begin, steady_us)) out.push_back(std::move(step));
    } else if (job.refused) {
      job.refused = false;
      out.emplace_back(Store{partition, *job.batch});
    } else if (job.at == At::kPausing) {
      ask(partition, job, out);
    } else if (job.at == At::kLooking) {
      look(partition, job, out);
    }
  }
  return out;
}

} // namespace kindred::actors::peering

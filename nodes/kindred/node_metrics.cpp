#include "nodes/kindred/node_metrics.hpp"

#include <algorithm>
#include <array>

#include "engine/decisions/blend.hpp"
#include "engine/profiles/fold_version.hpp"
#include "nodes/kindred/cluster_metrics.hpp"
#include "nodes/kindred/log_metrics.hpp"

namespace kindred::node {

using actors::gateway::Durations;
using adapters::Metrics;
using adapters::Refusal;

namespace {

/// In the order of api::Query.
constexpr const char* kQueryNames[] = {
    "track",     "updateProfile",  "setConsent",   "eraseUser",    "expose",     "giveReward",
    "decide",    "getProfile",     "putItem",      "listItems",    "listModels", "explain",
    "replay",    "listPlacements", "setPlacement", "setTenant",    "getStatus",  "listRejects",
    "showModel", "trainModel",     "changeModel",  "listSegments", "linkUsers",  "showCluster",
    "drainNode", "activateFold"};
static_assert(std::size(kQueryNames) == std::variant_size_v<api::Query>);

constexpr std::array<const char*, 4> kRefusalNames{"tooLarge", "tooMany", "tooManyBytes", "draining"};
constexpr std::array<const char*, 7> kOutcomeNames{"applied",   "seenBefore", "tooOld", "erased",
                                                   "noConsent", "ignored",    "sentOn"};
static_assert(kOutcomeNames.size() == actors::user_shard::Probe::kOutcomes);

void describe_requests(const actors::gateway::Probe& probe, MetricWriter to) {
  using actors::gateway::Probe;
  to.counter("kindred_requests_total", "Requests taken.", probe.requests);
  to.counter("kindred_requests_forwarded_total", "Requests handed to a shard undecoded.", probe.forwarded);
  for (std::size_t i = 0; i < Probe::kKinds; ++i)
    to.counter("kindred_queries_total", "Queries decoded by the gateway, by kind.", probe.queries[i],
               {{"kind", kQueryNames[i]}});
  for (std::size_t i = 1; i <= static_cast<std::size_t>(api::ErrorCode::kInternal); ++i) {
    const Metrics::Labels code{{"code", std::string(api::name_of(static_cast<api::ErrorCode>(i)))}};
    to.counter("kindred_errors_total", "Errors answered by the gateway, by code.", probe.errors[i], code);
    to.counter("kindred_rejects_total", "Inputs refused for what they are, by code.", probe.rejects[i], code);
  }
  to.durations("kindred_request_duration_seconds", "From taking a request to its answer, in the gateway.",
               [&probe] { return std::vector{&probe.requests_took}; });
  to.gauge("kindred_requests_under_way", "Requests without an answer yet.", probe.under_way);
  to.gauge("kindred_request_under_way_bytes", "Bytes of requests without an answer yet.",
           probe.bytes_under_way);
  to.gauge("kindred_append_queue_records", "Records waiting for the entry before theirs.",
           probe.waiting_records);
  to.counter("kindred_appends_total", "Entries handed to the log by the gateway.", probe.appends);
  to.counter("kindred_appends_refused_total", "Entries the log refused.", probe.appends_refused);
  to.counter("kindred_appends_unknown_total", "Verdicts that did not say what became of an entry.",
             probe.appends_unknown);
}

using ShardProbe = actors::user_shard::Probe;

/// One series for all shards: the sum of theirs.
Metrics::Read sum_of(const Actors& actors, std::function<double(const ShardProbe&)> read) {
  return [&actors, read = std::move(read)] {
    double sum = 0;
    for (const auto& shard : actors.shards()) sum += read(shard->probe);
    return sum;
  };
}

/// One series for each partition that is folded here: what a shard that left said last is no news.
void each_held(const Actors& actors, const std::function<void(std::size_t, const ShardProbe&)>& emit) {
  for (std::size_t i = 0; i < actors.shards().size(); ++i)
    if (actors.shards()[i]->standing.get()) emit(i, actors.shards()[i]->probe);
}

/// The greatest of theirs, 0 of none.
Metrics::Read most_of(const Actors& actors, double (*read)(const ShardProbe&)) {
  return [&actors, read] {
    double most = 0;
    each_held(actors,
              [&](std::size_t, const ShardProbe& probe) { most = std::max(most, read(probe)); });
    return most;
  };
}

double lag_of(const ShardProbe& probe) {
  return std::max(0.0, value_of(probe.log_end) - value_of(probe.applied_end));
}

/// By what version partitions fold, and which do not any more.
void describe_versions(const Actors& actors, Metrics& metrics) {
  metrics.gauges("kindred_fold_version", "Version of the fold's meaning that the partition is at.",
                 [&actors](const Metrics::Emit& emit) {
                   for (std::size_t i = 0; i < actors.shards().size(); ++i)
                     if (const auto standing = actors.shards()[i]->standing.get())
                       emit({{"partition", std::to_string(i)}}, standing->fold_version);
                 });
  metrics.gauge("kindred_partitions_stopped",
                "Partitions that are not folded here any more: /readyz and the log say why.", {}, [&actors] {
                  double stopped = 0;
                  for (const auto& shard : actors.shards()) {
                    const auto standing = shard->standing.get();
                    stopped += standing && standing->stopped ? 1 : 0;
                  }
                  return stopped;
                });
  metrics.gauge("kindred_fold_version_newest", "The newest version of the fold that this build has.", {},
                [] { return profiles::fold_versions().newest; });
}

void describe_fold(const Actors& actors, Metrics& metrics) {
  const auto counter = [&](const char* name, const char* help, auto ShardProbe::*count) {
    metrics.counter(name, help, {},
                    sum_of(actors, [count](const ShardProbe& probe) { return value_of(probe.*count); }));
  };
  counter("kindred_fold_entries_total", "Entries folded by the shards.", &ShardProbe::entries);
  counter("kindred_fold_repeated_entries_total", "Entries dropped because they were folded before.",
          &ShardProbe::repeated_entries);
  counter("kindred_fold_missing_entries_total", "Sequences that writers jumped over.",
          &ShardProbe::missing_entries);
  counter("kindred_fold_unmarked_records_total", "Imported records folded without a watermark.",
          &ShardProbe::unmarked_records);
  counter("kindred_notifications_total", "Notifications published.", &ShardProbe::notifications);
  counter("kindred_ticks_total", "Ticks appended.", &ShardProbe::ticks);
  counter("kindred_deltas_total", "Deltas handed to the fast models.", &ShardProbe::deltas);
  counter("kindred_flushes_total", "Batches of state handed to the store.", &ShardProbe::flushes);
  counter("kindred_flushes_failed_total", "Batches of state that were not stored.",
          &ShardProbe::flushes_failed);
  for (std::size_t i = 0; i < kOutcomeNames.size(); ++i)
    metrics.counter("kindred_fold_records_total", "Records folded, by what became of them.",
                    {{"outcome", kOutcomeNames[i]}},
                    sum_of(actors, [i](const ShardProbe& probe) { return value_of(probe.outcomes[i]); }));
  const auto each = [&](const char* name, const char* help, double (*read)(const ShardProbe&)) {
    metrics.gauges(name, help, [&actors, read](const Metrics::Emit& emit) {
      each_held(actors, [&](std::size_t partition, const ShardProbe& probe) {
        emit({{"partition", std::to_string(partition)}}, read(probe));
      });
    });
  };
  each("kindred_fold_lag_entries", "Entries in the log that the shard has not folded.", lag_of);
  each("kindred_users", "Users the shard knows.",
       [](const ShardProbe& probe) { return value_of(probe.users); });
  each("kindred_users_memory_bytes", "Bytes that users in memory hold.",
       [](const ShardProbe& probe) { return value_of(probe.users_bytes); });
  each("kindred_asks_waiting", "Asks that wait for a position.",
       [](const ShardProbe& probe) { return value_of(probe.waiting); });
  each("kindred_outbox_records", "Records told of linked ids that are not known to be where they go.",
       [](const ShardProbe& probe) { return value_of(probe.outbox_records); });
  each("kindred_outbox_bytes", "Bytes of those.",
       [](const ShardProbe& probe) { return value_of(probe.outbox_bytes); });
  metrics.gauge("kindred_fold_lag_max_entries", "The greatest lag of all shards.", {},
                most_of(actors, lag_of));
}

void describe_decisions(const Actors& actors, Metrics& metrics) {
  const auto counter = [&](const char* name, const char* help, auto ShardProbe::*count) {
    metrics.counter(name, help, {},
                    sum_of(actors, [count](const ShardProbe& probe) { return value_of(probe.*count); }));
  };
  counter("kindred_decisions_total", "Decisions answered.", &ShardProbe::decisions);
  counter("kindred_decisions_unlogged_total", "Decisions whose record the log did not take.",
          &ShardProbe::decisions_unlogged);
  counter("kindred_profiles_total", "Profiles answered.", &ShardProbe::profiles);
  counter("kindred_shard_errors_total", "Queries the shards answered with an error.", &ShardProbe::errors);
  counter("kindred_asks_waited_total", "Asks that had to wait for a position.", &ShardProbe::waited);
  counter("kindred_asks_overloaded_total", "Asks refused because too many waited.", &ShardProbe::overloaded);
  for (std::size_t i = 0; i < decisions::kSourceCount; ++i)
    metrics.counter(
        "kindred_decided_items_total", "Items decided, by their strongest source.",
        {{"source", std::string(name_of(static_cast<records::CandidateSource>(i)))}},
        sum_of(actors, [i](const ShardProbe& probe) { return value_of(probe.decided_items[i]); }));
  for (std::size_t i = 0; i < ShardProbe::kFallbacks; ++i)
    metrics.counter("kindred_decisions_by_fallback_total", "Decisions, by the fallback they took.",
                    {{"fallback", ShardProbe::kFallbackNames[i]}},
                    sum_of(actors, [i](const ShardProbe& probe) { return value_of(probe.fallbacks[i]); }));
}

void describe_models(const MetricSources& from, MetricWriter to) {
  const auto& models = from.actors.models_probe();
  const auto& catalog = from.actors.catalog_probe();
  to.counter("kindred_deltas_applied_total", "Deltas folded by the fast models.", models.deltas_applied);
  to.counter("kindred_deltas_refused_total", "Deltas that did not follow the last one.",
             models.deltas_refused);
  to.metrics.gauge(
      "kindred_fast_models_age_seconds", "Time since the newest delta that is in the fast models.", {},
      [&models, &clock = from.clock] {
        const auto newest = models.newest_delta_us.load(std::memory_order_relaxed);
        return newest == 0 ? 0.0
                           : static_cast<double>(std::max<std::int64_t>(0, clock.now().us - newest)) * kMicro;
      });
  to.metrics.gauge("kindred_fast_models_wait_seconds",
                   "How long the oldest change waits for the fast models.", {},
                   most_of(from.actors, [](const ShardProbe& probe) {
                     return value_of(probe.delta_age_us) * kMicro;
                   }));
  to.metrics.gauge("kindred_fast_models_lag_entries", "Entries of the models log not yet folded.", {},
                   [&models] { return std::max(0.0, value_of(models.log_end) - value_of(models.end)); });
  to.metrics.gauge("kindred_library_lag_entries", "Entries of the library log not yet folded.", {},
                   [&catalog] { return std::max(0.0, value_of(catalog.log_end) - value_of(catalog.end)); });
  to.counter("kindred_library_repeats_total", "Entries sent again: skipped.", catalog.repeated_entries);
  to.gauge("kindred_items", "Items registered, of all tenants.", catalog.items);
  to.gauge("kindred_items_live", "Items that may be shown, of all tenants.", catalog.items_live);
  to.gauge("kindred_tenants", "Tenants.", catalog.tenants);
  const auto& replay = from.actors.replay_probe();
  to.metrics.counter("kindred_replays_total", "Decisions taken again.", {},
                     [&replay] { return static_cast<double>(replay.replays()); });
  to.metrics.counter("kindred_replays_different_total", "Replays that differed from the record.", {},
                     [&replay] { return static_cast<double>(replay.differences()); });
}

void describe_rounds(const Actors& actors, MetricWriter to) {
  for (const auto& model : actors.models()) {
    const Metrics::Labels learner{{"learner", model->learner}};
    const auto& probe = model->probe;
    to.counter("kindred_rounds_total", "Rounds of models opened.", probe.rounds, learner);
    to.counter("kindred_rounds_by_changes_total",
               "Rounds solved from who changed and the sums of the round before.", probe.rounds_by_changes,
               learner);
    to.metrics.gauge("kindred_round_sums_bytes", "Sums kept for the next round.", learner,
                     [&probe] { return value_of(probe.sums_bytes); });
    to.counter("kindred_rounds_abandoned_total", "Rounds given up: a cut lost, a shard silent, the log full.",
               probe.rounds_abandoned, learner);
    to.counter("kindred_round_passes_total", "Statistics asked of all partitions.", probe.passes, learner);
    to.counter("kindred_models_published_total", "Manifests that the models log took.", probe.published,
               learner);
    to.counter("kindred_models_refused_total", "Manifests that another one came before.", probe.refused,
               learner);
    to.metrics.gauge("kindred_round_seconds", "Of the last round, from its first cut to its end.", learner,
                     [&probe] { return value_of(probe.round_us) * kMicro; });
  }
  const auto& models = actors.models_probe();
  to.counter("kindred_manifests_taken_total", "Manifests folded and taken.", models.manifests_taken);
  to.counter("kindred_manifests_refused_total",
             "Manifests refused by the fold: not the next generation, or no sound model.",
             models.manifests_refused);
  to.counter("kindred_chunks_refused_total", "Parts of models refused by the fold.", models.chunks_refused);
}

void describe_links(const MetricSources& from, MetricWriter to) {
  to.counter("kindred_zmq_requests_total", "Requests received over ZeroMQ.", from.zmq.received);
  to.counter("kindred_zmq_batches_total", "Batches that requests over ZeroMQ were handed on in.",
             from.zmq.batches);
  to.counter("kindred_zmq_received_bytes_total", "Bytes of requests received over ZeroMQ.",
             from.zmq.received_bytes);
  to.counter("kindred_zmq_answers_total", "Answers given to ZeroMQ.", from.zmq.answered);
  to.counter("kindred_zmq_answers_lost_total", "Answers whose peer was gone or too slow.",
             from.zmq.answers_lost);
  to.counter("kindred_zmq_expired_total", "Requests that nobody answered.", from.zmq.expired);
  to.counter("kindred_zmq_notifications_dropped_total", "Notifications past the bound of waiting ones.",
             from.zmq.notifications_dropped);
  to.gauge("kindred_zmq_outstanding", "Requests over ZeroMQ without an answer yet.", from.zmq.outstanding);
  for (std::size_t i = 0; i < kRefusalNames.size(); ++i)
    to.counter("kindred_zmq_refused_total", "Requests turned away undecoded, by reason.", from.zmq.refused[i],
               {{"reason", kRefusalNames[i]}});
  if (!from.http) return;
  to.counter("kindred_http_requests_total", "HTTP requests.", from.http->requests);
  to.counter("kindred_http_timed_out_total", "HTTP requests that nobody answered in time.",
             from.http->timed_out);
  to.gauge("kindred_http_connections", "HTTP connections now.", from.http->open);
  for (std::size_t i = 1; i < from.http->replies.size(); ++i)
    to.counter("kindred_http_replies_total", "HTTP replies, by class of status.", from.http->replies[i],
               {{"status", std::to_string(i) + "xx"}});
}

void describe_log_keeper(const actors::log_keeper::Probe& probe, MetricWriter to) {
  to.counter("kindred_log_trims_total", "Times this node trimmed a partition's log (log_kept_seconds).",
             probe.trims);
  to.counter("kindred_log_trims_failed_total", "Times it could not look, or trim, or sync its state before.",
             probe.failed);
  to.counter("kindred_log_trims_dropped_total",
             "Times the map changed, or a replica fell behind, between look and trim.", probe.not_all);
}

} // namespace

void describe(const MetricSources& from, Metrics& metrics) {
  metrics.gauge("kindred_ready", "1 while the node answers everything it is asked.", {},
                [ready = from.ready] { return ready() ? 1.0 : 0.0; });
  metrics.counter("kindred_actor_restarts_total", "Actors that ended and were made again.", {},
                  [&actors = from.actors] { return static_cast<double>(actors.restarts()); });
  describe_requests(from.actors.gateway_probe(), {metrics});
  describe_log(from, {metrics});
  describe_fold(from.actors, metrics);
  describe_versions(from.actors, metrics);
  describe_decisions(from.actors, metrics);
  MetricWriter{metrics}.durations("kindred_decision_duration_seconds",
                                  "From taking a request that decides to its answer.",
                                  [&actors = from.actors] {
                                    std::vector parts{&actors.gateway_probe().decisions_took};
                                    for (const auto& shard : actors.shards())
                                      parts.push_back(&shard->probe.decisions_took);
                                    return parts;
                                  });
  describe_models(from, {metrics});
  describe_rounds(from.actors, {metrics});
  describe_links(from, {metrics});
  describe_log_keeper(from.actors.log_keeper_probe(), {metrics});
  metrics.gauge(
      "kindred_log_unheard_seconds",
      "How old what was heard of the log may be, the worst of the ready partitions; above 3 other nodes "
      "are asked, and else answers say their age.",
      {}, [&actors = from.actors] { return static_cast<double>(actors.log_unheard().us) / 1e6; });
  if (from.cluster != nullptr) describe_cluster(from.actors, *from.cluster, {metrics});
}

} // namespace kindred::node

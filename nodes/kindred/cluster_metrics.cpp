#include "nodes/kindred/cluster_metrics.hpp"

namespace kindred::node {

using adapters::Metrics;

namespace {

void describe_members(const actors::cluster::Probe& probe, MetricWriter to) {
  const char* const members = "kindred_cluster_members";
  const char* const help = "Nodes that the control log tells of, by state; draining ones are present, too.";
  to.gauge(members, help, probe.members_present, {{"state", "present"}});
  to.gauge(members, help, probe.members_draining, {{"state", "draining"}});
  to.gauge(members, help, probe.members_silent, {{"state", "silent"}});
  to.gauge(members, help, probe.members_too_old, {{"state", "tooOld"}});
  to.gauge("kindred_cluster_first_partitions", "Partitions the map has this node first for.", probe.first_of);
  to.gauge("kindred_cluster_partitions", "Partitions the map has this node as a replica of.",
           probe.replica_of);
  to.counter("kindred_cluster_maps_total", "Times the map changed.", probe.maps);
  to.counter("kindred_cluster_beats_total", "What this node said in the control log.", probe.beats);
  to.counter("kindred_cluster_beats_failed_total",
             "The same that the log did not take, or gave no verdict on.", probe.beats_failed);
  to.counter("kindred_cluster_records_total", "Records of the control log folded.", probe.records);
  to.counter("kindred_cluster_records_ignored_total",
             "Of these, about other clusters, unknown nodes or lives that are over.", probe.records_ignored);
  to.counter("kindred_cluster_foreign_entries_total",
             "Entries of the control log that are none of ours: skipped.", probe.foreign_entries);
  to.counter("kindred_cluster_drains_dropped_total",
             "Operators' wishes dropped because too many waited for the log: ask again.",
             probe.drains_dropped);
  to.counter("kindred_cluster_trims_total", "Times this node trimmed the control log.", probe.trims);
  to.counter("kindred_cluster_trims_failed_total", "Times it could not.", probe.trims_failed);
  to.gauge("kindred_cluster_control_entries", "Entries of the control log that are kept.",
           probe.kept_entries);
}

void describe_peering(const actors::peering::Probe& probe, MetricWriter to) {
  to.counter("kindred_peer_parts_total", "Parts of requests asked of other nodes.", probe.parts);
  to.counter("kindred_peer_parts_failed_total", "Attempts at one node that brought no answer.",
             probe.parts_failed);
  to.counter("kindred_peer_parts_hedged_total", "Attempts at a further node while one was slow.",
             probe.parts_hedged);
  to.counter("kindred_peer_parts_late_total", "Parts that nobody answered in time.", probe.parts_late);
  to.gauge("kindred_peer_parts_open", "Parts without an answer yet.", probe.parts_open);
  to.counter("kindred_peer_relayed_total", "Reads of one user handed to another node as they came.",
             probe.relayed);
  to.counter("kindred_peer_relays_failed_total",
             "Of these, those that the gateway got for want of an answer.", probe.relays_failed);
  to.counter("kindred_peer_served_total", "Parts and steps of rounds taken from other nodes.", probe.served);
  to.counter("kindred_peer_not_here_total", "Those refused, since this node does not have the partition.",
             probe.not_here);
  to.counter("kindred_peer_busy_total", "Those refused, since too many were under way.", probe.busy);
  to.counter("kindred_peer_malformed_total", "Payloads of other nodes that could not be read.",
             probe.malformed);
  to.counter("kindred_peer_checkpoints_fetched_total",
             "Partitions of which a checkpoint came from another node.", probe.fetched);
  to.counter("kindred_peer_checkpoints_not_fetched_total",
             "Partitions that began from what was stored here, or from the log.", probe.not_fetched);
  to.counter("kindred_peer_checkpoint_bytes_total", "Bytes of checkpoints that came.", probe.fetched_bytes);
  to.counter("kindred_peer_checkpoint_parts_total", "Parts of checkpoints handed out to other nodes.",
             probe.handed_out);
  to.counter("kindred_peer_spaces_emptied_total",
             "Partitions left, of which nothing is stored here any more.", probe.emptied);
  to.counter("kindred_peer_digests_compared_total", "Digests of a partition compared with another replica's.",
             probe.digests_compared);
  to.counter("kindred_peer_digests_differ_total",
             "Of these, others than the replica's: one of both folded wrongly. Never, or an alarm.",
             probe.digests_differ);
  to.counter("kindred_peer_round_steps_total", "Steps of rounds asked of other nodes.", probe.round_steps);
  to.counter("kindred_peer_round_steps_lost_total", "Those that brought nothing: the round is opened again.",
             probe.round_steps_lost);
}

void describe_peers(const NodeCluster& cluster, MetricWriter to) {
  for (std::size_t i = 0; i < ports::kPeerStates; ++i) {
    const auto state = static_cast<ports::PeerState>(i);
    to.metrics.gauge("kindred_cluster_peers", "Configured peers, by the state of the link to them.",
                     {{"state", std::string(name_of(state))}},
                     [&cluster, state] { return static_cast<double>(cluster.peers_in(state)); });
  }
  const adapters::PeerProbe& probe = cluster.link_probe();
  constexpr std::array<const char*, ports::kPeerPriorities> kPriorities{"request", "statistic", "checkpoint"};
  for (std::size_t i = 0; i < kPriorities.size(); ++i)
    to.counter("kindred_cluster_asks_total", "What peers were asked, by priority.", probe.asks[i],
               {{"priority", kPriorities[i]}});
  for (std::size_t i = 1; i < ports::kPeerErrors; ++i)
    to.counter("kindred_cluster_asks_failed_total", "Asks without an answer, by reason.", probe.failed[i],
               {{"reason", std::string(name_of(static_cast<ports::PeerError>(i)))}});
  for (std::size_t i = 1; i < peers::kRefusals; ++i) {
    const Metrics::Labels reason{{"reason", std::string(peers::name_of(static_cast<peers::Refusal>(i)))}};
    to.counter("kindred_cluster_refused_total", "Hellos and asks of peers turned away.", probe.refused[i],
               reason);
    to.counter("kindred_cluster_refused_by_peers_total", "Hellos and asks of this node turned away by peers.",
               probe.refused_us[i], reason);
  }
  to.counter("kindred_cluster_denied_keys_total", "Connections whose key is not pinned.", probe.denied_keys);
  to.counter("kindred_cluster_answers_total", "Asks that peers answered.", probe.answers);
  to.counter("kindred_cluster_asked_total", "Asks of peers that were handed on.", probe.asked);
  to.counter("kindred_cluster_answered_total", "Of these, answers sent.", probe.answered);
  to.counter("kindred_cluster_answered_late_total",
             "Of these, answers that came too late, or whose peer was gone.", probe.answered_late);
  to.counter("kindred_cluster_sent_bytes_total", "Payloads sent to peers.", probe.bytes_out);
  to.counter("kindred_cluster_received_bytes_total", "Payloads received from peers.", probe.bytes_in);
  to.counter("kindred_cluster_misframed_total", "Messages of peers that are none of ours.", probe.misframed);
}

} // namespace

void describe_cluster(const Actors& actors, const NodeCluster& cluster, MetricWriter to) {
  describe_members(cluster.probe(), to);
  describe_peers(cluster, to);
  describe_peering(actors.peering_probe(), to);
}

} // namespace kindred::node

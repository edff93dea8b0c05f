#pragma once

#include "nodes/kindred/actors.hpp"
#include "nodes/kindred/metric_writer.hpp"

namespace kindred::node {

/// Names the series of a node that has peers: the members and their map, links, checkpoints and rounds between nodes.
void describe_cluster(const Actors& actors, const NodeCluster& cluster, MetricWriter to);

} // namespace kindred::node

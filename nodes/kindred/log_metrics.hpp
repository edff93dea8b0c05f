#pragma once

#include "nodes/kindred/metric_writer.hpp"
#include "nodes/kindred/node_metrics.hpp"

namespace kindred::node {

/// Names the series of what a node stores: its log, its state, and the memory between them.
void describe_log(const MetricSources& sources, MetricWriter to);

} // namespace kindred::node

"""What a round does to a cluster: one fault, held for a while, then healed. A fault is a function (cluster, chance, hold_s,
mark) that comes back when it is healed as far as it was the fault's: what died runs again, what was stopped goes on. `mark`
is called with words when the fault begins, and when it is healed.
"""

import time

import kafka_metadata
import layout
import processes

NODE_AWAY_S, BROKER_AWAY_S = 8, 12  # between a death and the new start


def leader(cluster, chance):
    """The broker that leads a partition of the events, chosen by chance; and the partition."""
    for broker in cluster.plan["brokers"]:
        metadata = kafka_metadata.ask(broker["port"])
        parts = (metadata or {"topics": {}})["topics"].get(layout.PREFIX + "events")
        if not parts:
            continue
        partition = chance.choice(sorted(parts))
        for other in cluster.plan["brokers"]:
            if other["id"] == parts[partition]["leader"]:
                return other, partition
    raise processes.NotInTime("no broker says who leads the events")


def killed(cluster, members, away_s, mark, words):
    mark("fault", what=words)
    for member in members:
        cluster.kill(member)
    time.sleep(away_s)
    for member in members:
        cluster.begin(member)
    mark("healed")


def stopped(cluster, member, hold_s, mark, words):
    mark("fault", what=words)
    cluster.freeze(member)
    try:
        time.sleep(hold_s)
    finally:
        cluster.thaw(member)
    mark("healed")


def node_killed(cluster, chance, hold_s, mark):
    node = chance.choice(cluster.plan["nodes"])
    killed(cluster, [node], NODE_AWAY_S, mark, f"SIGKILL of node {node['name']}")


def leader_killed(cluster, chance, hold_s, mark):
    broker, partition = leader(cluster, chance)
    killed(cluster, [broker], BROKER_AWAY_S, mark, f"SIGKILL of {broker['name']}, which leads partition {partition}")


def nodes_killed(cluster, chance, hold_s, mark):
    killed(cluster, cluster.plan["nodes"], 0, mark, "SIGKILL of all nodes")


def brokers_killed(cluster, chance, hold_s, mark):
    killed(cluster, cluster.plan["brokers"], 0, mark, "SIGKILL of all brokers")


def node_stopped(cluster, chance, hold_s, mark):
    node = chance.choice(cluster.plan["nodes"])
    stopped(cluster, node, hold_s, mark, f"SIGSTOP of node {node['name']} for {hold_s} s")


def leader_stopped(cluster, chance, hold_s, mark):
    broker, partition = leader(cluster, chance)
    stopped(cluster, broker, hold_s, mark, f"SIGSTOP of {broker['name']}, which leads partition {partition}, for {hold_s} s")


FAULTS = {
    "node-kill": node_killed,
    "leader-kill": leader_killed,
    "nodes-kill": nodes_killed,
    "brokers-kill": brokers_killed,
    "node-stop": node_stopped,
    "leader-stop": leader_stopped,
}

"""What a round does to a cluster: one fault, held for a while, then healed. A fault is a function (cluster, chance, hold_s,
mark) that comes back when it is healed as far as it was the fault's: what died runs again, what was stopped goes on. `mark`
is called with words when the fault begins, and when it is healed.
"""

import errno
import time

import kafka_metadata
import layout
import processes

NODE_AWAY_S, BROKER_AWAY_S = 8, 12  # between a death and the new start
FLAP_AWAY_S, FLAP_THERE_S = 4, 1.5  # a request's patience is 3 s
SLOW_MS, JITTER_MS = 30, 60  # of a slow cable, each way; so packets overtake each other


def leader(cluster, chance):
    """The broker that leads a partition of the events, chosen by chance; and the partition."""
    for broker in cluster.plan["brokers"]:
        metadata = kafka_metadata.ask(layout.at(broker, "port"))
        parts = (metadata or {"topics": {}})["topics"].get(layout.PREFIX + "events")
        if not parts:
            continue
        partition = chance.choice(sorted(parts))
        for other in cluster.plan["brokers"]:
            if other["id"] == parts[partition]["leader"]:
                return other, partition
    raise processes.NotInTime("no broker says who leads the events")


def led_without(cluster, broker):
    """Whether, as the other brokers see it, every partition is led by one of them."""
    for other in cluster.plan["brokers"]:
        metadata = kafka_metadata.ask(layout.at(other, "port"), timeout_s=0.5) if other is not broker else None
        if metadata is not None:
            return all(part["leader"] not in (-1, broker["id"]) for name, parts in metadata["topics"].items()
                       if name.startswith(layout.PREFIX) for part in parts.values())
    return False


def away(cluster, members, away_s, mark):
    """Lets the time go by; of one broker, marks when the brokers have found other leaders: what is longer is Kindred's."""
    until = time.monotonic() + away_s
    watched = members[0] if len(members) == 1 and cluster.is_broker(members[0]) else None
    while time.monotonic() < until:
        if watched and led_without(cluster, watched):
            mark("led", what="other brokers lead")
            watched = None
        time.sleep(min(0.1, max(0.0, until - time.monotonic())))


def killed(cluster, members, away_s, mark, words):
    mark("fault", what=words)
    for member in members:
        cluster.kill(member)
    away(cluster, members, away_s, mark)
    for member in members:
        cluster.begin(member)
    mark("healed")


def stopped(cluster, member, hold_s, mark, words):
    mark("fault", what=words)
    cluster.freeze(member)
    try:
        away(cluster, [member], hold_s, mark)
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


def disk_full(cluster, chance, hold_s, mark):
    """Of the node that has a small disk of its own (torture.py gives it one where mounting is allowed)."""
    disk = cluster.small_disks()[0]
    filler = disk / "filler"
    mark("fault", what=f"full disk of node {disk.parent.name}")
    until = time.monotonic() + hold_s
    try:
        with open(filler, "wb", buffering=0) as file:
            while time.monotonic() < until:  # what the node lets go of meanwhile is taken, too
                try:
                    file.write(bytes(1 << 16))
                except OSError as why:
                    if why.errno != errno.ENOSPC:
                        raise
                    time.sleep(0.05)
    finally:
        filler.unlink()
    mark("healed")


# ---- of the network: the cluster's members have namespaces of their own (network.py) ----

def names_of(members):
    return [member["name"] for member in members]


def both_ways(one, others):
    return [(one, other) for other in others] + [(other, one) for other in others]


def cut(cluster, pairs, hold_s, mark, words, watched=()):
    """Drops what goes from one to another, for all these (from, to)."""
    mark("fault", what=words)
    cluster.network.cut(pairs)
    try:
        away(cluster, watched, hold_s, mark)
    finally:
        words = f"healed; {cluster.network.dropped()} packets were dropped"
        cluster.network.heal()
    mark("healed", what=words)


def some_node(cluster, chance):
    """(its name, the names of the others, those of the brokers)"""
    name = chance.choice(cluster.plan["nodes"])["name"]
    return name, [other for other in names_of(cluster.plan["nodes"]) if other != name], names_of(cluster.plan["brokers"])


def brokers_cut(cluster, chance, hold_s, mark):
    node, _, brokers = some_node(cluster, chance)
    cut(cluster, both_ways(node, brokers), hold_s, mark, f"node {node} cut from all brokers for {hold_s} s")


def peers_cut(cluster, chance, hold_s, mark):
    node, peers, _ = some_node(cluster, chance)
    cut(cluster, both_ways(node, peers), hold_s, mark, f"node {node} cut from the other nodes for {hold_s} s")


def both_cut(cluster, chance, hold_s, mark):
    node, peers, brokers = some_node(cluster, chance)
    cut(cluster, both_ways(node, peers + brokers), hold_s, mark, f"node {node} cut from nodes and brokers for {hold_s} s")


def out_cut(cluster, chance, hold_s, mark):
    node, peers, brokers = some_node(cluster, chance)
    cut(cluster, [(node, other) for other in peers + brokers], hold_s, mark,
        f"what node {node} sends to nodes and brokers is dropped for {hold_s} s")


def in_cut(cluster, chance, hold_s, mark):
    node, peers, brokers = some_node(cluster, chance)
    cut(cluster, [(other, node) for other in peers + brokers], hold_s, mark,
        f"what nodes and brokers send to node {node} is dropped for {hold_s} s")


def leader_cut(cluster, chance, hold_s, mark):
    node, _, _ = some_node(cluster, chance)
    broker, partition = leader(cluster, chance)
    cut(cluster, both_ways(node, [broker["name"]]), hold_s, mark,
        f"node {node} cut from {broker['name']}, which leads partition {partition}, and from it only, for {hold_s} s")


def broker_cut(cluster, chance, hold_s, mark):
    broker, partition = leader(cluster, chance)
    others = [name for name in names_of(cluster.members()) if name != broker["name"]]
    cut(cluster, both_ways(broker["name"], others), hold_s, mark,
        f"{broker['name']}, which leads partition {partition}, cut from everybody for {hold_s} s", [broker])


def broker_alone(cluster, chance, hold_s, mark):
    """It goes on to answer nodes, and does not learn that others lead."""
    broker, partition = leader(cluster, chance)
    others = [name for name in names_of(cluster.plan["brokers"]) if name != broker["name"]]
    cut(cluster, both_ways(broker["name"], others), hold_s, mark,
        f"{broker['name']}, which leads partition {partition}, cut from the other brokers only, for {hold_s} s", [broker])


def broker_flaps(cluster, chance, hold_s, mark):
    """Again and again for longer than a request of a producer lasts, and there again before all has been sent anew: what makes
    an idempotent producer give up for good (FATAL), where anything does."""
    broker, partition = leader(cluster, chance)
    others = [name for name in names_of(cluster.members()) if name != broker["name"]]
    mark("fault", what=f"{broker['name']}, which leads partition {partition}, is cut from everybody for {FLAP_AWAY_S} s and there again "
                       f"for {FLAP_THERE_S} s, over {hold_s} s")
    until = time.monotonic() + hold_s
    try:
        while time.monotonic() < until:
            cluster.network.cut(both_ways(broker["name"], others))
            away(cluster, [], FLAP_AWAY_S, mark)
            cluster.network.heal()
            away(cluster, [], FLAP_THERE_S, mark)
    finally:
        cluster.network.heal()
    mark("healed")


def no_route(cluster, chance, hold_s, mark):
    node, peers, brokers = some_node(cluster, chance)
    mark("fault", what=f"node {node} has no route to nodes and brokers for {hold_s} s")
    cluster.network.take_routes(node, peers + brokers)
    try:
        away(cluster, [], hold_s, mark)
    finally:
        cluster.network.give_routes(node, peers + brokers)
    mark("healed")


def slow_link(cluster, chance, hold_s, mark):
    node, _, _ = some_node(cluster, chance)
    mark("fault", what=f"the cable of node {node} takes {SLOW_MS} to {SLOW_MS + JITTER_MS} ms for {hold_s} s")
    try:
        cluster.network.slow(node, SLOW_MS, JITTER_MS, cluster.directory / "nodes" / node / "slow_wire.log")
        away(cluster, [], hold_s, mark)
    finally:
        cluster.network.quick(node)
    mark("healed")


OF_NETWORK = {
    "cut-brokers": brokers_cut,
    "cut-peers": peers_cut,
    "cut-both": both_cut,
    "cut-one-way-out": out_cut,
    "cut-one-way-in": in_cut,
    "cut-leader": leader_cut,
    "broker-cut": broker_cut,
    "broker-alone": broker_alone,
    "broker-flap": broker_flaps,
    "no-route": no_route,
    "slow-link": slow_link,
}

FAULTS = {
    "node-kill": node_killed,
    "leader-kill": leader_killed,
    "nodes-kill": nodes_killed,
    "brokers-kill": brokers_killed,
    "node-stop": node_stopped,
    "leader-stop": leader_stopped,
    "node-disk": disk_full,
    **OF_NETWORK,
}

"""What an operator does to a cluster on purpose, in a round: node after node is started anew, one more joins and goes, other
programs take over. Clients may wait for it, and call again; none of their calls may be given up (torture.py sees to that).

An act is a function (cluster, chance, load, told, mark) that comes back when it is done. `mark` is called with words and seconds when
it begins, at each of its steps, and at its end. Raises processes.NotInTime where a step is not done, or not in time.
"""

import time

import layout
import member_http
import processes

CAUGHT_UP_WITHIN_S = 120  # asked of a node that joins, and of one that was started anew
ACTIVATED_WITHIN_S = 120


def http_of(node):
    return layout.at(node, "http")


def restarted(cluster, node, programs, mark):
    """Ended in order, started from these programs (None: the cluster's own); until it is ready and everybody has caught up."""
    ended_s, began = cluster.end_in_peace(node), time.monotonic()
    node["programs"] = programs and str(programs)
    cluster.begin(node)
    cluster.wait(lambda: member_http.is_ready(http_of(node)), f"{node['name']} is ready", CAUGHT_UP_WITHIN_S, cluster.members())
    ready_s = time.monotonic() - began
    cluster.wait(cluster.caught_up, f"all have caught up after {node['name']} was started", CAUGHT_UP_WITHIN_S, cluster.members())
    caught_up_s = time.monotonic() - began
    mark("step", node=node["name"], endedS=round(ended_s, 3), readyS=round(ready_s, 3), caughtUpS=round(caught_up_s, 3),
         what=f"{node['name']} ended in {ended_s:.2f} s, was ready {ready_s:.1f} s and caught up {caught_up_s:.1f} s after its start")


def in_turn(cluster, chance, programs, mark):
    for node in chance.sample(cluster.plan["nodes"], len(cluster.plan["nodes"])):
        restarted(cluster, node, programs, mark)


def rolling_restart(cluster, chance, load, told, mark):
    mark("fault", what="every node in turn is ended with SIGTERM and started again")
    in_turn(cluster, chance, None, mark)
    mark("healed")


def node_joins(cluster, chance, load, told, mark):
    other = chance.choice(cluster.plan["nodes"])
    node = cluster.enlist()
    mark("fault", what=f"node {node['name']} joins, serves, is drained and removed")
    serve(cluster, node, other, mark)
    load.ask_also(node["name"], http_of(node), layout.at(node, "listen"))
    load.calm()
    asked = member_http.metric(http_of(node), "kindred_peer_served_total")
    if not asked:
        raise processes.NotInTime(f"{node['name']} has its share, and nobody asks it")
    leave(cluster, node, other, load, mark)
    mark("healed", what=f"{node['name']} is removed; {asked:.0f} parts of requests were asked of it")


def serve(cluster, node, other, mark):
    """`other` is asked to have it in the map: the log may still know it as one that was drained."""
    began = time.monotonic()
    cluster.begin(node)
    cluster.wait(lambda: member_http.is_ready(http_of(node)), f"{node['name']} is ready", CAUGHT_UP_WITHIN_S, cluster.members())
    ready_s = time.monotonic() - began
    cluster.ctl(cluster.programs, other, "cluster", "join", node["name"], "--wait", str(CAUGHT_UP_WITHIN_S),
                within_s=2 * CAUGHT_UP_WITHIN_S)
    cluster.wait(cluster.caught_up, f"{node['name']} serves its share", CAUGHT_UP_WITHIN_S, cluster.members())
    serves_s = time.monotonic() - began
    mark("step", node=node["name"], readyS=round(ready_s, 3), servesS=round(serves_s, 3),
         what=f"{node['name']} was ready {ready_s:.1f} s and served its share {serves_s:.1f} s after its start")
    if serves_s > CAUGHT_UP_WITHIN_S:
        raise processes.NotInTime(f"{node['name']} served its share after {serves_s:.0f} s; asked were {CAUGHT_UP_WITHIN_S} s")


def leave(cluster, node, other, load, mark):
    """Drained; then clients ask it no more, and nobody may ask it for anything; then it ends."""
    began = time.monotonic()
    cluster.ctl(cluster.programs, other, "cluster", "drain", node["name"], "--wait", str(CAUGHT_UP_WITHIN_S),
                within_s=2 * CAUGHT_UP_WITHIN_S)
    everybody = [http_of(one) for one in cluster.plan["nodes"]]
    cluster.wait(lambda: all(map(member_http.moved, everybody)), f"{node['name']} has left its partitions", CAUGHT_UP_WITHIN_S,
                 cluster.members())
    drained_s = time.monotonic() - began
    load.ask_no_more(node["name"])
    before = member_http.metric(http_of(node), "kindred_peer_served_total")
    load.calm()
    after = member_http.metric(http_of(node), "kindred_peer_served_total")
    ended_s = cluster.end_in_peace(node)
    cluster.dismiss(node)
    mark("step", node=node["name"], drainedS=round(drained_s, 3), endedS=round(ended_s, 3),
         what=f"{node['name']} was drained in {drained_s:.1f} s and ended in {ended_s:.2f} s")
    if before is None or after != before:
        raise processes.NotInTime(f"{node['name']} was drained, and still asked: {before} parts, then {after}")


def activate(cluster, node, programs, mark):
    """Through one node; until all know it."""
    before, began = member_http.fold_active(http_of(node)), time.monotonic()
    cluster.ctl(programs, node, "cluster", "activate", within_s=ACTIVATED_WITHIN_S)

    def is_active():
        told = {member_http.fold_active(http_of(one)) for one in cluster.plan["nodes"]}
        return len(told) == 1 and None not in told and told.pop() > before
    cluster.wait(is_active, "all know that a newer version of the fold is active", ACTIVATED_WITHIN_S, cluster.members())
    active_s = time.monotonic() - began
    mark("step", activatedS=round(active_s, 3), what=f"a newer version of the fold was activated, and known to all after {active_s:.1f} s")


def rolling_upgrade(cluster, chance, load, told, mark):
    """Forward, back as long as that is possible, forward again, and activated: from then on the first programs must not run."""
    mark("fault", what="every node in turn is ended and started from the next programs; then all back; then forward again")
    for way, programs in (("forward", told.next_bin), ("back", None), ("forward again", told.next_bin)):
        in_turn(cluster, chance, programs, mark)
        mark("step", way=way, what=f"all nodes went {way}")
    if told.no_activate:
        mark("step", what="not activated, as told")
    else:
        activate(cluster, chance.choice(cluster.plan["nodes"]), told.next_bin, mark)
    load.calm()
    mark("healed")


ACTS = {
    "rolling-restart": rolling_restart,
    "node-joins": node_joins,
    "rolling-upgrade": rolling_upgrade,
}
# It begins with a new cluster (a node that was removed minutes ago, with the first programs, forbids to activate what it has not), and the
# cluster's own programs can not go on with it.
ALONE_IN_A_CLUSTER = {"rolling-upgrade"}

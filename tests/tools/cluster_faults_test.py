"""tools/cluster/faults.py over a cluster that only notes what is done to it: who is hurt, and that all is healed again."""

import pathlib
import random
import sys
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import faults


def metadata(*leaders):
    return {"brokers": {}, "controller": 1, "topics": {
        "kindred.events": {n: {"leader": leader, "replicas": [], "inSync": []} for n, leader in enumerate(leaders)},
        "other": {0: {"leader": -1, "replicas": [], "inSync": []}}}}


class Noted:
    """Three brokers and two nodes; every act is written down."""

    def __init__(self):
        self.plan = {"brokers": [{"name": f"broker-{n}", "host": "h", "id": n, "port": n, "controller": 0} for n in (1, 2, 3)],
                     "nodes": [{"name": "a"}, {"name": "b"}]}
        self.done = []
        self.directory = pathlib.Path("somewhere")
        self.network = self
        self.dropped = lambda: 7

    def members(self):
        return [*self.plan["brokers"], *self.plan["nodes"]]

    def cut(self, pairs):
        self.done.append(set(pairs))

    def take_routes(self, name, others):
        self.done.append(f"no route from {name} to {' '.join(others)}")

    def is_broker(self, member):
        return "controller" in member

    def __getattr__(self, act):
        if act in ("heal", "give_routes", "slow", "quick"):
            return lambda *told: self.done.append(" ".join([act, *told[:1]]))
        if act not in ("kill", "begin", "freeze", "thaw"):
            raise AttributeError(act)
        return lambda member: self.done.append(f"{act} {member['name']}")

    def mark(self, name, **_):
        self.done.append(name)


class Faults(unittest.TestCase):
    def done(self, fault, *leaders, seed=1):
        cluster = Noted()
        with mock.patch.object(faults.kafka_metadata, "ask", lambda address, timeout_s=2.0: metadata(*leaders)), \
                mock.patch.object(faults, "NODE_AWAY_S", 0.01), mock.patch.object(faults, "BROKER_AWAY_S", 0.01):
            faults.FAULTS[fault](cluster, random.Random(seed), 0.01, cluster.mark)
        return cluster.done

    def test_a_node(self):
        for fault, hurt, heal in (("node-kill", "kill", "begin"), ("node-stop", "freeze", "thaw")):
            done = self.done(fault, 1)
            name = done[1].split()[1]
            self.assertIn(name, "ab")
            self.assertEqual(done, ["fault", f"{hurt} {name}", f"{heal} {name}", "healed"])

    def test_the_leader_and_when_others_lead(self):
        self.assertEqual(self.done("leader-kill", 3, 3), ["fault", "kill broker-3", "begin broker-3", "healed"])
        self.assertEqual(self.done("leader-stop", 2, 2), ["fault", "freeze broker-2", "thaw broker-2", "healed"])

    def test_all_at_once(self):
        self.assertEqual(self.done("nodes-kill", 1), ["fault", "kill a", "kill b", "begin a", "begin b", "healed"])
        self.assertEqual([act for act in self.done("brokers-kill", 1) if act.startswith("kill")],
                         ["kill broker-1", "kill broker-2", "kill broker-3"])

    def cut_pairs(self, fault, *leaders):
        done = self.done(fault, *leaders)
        self.assertEqual([done[0], *done[2:]], ["fault", "heal", "healed"])
        return done[1]

    def test_a_node_is_cut_in_both_directions_from_those_that_are_meant(self):
        brokers = {f"broker-{n}" for n in (1, 2, 3)}
        for fault, others in (("cut-brokers", brokers), ("cut-peers", {"a", "b"}), ("cut-both", brokers | {"a", "b"}),
                              ("cut-leader", {"broker-2"})):
            pairs = self.cut_pairs(fault, 2)
            node = min({"a", "b"} & set.intersection(*map(set, pairs)))
            self.assertEqual(pairs, {pair for other in others - {node} for pair in ((node, other), (other, node))}, fault)

    def test_or_in_one(self):
        for fault, end in (("cut-one-way-out", 0), ("cut-one-way-in", 1)):
            pairs = self.cut_pairs(fault, 1)
            self.assertEqual(len(pairs), 4)
            self.assertEqual(len({pair[end] for pair in pairs}), 1)
            self.assertIn(next(iter(pairs))[end], "ab")

    def test_the_broker_that_leads_is_cut_from_all_or_from_its_like(self):
        self.assertEqual(len(self.cut_pairs("broker-cut", 3)), 8)
        self.assertEqual(self.cut_pairs("broker-alone", 3), {pair for other in ("broker-1", "broker-2")
                                                             for pair in (("broker-3", other), (other, "broker-3"))})

    def test_a_broker_that_comes_and_goes_is_there_at_the_end(self):
        with mock.patch.object(faults, "FLAP_AWAY_S", 0.01), mock.patch.object(faults, "FLAP_THERE_S", 0.01):
            done = self.done("broker-flap", 3)
        self.assertEqual(len(done[1]), 8)
        self.assertEqual((done[0], done[2], done[-2:]), ("fault", "heal", ["heal", "healed"]))

    def test_a_node_without_routes_and_one_with_a_slow_cable_get_them_back(self):
        done = self.done("no-route", 1)
        self.assertRegex(done[1], "no route from [ab] to [ab] broker-1 broker-2 broker-3")
        self.assertEqual(done[2:], [f"give_routes {done[1].split()[3]}", "healed"])
        done = self.done("slow-link", 1)
        self.assertEqual(done[2:], [done[1].replace("slow", "quick"), "healed"])

    def test_a_cut_is_healed_where_the_round_is_interrupted(self):
        cluster = Noted()
        with mock.patch.object(faults, "away", side_effect=KeyboardInterrupt):
            for fault, healed in (("cut-both", "heal"), ("no-route", "give_routes"), ("slow-link", "quick")):
                with self.assertRaises(KeyboardInterrupt):
                    faults.FAULTS[fault](cluster, random.Random(1), 1, cluster.mark)
                self.assertEqual(cluster.done[-1].split()[0], healed)

    def test_others_lead_once_no_partition_of_ours_waits_for_the_dead_one(self):
        cluster = Noted()
        dead = cluster.plan["brokers"][0]
        for leaders, led in (((1, 2), False), ((-1, 2), False), ((3, 2), True)):
            with mock.patch.object(faults.kafka_metadata, "ask", lambda address, timeout_s: metadata(*leaders)):
                self.assertEqual(faults.led_without(cluster, dead), led)

    def test_the_same_seed_hurts_the_same(self):
        self.assertEqual(self.done("leader-kill", 1, 2, 3, seed=4), self.done("leader-kill", 1, 2, 3, seed=4))


if __name__ == "__main__":
    sys.exit(unittest.main())

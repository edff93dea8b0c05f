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
        self.plan = {"brokers": [{"name": f"broker-{n}", "id": n, "port": n, "controller": 0} for n in (1, 2, 3)],
                     "nodes": [{"name": "a"}, {"name": "b"}]}
        self.done = []

    def is_broker(self, member):
        return "controller" in member

    def __getattr__(self, act):
        if act not in ("kill", "begin", "freeze", "thaw"):
            raise AttributeError(act)
        return lambda member: self.done.append(f"{act} {member['name']}")

    def mark(self, name, **_):
        self.done.append(name)


class Faults(unittest.TestCase):
    def done(self, fault, *leaders, seed=1):
        cluster = Noted()
        with mock.patch.object(faults.kafka_metadata, "ask", lambda port, timeout_s=2.0: metadata(*leaders)), \
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

    def test_others_lead_once_no_partition_of_ours_waits_for_the_dead_one(self):
        cluster = Noted()
        dead = cluster.plan["brokers"][0]
        for leaders, led in (((1, 2), False), ((-1, 2), False), ((3, 2), True)):
            with mock.patch.object(faults.kafka_metadata, "ask", lambda port, timeout_s: metadata(*leaders)):
                self.assertEqual(faults.led_without(cluster, dead), led)

    def test_the_same_seed_hurts_the_same(self):
        self.assertEqual(self.done("leader-kill", 1, 2, 3, seed=4), self.done("leader-kill", 1, 2, 3, seed=4))


if __name__ == "__main__":
    sys.exit(unittest.main())

"""tools/cluster/operators.py over a cluster that only notes what is done to it: who is started anew in which order and from which
programs, that a node that joins is gone again, and when a round is not kept."""

import pathlib
import random
import sys
import types
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import operators
import processes


class Noted:
    """Two nodes and a spare; every act is written down."""

    def __init__(self):
        def node(name):
            return {"name": name, "host": "h", "http": name, "listen": name, "programs": None}
        self.plan = {"brokers": [], "nodes": [node("a"), node("b")], "spares": [node("d")]}
        self.done, self.steps, self.programs = [], [], "here"

    def members(self):
        return self.plan["nodes"]

    def enlist(self):
        self.plan["nodes"].append(self.plan["spares"].pop())
        self.done.append("enlist d")
        return self.plan["nodes"][-1]

    def dismiss(self, node):
        self.plan["nodes"].remove(node)
        self.done.append(f"dismiss {node['name']}")

    def end_in_peace(self, node):
        self.done.append(f"end {node['name']}")
        return 0.1

    def begin(self, node):
        self.done.append(f"begin {node['name']} of {node['programs'] or self.programs}")

    def caught_up(self):
        return True

    def wait(self, holds, what, within_s, needed):
        if not holds():
            raise processes.NotInTime(what)
        self.done.append(what)

    def ctl(self, programs, node, *words, within_s):
        self.done.append(f"{programs}: {' '.join(words)}")

    def calm(self):
        self.done.append("calm")

    def ask_also(self, name, http, link):
        self.done.append(f"ask {name}")

    def ask_no_more(self, name):
        self.done.append(f"ask {name} no more")

    def mark(self, name, **more):
        (self.steps if name == "step" else self.done).append(more if name == "step" else name)


class Operators(unittest.TestCase):
    def acted(self, act, asked=(7.0, 9.0, 9.0), active=(5, 6, 6), **told):
        cluster = Noted()
        answers, versions = iter(asked), iter(active)
        with mock.patch.object(operators.member_http, "is_ready", lambda address: True), \
                mock.patch.object(operators.member_http, "moved", lambda address: True), \
                mock.patch.object(operators.member_http, "fold_active", lambda address: next(versions)), \
                mock.patch.object(operators.member_http, "metric", lambda address, name: next(answers)):
            operators.ACTS[act](cluster, random.Random(3), cluster, types.SimpleNamespace(**told), cluster.mark)
        return cluster

    def test_every_node_is_waited_for_before_the_next_one_ends(self):
        done = self.acted("rolling-restart").done
        first, second = done[1][-1], done[5][-1]
        self.assertEqual({first, second}, {"a", "b"})
        self.assertEqual(done, ["fault", *[act for name in (first, second) for act in (
            f"end {name}", f"begin {name} of here", f"{name} is ready", f"all have caught up after {name} was started")], "healed"])

    def test_a_node_that_joins_serves_and_is_gone_again(self):
        cluster = self.acted("node-joins")
        self.assertEqual(cluster.done, [
            "enlist d", "fault", "begin d of here", "d is ready", "here: cluster join d --wait 120", "d serves its share", "ask d", "calm",
            "here: cluster drain d --wait 120", "d has left its partitions", "ask d no more", "calm", "end d", "dismiss d", "healed"])
        self.assertEqual([sorted(step) for step in cluster.steps],
                         [["node", "readyS", "servesS", "what"], ["drainedS", "endedS", "node", "what"]])

    def test_nobody_may_ask_it_after_its_drain_and_somebody_must_before(self):
        with self.assertRaisesRegex(processes.NotInTime, "still asked: 9.0 parts, then 10.0"):
            self.acted("node-joins", asked=(7.0, 9.0, 10.0))
        with self.assertRaisesRegex(processes.NotInTime, "nobody asks it"):
            self.acted("node-joins", asked=(0.0,))

    def test_an_upgrade_goes_forward_back_forward_and_is_activated_at_its_end(self):
        cluster = self.acted("rolling-upgrade", next_bin=pathlib.Path("next"), no_activate=False)
        begun = [act.split()[-1] for act in cluster.done if act.startswith("begin")]
        self.assertEqual(begun, ["next", "next", "here", "here", "next", "next"])
        self.assertEqual(cluster.done[-4:], ["next: cluster activate", "all know that a newer version of the fold is active", "calm",
                                             "healed"])
        self.assertEqual([step["way"] for step in cluster.steps if "way" in step], ["forward", "back", "forward again"])

    def test_an_upgrade_that_a_node_does_not_know_of_is_none(self):
        for active in ((5, 6, 5), (5, 5, 5), (5, None, None)):
            with self.assertRaises(processes.NotInTime):
                self.acted("rolling-upgrade", active=active, next_bin=pathlib.Path("next"), no_activate=False)

    def test_nothing_is_activated_where_told_so(self):
        cluster = self.acted("rolling-upgrade", next_bin=pathlib.Path("next"), no_activate=True)
        self.assertFalse([act for act in cluster.done if "activate" in act])
        self.assertEqual(cluster.steps[-1]["what"], "not activated, as told")

    def test_the_same_seed_takes_the_same_order(self):
        self.assertEqual(self.acted("rolling-restart").done, self.acted("rolling-restart").done)


if __name__ == "__main__":
    sys.exit(unittest.main())

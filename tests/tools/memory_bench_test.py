#!/usr/bin/env python3
"""bench/speed/memory: what it tells the server is as many events of as many users as it says."""

import collections
import importlib.machinery
import importlib.util
import json
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("memory_bench", str(ROOT / "bench/speed/memory"))
memory = importlib.util.module_from_spec(importlib.util.spec_from_loader("memory_bench", loader))
loader.exec_module(memory)
NOW_MS = 1_700_000_000_000


class Lines(unittest.TestCase):
    def told(self, users=200, events=20, items=50):
        return [json.loads(line) for line in memory.lines(users, events, items, NOW_MS)]

    def test_each_user_has_as_many_events(self):
        for users in (1, 2, 5, 40, 200):
            counts = collections.Counter(event["userId"] for event in self.told(users))
            self.assertEqual(counts, {memory.name(user): 20 for user in range(users)})

    def test_a_visit_of_everybody_comes_before_the_next_and_nothing_after_now(self):
        told = self.told()
        visits = [{event["userId"] for event in told[at:at + 1000]} for at in range(0, 4000, 1000)]
        self.assertEqual([len(visit) for visit in visits], [200] * 4)
        times = [event["timestamp"] for event in told]
        self.assertLess(max(times), NOW_MS)
        self.assertLess(max(times[:1000]), min(times[1000:2000]))

    def test_items_are_as_many_as_were_asked_for(self):
        items = {event["properties"]["item"] for event in self.told()}
        self.assertEqual(items, {f"item{number}" for number in range(50)})


if __name__ == "__main__":
    unittest.main()

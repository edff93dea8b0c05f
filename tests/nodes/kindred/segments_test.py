#!/usr/bin/env python3
"""Segments with the real binaries: users parted by what is known of them, live in profiles and decisions, over a crash, an
erasure and a second training; and the groups of recency, frequency and monetary value."""

import json
import os
import random
import subprocess
import unittest

from server import ServerTest, free_port, view, wait_until

TOOL = os.path.join(os.environ.get("KINDRED_BIN_DIR", "build/bin"), "kindredctl")
CENTRES = [(0, 0), (10, 0), (0, 10)]
EACH = 80


class Segments(ServerTest):
    def setUp(self):
        super().setUp()
        port = free_port()
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.one = self.server("--listen", self.endpoint, partitions=3).wait_ready()
        self.random = random.Random(5)

    def ctl(self, *words, code=0):
        done = subprocess.run([TOOL, "--json", "--endpoint", self.endpoint, *words], capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def tell(self, user, traits):
        status, answer = self.one.ask("POST", "/v1/traits", {"userId": user, "traits": traits})
        self.assertEqual(status, 200, answer)

    def place(self, user, group):
        x, y = CENTRES[group]
        self.tell(user, {"x": x + self.random.gauss(0, 0.5), "y": y + self.random.gauss(0, 0.5)})

    def segment(self, user):
        status, profile = self.one.profile(user)
        self.assertEqual(status, 200, profile)
        return next((one for one in profile["segments"] if one["id"].startswith("clustered-")), None)

    def sizes(self):
        status, answer = self.one.ask("GET", "/v1/segments")
        self.assertEqual(status, 200, answer)
        return {one["id"]: one["size"] for one in answer["segments"] if one["kind"] == "clustered"}

    def crowd(self):
        for group in range(len(CENTRES)):
            for n in range(EACH):
                self.place(f"g{group}u{n}", group)

    def test_users_are_parted_and_move(self):
        self.crowd()
        self.assertEqual(self.sizes(), {})
        trained = self.ctl("models", "train", "segments", "--wait")["models"]
        champion = next(model for model in trained if model["state"] == "champion")
        self.assertEqual(champion["metrics"]["segments"], 3, champion)
        wait_until(lambda: self.segment("g0u0"), "the partitions adopted the segments")
        ids = []
        for group in range(len(CENTRES)):
            of_group = {self.segment(f"g{group}u{n}")["id"] for n in range(EACH)}
            self.assertEqual(len(of_group), 1, f"group {group} is one segment")
            ids += of_group
        self.assertEqual(len(set(ids)), 3)

        # With their next record they are counted, and what they use is a trend of their segment.
        for group in range(len(CENTRES)):
            for n in range(EACH):
                self.assertEqual(self.one.track(view(f"g{group}u{n}", f"v{group}-{n}", item=f"item{group}"))[0], 200)
        wait_until(lambda: self.sizes() == {one: EACH for one in ids}, "sizes")
        self.place("newcomer", 1)
        decided = self.ctl("decide", "--user", "newcomer", "--durable")
        best = max(decided["items"], key=lambda one: one["score"])  # chance may have put another before it
        self.assertEqual(best["item"], "item1", decided)
        self.assertEqual(decided["fallback"], "segment")
        lines = " ".join(self.ctl("explain", decided["decisionId"])["lines"])
        self.assertIn("trendingSegment", lines)
        self.assertTrue(self.ctl("replay", decided["decisionId"])["identical"])

        # Somebody moves: at once in his profile, with the reason in the segment's list.
        self.place("g0u0", 1)
        moved = self.segment("g0u0")
        self.assertEqual((moved["id"], moved["before"]), (ids[1], ids[0]))

        def listed():
            shown = self.ctl("segments", "show", ids[1])["segments"][0]
            return any(move["userId"] == "g0u0" and move["from"] == ids[0] and move.get("because") == "trait:x"
                       for move in shown.get("moves", []))
        wait_until(listed, "the move and its reason")
        wait_until(lambda: self.sizes() == {ids[0]: EACH - 1, ids[1]: EACH + 2, ids[2]: EACH}, "sizes after the move")

        self.one.kill()
        self.one.start()
        self.one.wait_ready()
        self.assertEqual(self.segment("g0u0")["id"], ids[1], "over a crash")
        self.assertTrue(self.ctl("replay", decided["decisionId"])["identical"])
        self.ctl("erase", "g2u5", "--yes")
        wait_until(lambda: self.sizes()[ids[2]] == EACH - 1, "the erased is counted no more")

        # Trained again, they are the same groups under the same ids.
        again = self.ctl("models", "train", "segments", "--wait")["models"]
        second = next(model for model in again if model["state"] == "champion")
        self.assertGreater(second["generation"], champion["generation"])
        self.assertIn("the same groups", second["reason"])
        self.assertEqual(set(self.sizes()), set(ids))
        self.ctl("segments", "show", "clustered-99", code=3)

    def test_buyers_have_groups(self):
        for user in range(250):
            for order in range(1 + user % 5):
                self.one.track({"userId": f"b{user}", "event": "purchase", "messageId": f"o{user}-{order}",
                                "properties": {"item": f"i{order}", "orderId": f"{user}-{order}", "price": 10 + user % 7}})
        trained = self.ctl("models", "train", "rfm", "--wait")["models"]
        self.assertEqual(trained[0]["state"], "champion", trained)

        def group(user):
            return [one["id"] for one in self.one.profile(user)[1]["segments"] if one["id"].startswith("rfm-")]
        wait_until(lambda: group("b4"), "the partitions adopted the quintiles")
        self.assertNotEqual(group("b4"), group("b0"), "five orders and one")
        self.assertEqual(len(group("b4")), 1)
        listed = self.ctl("segments", "list")["segments"]
        self.assertIn("rfm-champions", [one["id"] for one in listed])

    def test_too_few_users_are_not_parted(self):
        self.place("alone", 0)
        waited = self.ctl("models", "train", "segments", "--wait")["models"][0]
        self.assertEqual(waited["state"], "none")
        self.assertIn("200 are needed", waited["reason"])
        self.assertEqual(self.ctl("segments", "list")["segments"], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)

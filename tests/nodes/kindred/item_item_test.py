#!/usr/bin/env python3
"""The item-item model with the real binaries: what users of two tastes used is learnt in a round; a new user who viewed one
item is shown others of its taste, by name and with the reason; the model survives SIGKILL, decisions are replayed, and what
was trained before an erasure does not serve again."""

import datetime
import json
import os
import random
import subprocess
import unittest

from server import ServerTest, free_port, view, wait_until

TOOL = os.path.join(os.environ.get("KINDRED_BIN_DIR", "build/bin"), "kindredctl")
ITEMS = 8    # of each taste
USERS = 150  # of two tastes
NOT_FOUND = 3


class ItemItem(ServerTest):
    def serve(self):
        self.endpoint = f"tcp://127.0.0.1:{free_port()}"
        return self.server("--listen", self.endpoint, partitions=3).wait_ready()

    def ctl(self, *words, code=0):
        done = subprocess.run([TOOL, "--json", "--endpoint", self.endpoint, *words], capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def make_tastes(self, server, first, count):
        """Everybody views five of the eight items of his taste."""
        draw = random.Random(first)
        for user in range(first, first + count):
            taste = "tea" if user % 2 == 0 else "rum"
            events = [view(f"u{user}", f"m{user}-{item}", item=f"{taste}{item}") for item in draw.sample(range(ITEMS), 5)]
            status, tracked = server.track(*events)
            self.assertEqual((status, tracked["accepted"]), (200, 5))

    def decide(self, user):
        return self.ctl("decide", "--user", user, "--placement", "like", "--count", "5", "--durable")

    def champion(self):
        return next(model for model in self.ctl("models", "show", "itemItem")["models"] if model["state"] == "champion")

    def test_from_tastes_to_a_source_that_serves(self):
        server = self.serve()
        self.ctl("placements", "set", "like", "--filter", "neverSeen", "--exploration", "0", "--source", "itemItem=1")
        self.make_tastes(server, 0, USERS)
        self.ctl("track", "--user", "new", "--event", "view", "--item", "tea0")
        self.assertNotIn("itemItem", self.decide("new")["model"], "nothing is solved yet")

        first = self.ctl("models", "train", "itemItem", "--wait")["models"][0]
        self.assertEqual(first["state"], "champion", first)
        self.assertIn("the first: explains", first["reason"])
        self.assertEqual(first["metrics"]["items"], 2 * ITEMS)
        self.assertEqual(first["metrics"]["users"], USERS + 1)
        self.assertIn("itemItem", {model["name"] for model in self.ctl("models", "list")["models"]})

        decided = self.decide("new")
        self.assertEqual(decided["model"]["itemItem"], self.champion()["version"])
        self.assertEqual(len(decided["items"]), 5)
        for item in decided["items"]:
            self.assertTrue(item["item"].startswith("tea"), decided["items"])
            self.assertEqual((item["source"], item["reasons"]), ("itemItem", ["goes with tea0"]))
        self.ctl("track", "--user", "new", "--event", "view", "--item", "rum0")
        turned = self.decide("new")["items"][0]
        self.assertEqual((turned["item"][:3], turned["reasons"]), ("rum", ["goes with rum0"]), "the very next answer knows")

        explained = self.ctl("explain", decided["decisionId"])
        self.assertIn("item-item model: generation 1", json.dumps(explained))
        self.assertTrue(self.ctl("replay", decided["decisionId"])["identical"])
        server.kill()
        server.start()
        server.wait_ready()
        self.assertEqual(self.decide("new")["model"]["itemItem"], first["version"], "a model outlives a crash")
        self.assertTrue(self.ctl("replay", decided["decisionId"])["identical"])

        trained = datetime.datetime.fromisoformat(first["trainedAt"])
        wait_until(lambda: (datetime.datetime.now(datetime.timezone.utc) - trained).total_seconds() > 1.1,
                   "what comes now is younger than the model, in whole seconds")
        self.make_tastes(server, USERS, 20)
        self.ctl("track", "--user", "u0", "--event", "view", "--item", "rum0")  # somebody known, and something new to him
        self.ctl("models", "train", "itemItem", "--wait")
        second = self.champion()
        self.assertNotEqual(second["version"], first["version"])
        self.assertEqual(second["metrics"]["lastRoundByChanges"], 0, "the sums went with the process")
        self.assertTrue(self.ctl("replay", decided["decisionId"])["identical"], "by the model that it was made with")
        self.ctl("models", "rollback", "itemItem", "--author", "ada")
        back = self.champion()
        self.assertEqual((back["version"], back["reason"]), (first["version"], "gone back to by hand"))

        self.ctl("erase", "u3", "--yes")
        self.ctl("models", "rollback", "itemItem", code=NOT_FOUND)  # both were trained with him
        self.ctl("track", "--user", "u1", "--event", "view", "--item", "tea1")
        without = self.ctl("models", "train", "itemItem", "--wait")["models"]
        newest = next(model for model in without if model["state"] in ("champion", "challenger"))
        self.assertNotEqual(newest["version"], second["version"])
        self.assertEqual(newest["metrics"]["lastRoundByChanges"], 1, "of u1, and of who was u3")

    def test_with_too_little_it_says_what_is_needed(self):
        self.serve()
        waited = self.ctl("models", "train", "itemItem", "--wait")["models"][0]
        self.assertEqual(waited["state"], "none")
        self.assertIn("20 users and 2 items are needed", waited["reason"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

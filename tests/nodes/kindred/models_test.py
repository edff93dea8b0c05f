#!/usr/bin/env python3
"""Models with the real binaries: what users take is learnt in a round, serves, is named, survives SIGKILL, is replayed, gone
back from; and a model that was trained before an erasure does not serve again."""

import json
import os
import subprocess
import unittest

from server import ServerTest, free_port, view, wait_until

TOOL = os.path.join(os.environ.get("KINDRED_BIN_DIR", "build/bin"), "kindredctl")
ITEMS = 12
CHOOSERS = 230  # one choice each; a tenant's ranker needs 200
NOT_FOUND = 3


class Models(ServerTest):
    def serve(self):
        port = free_port()
        self.endpoint = f"tcp://127.0.0.1:{port}"
        return self.server("--listen", self.endpoint, partitions=3).wait_ready()

    def ctl(self, *words, code=0):
        done = subprocess.run([TOOL, "--json", "--endpoint", self.endpoint, *words], capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def make_a_crowd(self, server):
        """Item k is viewed by k users, so that trends tell the items apart."""
        events = [view(f"seed{u}", f"s{u}-{k}", item=f"i{k:02}") for k in range(ITEMS) for u in range(k + 1)]
        self.assertEqual(server.track(*events)[0], 200)
        top = f"i{ITEMS - 1:02}"

        def folded():
            status, answer = server.ask("POST", "/v1/decide", {"userId": "stranger", "count": 10})
            items = answer["items"] if status == 200 else []
            return len(items) == 10 and items[0]["item"] == top and items[0]["score"] > items[-1]["score"] + 0.5
        wait_until(folded, "the crowd is in the fast models")

    def choose(self, server, first, count):
        """Everybody takes what the list has last: as far from the written weights as can be."""
        for user in range(first, first + count):
            status, answer = server.ask("POST", "/v1/decide", {"userId": f"u{user}", "count": 10, "durable": True})
            self.assertEqual((status, len(answer["items"])), (200, 10), answer)
            taken = answer["items"][-1]["item"]
            status, tracked = server.track(view(f"u{user}", f"c{user}", item=taken, decisionId=answer["decisionId"]))
            self.assertEqual((status, tracked["accepted"]), (200, 1))

    def test_from_choices_to_a_model_that_serves(self):
        server = self.serve()
        self.make_a_crowd(server)
        self.assertEqual(self.ctl("decide", "--user", "u0")["model"]["ranker"], "prior")
        self.choose(server, 0, CHOOSERS)

        first = self.ctl("models", "train", "ranker", "--wait")["models"]
        self.assertIn("champion", [model["state"] for model in first], first)
        champion = next(model for model in first if model["state"] == "champion")
        self.assertGreaterEqual(champion["metrics"]["examples"], CHOOSERS)
        self.assertIn("better than the written weights", champion["reason"])
        self.assertGreater(champion["parameters"]["place"], 1, "what stood last was taken, and chance had put it there")
        names = {model["name"] for model in self.ctl("models", "list")["models"]}
        self.assertEqual(names, {"fast", "ranker", "ranker/default"})

        decided = self.ctl("decide", "--user", "u1", "--durable")
        ours = next(model for model in self.ctl("models", "show", "ranker/default")["models"] if model["state"] == "champion")
        self.assertEqual(decided["model"]["ranker/default"], ours["version"])
        self.assertTrue(self.ctl("replay", decided["decisionId"])["identical"])

        server.kill()
        server.start()
        server.wait_ready()
        again = self.ctl("decide", "--user", "u1", "--durable")
        self.assertEqual(again["model"]["ranker/default"], ours["version"], "a model outlives a crash")
        self.assertTrue(self.ctl("replay", decided["decisionId"])["identical"])

        self.choose(server, CHOOSERS, 60)
        self.ctl("models", "train", "ranker", "--wait")
        second = next(model for model in self.ctl("models", "show", "ranker")["models"] if model["state"] == "champion")
        self.assertNotEqual(second["version"], champion["version"])
        self.ctl("models", "rollback", "ranker", "--author", "ada")
        back = next(model for model in self.ctl("models", "show", "ranker")["models"] if model["state"] == "champion")
        self.assertEqual((back["version"], back["reason"]), (champion["version"], "gone back to by hand"))
        self.assertGreater(back["generation"], second["generation"])

        self.ctl("erase", "u5", "--yes")
        self.ctl("models", "rollback", "ranker", code=NOT_FOUND)  # both were trained with him
        still = next(model for model in self.ctl("models", "show", "ranker")["models"] if model["state"] == "champion")
        self.assertEqual(still["version"], champion["version"])

    def test_what_there_is_not_is_said(self):
        self.serve()
        self.assertEqual(self.ctl("models", "show", "ranker")["models"][0]["state"], "none")
        self.ctl("models", "rollback", "ranker", code=NOT_FOUND)
        self.ctl("models", "train", "oracle", code=NOT_FOUND)
        waited = self.ctl("models", "train", "ranker", "--wait")["models"][0]
        self.assertIn("200 are needed", waited["reason"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""Two ids, one user, with the real binaries: a visitor logs in; his profile, later events, questions and decisions, over
partitions, a crash, contradictions and an erasure."""

import json
import os
import subprocess
import threading
import unittest

from server import ServerTest, free_port, view, wait_until

TOOL = os.path.join(os.environ.get("KINDRED_BIN_DIR", "build/bin"), "kindredctl")


class Links(ServerTest):
    def setUp(self):
        super().setUp()
        self.start("wall")

    def start(self, clock):
        self.endpoint = f"tcp://127.0.0.1:{free_port()}"
        self.one = self.server("--listen", self.endpoint, "--clock", clock, name=clock, partitions=8).wait_ready()

    def ctl(self, *words, code=0):
        done = subprocess.run([TOOL, "--json", "--endpoint", self.endpoint, *words], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def track(self, *events):
        status, answer = self.one.track(*events)
        self.assertEqual((status, answer["rejected"]), (200, 0), answer)
        return answer["positions"]

    def link(self, user, to):
        status, answer = self.one.ask("POST", "/v1/links", {"userId": user, "to": to})
        self.assertEqual(status, 200, answer)
        return answer

    def profile(self, user, positions=()):
        status, answer = self.one.profile(user, positions)
        self.assertEqual(status, 200, answer)
        return answer

    def test_a_visitor_logs_in(self):
        self.track(view("visitor-7", "m1", item="lamp"), view("visitor-7", "m2", item="table"))
        self.track(view("ada", "m3", item="chair"))
        positions = [self.link("visitor-7", "ada")["position"]]
        for asked in ("ada", "visitor-7"):  # at once
            profile = self.profile(asked, positions)
            self.assertEqual((profile["userId"], profile["events"]), ("ada", 3))
            self.assertEqual(profile["linkedIds"], ["visitor-7"])
        # What comes for the old id counts, once, and is seen by whoever asks with its position.
        for n in range(50):
            positions = self.track(view("visitor-7", f"late{n}", item="lamp"))
            self.assertEqual(self.profile("visitor-7", positions)["events"], 4 + n)
            self.assertEqual(self.profile("ada", positions)["events"], 4 + n, "by the other id, too")
        again = self.track(view("visitor-7", "late0", item="lamp"), view("visitor-7", "m1", item="lamp"))
        self.assertEqual(self.profile("visitor-7", again)["events"], 53, "one sent on before, one from before the link")
        decided = self.ctl("decide", "--user", "visitor-7", "--durable")
        self.assertEqual(decided["userId"], "ada")
        self.assertTrue(self.ctl("replay", decided["decisionId"])["identical"])

    def test_decisions_from_before_are_replayed(self):
        self.track(view("visitor-7", "m1", item="lamp"), view("bob", "m2", item="chair"))
        decided = self.ctl("decide", "--user", "visitor-7", "--durable")
        self.link("visitor-7", "ada")
        self.assertTrue(self.ctl("replay", decided["decisionId"])["identical"])
        self.ctl("erase", "ada", "--yes")
        wait_until(lambda: self.one.profile("visitor-7")[0] == 404, "the visitor is erased, too")
        self.assertEqual(self.ctl("replay", decided["decisionId"], code=3)["error"]["code"], "erased")

    def test_contradictions_are_refused(self):
        self.ctl("profile", "link", "a", "b")
        self.ctl("profile", "link", "a", "b")
        for user, to in (("a", "c"), ("b", "a")):
            status, answer = self.one.ask("POST", "/v1/links", {"userId": user, "to": to})
            self.assertEqual((status, answer["error"]["code"]), (409, "conflict"), answer)
        self.ctl("profile", "link", "a", "c", code=7)
        for body in ({"userId": "a", "to": "a"}, {"userId": "", "to": "a"}, {"userId": "a"}, {"userId": "a", "too": "b"}):
            status, answer = self.one.ask("POST", "/v1/links", body)
            self.assertEqual(status, 400, answer)

    def test_links_made_at_once_end_in_one_user(self):
        ids = [f"id{n}" for n in range(6)]
        for n, user in enumerate(ids):
            self.track(view(user, f"m{n}", item="lamp"))
        pairs = [(ids[n], ids[(n + 1) % 6]) for n in range(6)]

        def link(pair):
            self.one.ask("POST", "/v1/links", {"userId": pair[0], "to": pair[1]})
            self.one.hang_up()

        threads = [threading.Thread(target=link, args=(pair,)) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        def one_user():
            answers = [self.one.profile(user) for user in ids]
            return all(status == 200 and answer["events"] == 6 for status, answer in answers) and \
                len({answer["userId"] for _, answer in answers}) == 1
        wait_until(one_user, "a circle of links is one user")

    def test_consent_and_erasure(self):
        self.track(view("visitor-7", "m1", item="lamp"), view("ada", "m2", item="lamp"))
        self.ctl("consent", "visitor-7", "--withdraw", "training")
        positions = [self.link("visitor-7", "ada")["position"]]
        self.assertNotIn("training", json.dumps(self.profile("ada", positions)["consent"]))
        self.ctl("consent", "visitor-7", "--grant", "training")
        wait_until(lambda: "training" in json.dumps(self.profile("ada")["consent"]), "he grants it for all of him")
        self.ctl("erase", "visitor-7", "--yes")
        for user in ("visitor-7", "ada"):
            wait_until(lambda user=user: self.one.profile(user)[0] == 404, f"{user} is erased")
        positions = self.track(view("visitor-7", "m9", item="lamp"))
        self.assertEqual(self.profile("visitor-7", positions)["userId"], "visitor-7", "who comes back is somebody new")

    def test_a_crash_loses_and_doubles_nothing(self):
        for n in range(200):
            self.track(view(f"v{n}", f"m{n}", item="lamp"))
        stop = threading.Event()
        linked = []

        def link_all():
            for n in range(200):
                answer = self.one.ask("POST", "/v1/links", {"userId": f"v{n}", "to": f"u{n}"})
                if stop.is_set() or answer is None or answer[0] != 200:
                    break
                linked.append(n)
            self.one.hang_up()

        thread = threading.Thread(target=link_all)
        thread.start()
        wait_until(lambda: len(linked) > 60, "some are linked")
        self.one.kill()
        stop.set()
        thread.join()
        self.one.start()
        self.one.wait_ready()
        for n in linked:
            self.assertEqual(self.profile(f"u{n}")["events"], 1, f"u{n}")
            self.assertEqual(self.profile(f"v{n}")["userId"], f"u{n}")
        for n in range(200):  # one way or the other, everybody is there once
            user = f"v{n}"
            wait_until(lambda user=user: (self.one.profile(user)[1] or {}).get("events") == 1, user)

    def test_the_events_clock(self):
        self.one.stop()
        self.start("events")
        self.track(view("visitor-7", "m1", item="lamp"), view("ada", "m2", item="chair"))
        self.link("visitor-7", "ada")
        self.track(view("visitor-7", "m3", item="table"))
        self.assertEqual(self.profile("ada")["events"], 3, "everything is settled before a question")
        self.assertEqual(self.profile("visitor-7")["userId"], "ada")


if __name__ == "__main__":
    unittest.main()

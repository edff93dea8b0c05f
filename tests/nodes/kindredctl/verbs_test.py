#!/usr/bin/env python3
"""Every verb of the built kindredctl against a built server: what it prints as JSON, and how it ends."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "nodes" / "kindred"))
import server as support  # noqa: E402

TOOL = os.path.join(os.environ.get("KINDRED_BIN_DIR", str(ROOT / "build/bin")), "kindredctl")
OK, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = 0, 2, 3, 4, 5


class Verbs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="kindred-verbs.")
        port = support.free_port()
        cls.endpoint = f"tcp://127.0.0.1:{port}"
        cls.server = support.Server(os.path.join(cls.dir, "data"), "--listen", cls.endpoint)
        support.wait_until(lambda: cls.run_tool("--json", "status")[0] == OK, "the server is ready")

    @classmethod
    def tearDownClass(cls):
        cls.server.process.terminate()
        cls.server.process.wait(support.PATIENCE_S)
        shutil.rmtree(cls.dir, ignore_errors=True)

    @classmethod
    def run_tool(cls, *words, text="", endpoint=None):
        done = subprocess.run([TOOL, "--endpoint", endpoint or cls.endpoint, *words], input=text, capture_output=True, text=True,
                              timeout=60)
        return done.returncode, done.stdout, done.stderr

    def ask(self, *words, text="", code=OK):
        ended, out, err = self.run_tool("--json", *words, text=text)
        self.assertEqual(ended, code, f"{words}: {out}{err}")
        return json.loads(out) if out.strip() else None

    def test_track_profile_and_decide_know_each_other(self):
        tracked = self.ask("track", "--user", "ada", "--event", "view", "--item", "lamp")
        self.assertEqual((tracked["accepted"], tracked["rejected"]), (1, 0))
        profile = self.ask("profile", "ada")
        self.assertEqual(profile["userId"], "ada")
        self.assertEqual([entry["item"] for entry in profile["history"]], ["lamp"])
        decided = self.ask("decide", "--user", "ada")
        self.assertIn("lamp", [item["item"] for item in decided["items"]])
        self.assertEqual(profile["decisions"], [], "nobody asked for them")

    def test_a_users_newest_decisions_lead_to_their_reasons(self):
        self.ask("track", "--user", "dora", "--event", "view", "--item", "desk")
        made = [self.ask("decide", "--user", "dora", "--durable")["decisionId"] for _ in range(3)]
        told = support.wait_until(lambda: [one["decisionId"] for one in self.ask("profile", "dora", "--decisions", "2")["decisions"]]
                                  == made[:0:-1], "the two newest are folded, newest first")
        self.assertTrue(told)
        code, out, _ = self.run_tool("profile", "dora", "--decisions", "1")
        self.assertEqual((code, out.count("decision ")), (OK, 1))
        self.assertIn(f"decision {made[2]} at default: ", out)
        explained = self.ask("explain", made[2])
        self.assertEqual(explained["generations"]["ranker"], "prior")
        self.assertTrue(explained["items"][0]["reasons"])

    def test_of_a_batch_with_a_bad_line_the_good_ones_are_kept(self):
        lines = ['{"type":"track","event":"view","userId":"bob","messageId":"m1","properties":{"itemId":"a"}}', "not json",
                 '{"type":"track","event":"view","messageId":"m2"}']
        tracked = self.ask("track", text="\n".join(lines) + "\n", code=REFUSED)
        self.assertEqual((tracked["accepted"], tracked["rejected"]), (1, 2))
        self.assertEqual(sorted(error["line"] for error in tracked["errors"]), [2, 3])
        self.assertEqual(self.ask("profile", "bob")["events"], 1)

    def test_rejected_lines_are_counted_also_where_their_errors_are_not_kept(self):
        tracked = self.ask("track", text="not json\n" * 1001, code=REFUSED)
        self.assertEqual((tracked["accepted"], tracked["rejected"], len(tracked["errors"])), (0, 1001, 1000))

    def history(self, name, lines, user, first=0):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as file:
            for n in range(first, first + lines):
                file.write(json.dumps({"type": "track", "event": "view", "userId": f"{user}{n % 3}",
                                       "timestamp": "2026-01-01T00:00:00Z", "properties": {"itemId": f"i{n}"}}) + "\n")
        return path

    def events_of(self, user):
        return sum(self.ask("profile", f"{user}{n}")["events"] for n in range(3))

    def test_import_twice_changes_nothing_though_no_line_has_an_id(self):
        path = self.history("history.ndjson", 20, "eve")
        first = self.ask("import", path)
        self.assertEqual((first["accepted"], first["rejected"]), (20, 0))
        other_name = os.path.join(self.dir, "renamed.ndjson")
        shutil.copy(path, other_name)
        again = self.ask("import", other_name)
        self.assertEqual((again["accepted"], again["producer"]), (20, first["producer"]))
        self.assertEqual(self.events_of("eve"), 20)
        self.ask("import", path, "--epoch", "2")
        self.assertEqual(self.events_of("eve"), 40, "a new epoch counts anew, where no ids say otherwise")

    def test_import_of_a_changed_file_is_another_one_and_of_a_named_producer_goes_on(self):
        self.ask("import", self.history("grows.ndjson", 10, "kim"), "--producer", "kims-export")
        self.ask("import", self.history("grows.ndjson", 25, "kim"), "--producer", "kims-export")
        self.assertEqual(self.events_of("kim"), 25)
        self.ask("import", self.history("grows.ndjson", 5, "kim", first=100))
        self.assertEqual(self.events_of("kim"), 30)

    def test_import_from_standard_input_needs_a_name(self):
        with open(self.history("piped.ndjson", 6, "lou"), encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(self.run_tool("import", "-", text=text)[0], USAGE)
        self.ask("import", "-", "--producer", "lous-pipe", text=text)
        self.ask("import", "-", "--producer", "lous-pipe", text=text)
        self.assertEqual(self.events_of("lou"), 6)

    def test_import_passes_over_what_is_wrong(self):
        path = self.history("wrong.ndjson", 3, "mia")
        with open(path, "a", encoding="utf-8") as file:
            file.write("not json\n")
        told = self.ask("import", path, code=REFUSED)
        self.assertEqual((told["accepted"], told["rejected"], told["errors"][0]["line"]), (3, 1, 4))

    def test_import_that_reaches_nobody_says_where_it_stopped(self):
        nobody = f"tcp://127.0.0.1:{support.free_port()}"
        path = self.history("stopped.ndjson", 3, "ned")
        ended, out, err = self.run_tool("--json", "--deadline-ms", "30", "import", path, endpoint=nobody)
        self.assertEqual(ended, UNAVAILABLE)
        self.assertEqual(json.loads(out)["stoppedAtLine"], 1)
        self.assertIn("again", err)

    def test_items_are_put_shown_listed_and_removed(self):
        self.ask("items", "put", "chair", "--title", "A chair")
        self.assertIn("chair", json.dumps(self.ask("items", "show", "chair")))
        self.assertIn("chair", json.dumps(self.ask("items", "list")))
        self.ask("items", "remove", "chair")
        self.ask("items", "show", "nothing-of-that-name", code=NOT_FOUND)

    def test_placements_are_set_and_listed(self):
        self.ask("placements", "set", "home", "--filter", "neverSeen", "--exploration", "0.05")
        self.assertIn("home", json.dumps(self.ask("placements", "list")))

    def test_models_status_and_doctor(self):
        self.assertIn("fast", json.dumps(self.ask("models", "list")))
        status = self.ask("status")
        self.assertTrue(status["ready"])
        self.assertEqual(len(status["partitions"]), 4)
        self.assertEqual(self.run_tool("doctor")[0], OK)

    def test_a_decision_is_explained_and_replayed(self):
        self.ask("track", "--user", "dan", "--event", "view", "--item", "desk")
        decided = self.ask("decide", "--user", "dan", "--durable")
        self.assertIn("desk", json.dumps(self.ask("explain", decided["decisionId"])))
        self.ask("replay", decided["decisionId"])
        self.ask("explain", "0" * 31 + "1", code=NOT_FOUND)

    def test_erase_asks_for_yes_and_forgets(self):
        self.ask("track", "--user", "gone", "--event", "view", "--item", "sofa")
        self.assertEqual(self.run_tool("erase", "gone")[0], USAGE)
        self.ask("erase", "gone", "--yes")
        self.assertEqual(self.run_tool("--json", "profile", "gone")[1].count("sofa"), 0)

    def test_how_it_ends_when_it_cannot(self):
        self.assertEqual(self.run_tool("dance")[0], USAGE)
        self.assertEqual(self.run_tool("decide")[0], USAGE)
        nobody = f"tcp://127.0.0.1:{support.free_port()}"
        self.assertEqual(self.run_tool("--deadline-ms", "300", "status", endpoint=nobody)[0], UNAVAILABLE)


class ImportsRunAgainWeeksLater(unittest.TestCase):
    """The events' clock passes the window in which message ids are known; the server is started anew in between."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="kindred-verbs.")
        self.endpoint = f"tcp://127.0.0.1:{support.free_port()}"
        self.server = support.Server(os.path.join(self.dir, "data"), "--listen", self.endpoint, "--clock", "events")

    def tearDown(self):
        self.server.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def ask(self, *words):
        done = subprocess.run([TOOL, "--endpoint", self.endpoint, "--json", *words], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, OK, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def test_counts_every_line_once(self):
        path = os.path.join(self.dir, "history.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            for n in range(3000):
                file.write(json.dumps({"event": "view", "userId": f"u{n % 5}", "messageId": f"m{n}",
                                       "timestamp": "2026-01-01T00:00:00Z"}) + "\n")
        self.server.wait_ready()
        self.assertEqual(self.ask("import", path)["accepted"], 3000)
        for month in ("02", "03"):
            for n in range(5):
                self.ask("track", "--user", f"u{n}", "--event", "login", "--time", f"2026-{month}-01T00:00:00Z")
            self.assertEqual(self.server.stop(), 0)
            self.server.start().wait_ready()
            self.assertEqual(self.ask("import", path)["accepted"], 3000)
        for n in range(5):
            self.assertEqual(self.ask("profile", f"u{n}")["events"], 602)


if __name__ == "__main__":
    sys.exit(unittest.main())

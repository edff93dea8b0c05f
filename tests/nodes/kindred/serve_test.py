#!/usr/bin/env python3
"""A server from its start to its end: it answers over HTTP what was acknowledged before, says what is wrong, measures."""

import json
import shutil
import subprocess
import unittest

import server as support
from server import ServerTest, view


class Serve(ServerTest):
    def test_track_decide_profile(self):
        server = self.server().wait_ready()
        status, answer = server.track(view("u1", country="DE"), view("u2"), {"userId": "u1", "event": "purchase", "properties": {"item": "i2"}})
        self.assertEqual((status, answer["accepted"], answer["rejected"], answer["errors"]), (200, 3, 0, []))
        self.assertTrue(answer["positions"])
        status, profile = server.profile("u1", answer["positions"])
        self.assertEqual((status, profile["userId"], profile["events"]), (200, "u1", 2))
        self.assertEqual({one["item"] for one in profile["history"]}, {"i1", "i2"})
        status, decision = server.ask("POST", "/v1/decide", {"userId": "u3", "count": 2, "positions": answer["positions"]})
        self.assertEqual(status, 200)
        self.assertEqual(len(decision["decisionId"]), 32)
        self.assertTrue({one["item"] for one in decision["items"]} <= {"i1", "i2"})
        for one in decision["items"]:
            self.assertTrue(one["source"] and one["reasons"] and 0 < one["propensity"] <= 1)

    def test_a_restart_keeps_everything(self):
        server = self.server().wait_ready()
        for i in range(50):
            self.assertEqual(server.track(view(f"u{i % 7}"))[1]["accepted"], 1)
        before = {user: server.profile(user)[1]["events"] for user in (f"u{i}" for i in range(7))}
        self.assertEqual(server.stop(), 0)
        server.start().wait_ready()
        self.assertEqual({user: server.profile(user)[1]["events"] for user in before}, before)
        self.assertEqual(sum(before.values()), 50)

    def test_one_bad_event_among_a_thousand_good_ones(self):
        server = self.server().wait_ready()
        events = [view(f"u{i}", f"m{i}") for i in range(1000)]
        events.insert(500, view("u", price=-1))
        status, answer = server.track(*events)
        self.assertEqual((status, answer["accepted"], answer["rejected"]), (200, 1000, 1))
        self.assertEqual((answer["errors"][0]["line"], answer["errors"][0]["code"]), (501, "invalidPrice"))

    def test_the_same_request_twice_counts_once(self):
        server = self.server().wait_ready()
        for _ in range(2):
            status, answer = server.track(view("u1"), headers={"Idempotency-Key": "k1"})
            self.assertEqual((status, answer["accepted"]), (200, 1))
        self.assertEqual(server.profile("u1", answer["positions"])[1]["events"], 1)

    def test_bad_input_has_its_code_and_status(self):
        server = self.server().wait_ready()
        self.assertEqual(server.ask("POST", "/v1/track", "{")[1]["errors"][0]["code"], "malformed")
        self.assertEqual(server.ask("POST", "/v1/track", "{")[0], 400)
        self.assertEqual(server.track({"event": "view"})[1]["errors"][0]["code"], "missingUser")
        self.assertEqual(server.ask("POST", "/v1/track", b'{"userId":"\xff","event":"view"}')[1]["errors"][0]["code"], "invalidText")
        self.assertEqual(server.track({"userId": "u", "event": "view", "timestamp": "soon"})[1]["errors"][0]["code"], "invalidTime")
        self.assertEqual(server.track({"userId": "u", "event": "Spun The Wheel"})[1]["accepted"], 1)
        status, answer = server.ask("POST", "/v1/decide", {"userId": "u", "cuont": 1})
        self.assertEqual((status, answer["error"]["code"]), (400, "invalidValue"))
        status, answer = server.ask("POST", "/v1/decide", {"userId": "u"}, {"Kindred-Tenant": "nobody"})
        self.assertEqual((status, answer["error"]["code"]), (404, "unknownTenant"))
        self.assertEqual(server.ask("GET", "/v1/nothing")[0], 404)
        self.assertEqual(server.ask("GET", "/v1/track")[0], 405)
        self.assertEqual(server.ask("POST", "/v1/track", "x" * (1 << 20) + "x")[0], 413)
        self.assertEqual(server.track(view("u" * 257))[1]["errors"][0]["code"], "tooLarge")
        self.assertTrue(server.ready(), "no input ends the process")

    def test_times_far_off_are_clamped_in_life(self):
        server = self.server().wait_ready()
        self.assertEqual(server.track({**view("u1"), "timestamp": "1999-01-01T00:00:00Z"})[1]["accepted"], 1)
        old = server.profile("u1")[1]["history"][0]["time"]
        self.assertGreater(old[:4], "2019")
        self.assertEqual(server.track({**view("u2"), "timestamp": "2999-01-01T00:00:00Z"})[1]["accepted"], 1)
        self.assertLess(server.profile("u2")[1]["history"][0]["time"][:4], "2900")
        sent = {**view("u3"), "sentAt": "2001-01-01T00:00:00Z"}
        self.assertEqual(server.track(sent)[1]["errors"][0]["code"], "tooOldInput")

    def test_the_events_clock_follows_the_events(self):
        server = self.server("--clock", "events").wait_ready()
        event = {**view("u1"), "timestamp": "2011-06-01T12:00:00Z"}
        status, answer = server.track(event)
        self.assertEqual((status, answer["accepted"]), (200, 1))
        body = {"userId": "u1", "count": 1, "time": "2011-06-01T13:00:00Z", "requestId": "r1"}
        status, decision = server.ask("POST", "/v1/decide", body)
        self.assertEqual((status, decision["items"][0]["item"]), (200, "i1"))
        self.assertEqual(server.profile("u1")[1]["history"][0]["time"], "2011-06-01T12:00:00Z")
        self.assertEqual(server.track(view("u1"))[1]["accepted"], 1)
        self.assertEqual(server.profile("u1")[1]["history"][0]["time"], "2011-06-01T13:00:00Z", "no time told: the clock's now")

    def test_the_same_input_gives_the_same_run_with_the_events_clock(self):
        def run(name):
            server = self.server("--clock", "events", name=name, partitions=3).wait_ready()
            answers = []
            for i in range(60):
                time = f"2011-06-01T12:{i:02}:00Z"
                server.track({**view(f"u{i % 5}", f"m{i}", category=f"c{i % 3}"), "timestamp": time, "properties": {"item": f"i{i % 11}"}})
                answer = server.ask("POST", "/v1/decide", {"userId": f"u{(i + 1) % 5}", "count": 5, "requestId": f"r{i}"})[1]
                answer.pop("position")  # names the life of the log
                answers.append(answer)
            self.assertEqual(server.stop(), 0)
            return json.dumps(answers)

        self.assertEqual(run("first"), run("second"))

    def test_metrics_are_clean_and_few(self):
        server = self.server().wait_ready()
        server.track(view("u1"))
        server.ask("POST", "/v1/decide", {"userId": "u1"})
        text = server.ask("GET", "/metrics")[1]
        self.assertLess(len([line for line in text.splitlines() if not line.startswith("#")]), 2000)
        for label in ('user="', 'item="', 'userId="'):
            self.assertNotIn(label, text)
        for name in ("kindred_requests_total", "kindred_request_duration_seconds_bucket", "kindred_log_commit_duration_seconds_count",
                     "kindred_fold_lag_entries", "kindred_decided_items_total", "kindred_decisions_by_fallback_total",
                     "kindred_rejects_total", "kindred_append_queue_records", "kindred_fast_models_age_seconds"):
            self.assertIn("\n" + name, text)
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed (Debian package prometheus) (2026-11-23)")
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False)
        self.assertEqual((checked.returncode, checked.stderr.strip()), (0, ""))

    def test_livez_and_every_line_of_the_log_is_json(self):
        server = self.server().wait_ready()
        self.assertEqual(server.ask("GET", "/livez"), (200, {"live": True}))
        self.assertEqual(server.stop(), 0)
        self.assertTrue(server.log_lines("listening"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""tools/cluster: how a client of the torture calls nodes that fail in every way, and which rounds are still to be done."""

import http.server
import itertools
import json
import pathlib
import random
import sys
import tempfile
import threading
import types
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import caller
import history
import layout
import torture


class Node:
    """Answers every request with what the test says: (status, body), or hangs up. `closes`: says so with its answer."""

    def __init__(self, answer, closes=False):
        node = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                node.asked += 1
                if answer is None:
                    self.close_connection = True
                    return
                status, body = answer
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                if closes:
                    self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass
        self.asked = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", layout.Ports().take()), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]

    def end(self):
        self.server.shutdown()
        self.server.server_close()


TAKEN = (200, {"accepted": 1, "rejected": 0, "errors": [], "positions": ["p"]})


def error(code):
    return 503, {"accepted": 0, "rejected": 1, "errors": [{"line": 1, "code": code, "message": "no"}], "positions": []}


class Caller(unittest.TestCase):
    def track(self, *answers, within_s=10.0):
        """What the client gets from nodes a, b, … that answer so, asked in this order; and the states in the history."""
        nodes = [Node(answer) for answer in answers]
        for node in nodes:
            self.addCleanup(node.end)
        log = history.History()
        client = caller.Caller({name: ("127.0.0.1", node.port) for name, node in zip("abc", nodes)}, log, itertools.count(),
                               types.SimpleNamespace(shuffle=lambda names: None), threading.Event())
        self.addCleanup(client.hang_up)
        answer = client.ask("track", "ada", "POST", "/v1/track", "{}", within_s=within_s, event=0)
        return answer, [(line["via"], line["state"], line.get("code")) for line in log.lines if line["state"] != "invoke"]

    def test_one_that_answers_is_enough(self):
        self.assertEqual(self.track(TAKEN, TAKEN), (TAKEN[1], [("a", "ok", None)]))

    def test_the_next_node_is_asked_at_once(self):
        answer, states = self.track(error("logUnavailable"), error("unknownOutcome"), TAKEN)
        self.assertEqual(answer, TAKEN[1])
        self.assertEqual(states, [("a", "fail", "logUnavailable"), ("b", "unknown", "unknownOutcome"), ("c", "ok", None)])

    def test_one_that_hangs_up_may_have_taken_it(self):
        _, states = self.track(None, TAKEN)
        self.assertEqual(states[0][:2], ("a", "unknown"))
        self.assertEqual(states[1], ("b", "ok", None))

    def test_one_that_closes_the_connection_is_called_anew(self):
        node = Node(TAKEN, closes=True)
        self.addCleanup(node.end)
        client = caller.Caller({"a": ("127.0.0.1", node.port)}, history.History(), itertools.count(), random.Random(1), threading.Event())
        self.addCleanup(client.hang_up)
        for number in range(2):
            self.assertEqual(client.ask("track", "ada", "POST", "/v1/track", "{}", within_s=0, event=number), TAKEN[1])

    def test_one_that_left_is_asked_no_more(self):
        nodes, left = [Node(TAKEN), Node(TAKEN)], set()
        for node in nodes:
            self.addCleanup(node.end)
        client = caller.Caller({name: ("127.0.0.1", node.port) for name, node in zip("ab", nodes)}, history.History(), itertools.count(),
                               random.Random(1), threading.Event(), left)
        self.addCleanup(client.hang_up)
        left.add("b")
        for number in range(20):
            client.ask("track", "ada", "POST", "/v1/track", "{}", within_s=0, event=number)
        self.assertEqual([node.asked for node in nodes], [20, 0])

    def test_nobody_there_is_certainly_not_done(self):
        log = history.History()
        client = caller.Caller({"a": (layout.HOST, layout.Ports().take())}, log, itertools.count(), random.Random(1), threading.Event())
        self.assertIsNone(client.ask("track", "ada", "POST", "/v1/track", "{}", within_s=0, event=0))
        self.assertEqual([line["state"] for line in log.lines], ["invoke", "fail"])

    def test_a_wrong_request_is_not_sent_again(self):
        answer, states = self.track(error("invalidValue"), TAKEN)
        self.assertIsNone(answer)
        self.assertEqual(states, [("a", "refused", "invalidValue")])

    def test_a_user_who_is_not_known_has_no_events(self):
        self.assertEqual(caller.judged(404, {"error": {"code": "notFound"}}), ("ok", None, {}))
        self.assertEqual(caller.seen("read", {}, 0), {"events": 0, "saw": []})

    def test_an_event_is_known_by_its_time(self):
        base = 1_795_768_980_123
        for text, number in (("2026-11-27T08:43:00.123000Z", 0), ("2026-11-27T08:43:00.124Z", 1), ("2026-11-27T08:43:01Z", 877)):
            self.assertEqual(caller.number_of(text, base), number)


class Rounds(unittest.TestCase):
    def test_what_was_done_is_not_done_again(self):
        with tempfile.TemporaryDirectory() as directory:
            told = types.SimpleNamespace(rounds=2, faults=["node-kill", "node-stop"], seed=5)
            hurt = torture.Torture(pathlib.Path(directory), pathlib.Path("programs"), told, lambda text: None)
            self.assertEqual(hurt.due(), [("node-kill", 1), ("node-stop", 1), ("node-kill", 2), ("node-stop", 2)])
            done = [{"seed": 5, "fault": "node-kill", "round": 1}, {"seed": 4, "fault": "node-stop", "round": 1}]
            hurt.results_file.write_text("".join(json.dumps(one) + "\n" for one in done) + '{"seed": 5, "fau')
            self.assertEqual(hurt.due(), [("node-stop", 1), ("node-kill", 2), ("node-stop", 2)])

    def test_namespaces_are_asked_for_where_a_fault_needs_them_and_it_is_said_once_where_they_can_not_be(self):
        def asked(why, *names):
            said = []
            with tempfile.TemporaryDirectory() as directory, mock.patch.object(torture.network, "why_not", lambda: why):
                hurt = torture.Torture(pathlib.Path(directory), pathlib.Path("programs"), types.SimpleNamespace(faults=names), said.append)
                self.assertEqual(hurt.namespaces(), hurt.namespaces())
                return hurt.namespaces(), said
        self.assertEqual(asked("must not be asked", "node-kill"), (False, []))
        self.assertEqual(asked(None, "node-kill", "cut-both"), (True, []))
        self.assertEqual(asked("no right", "cut-both"), (False, ["no network namespaces here (no right): rounds of cuts and slow "
                                                                 "links are skipped"]))

    def test_an_upgrade_without_other_programs_is_skipped_and_it_is_said_why(self):
        said = []
        with tempfile.TemporaryDirectory() as directory:
            told = types.SimpleNamespace(rounds=1, faults=["rolling-upgrade"], seed=5, next_bin=None)
            hurt = torture.Torture(pathlib.Path(directory), pathlib.Path("programs"), told, said.append)
            with mock.patch.object(torture.Torture, "fresh_where_needed", lambda self: self.fail("no cluster is needed")):
                self.assertTrue(hurt.run())
        self.assertIn("no --next-bin: rounds of rolling-upgrade are skipped", said)

    def test_counters_of_a_node_that_began_anew_begin_at_zero(self):
        self.assertEqual(torture.grown({"a": {"x": 5.0}, "b": {"x": 5.0}}, {"a": {"x": 7.0}, "b": {"x": 1.0}}), {"x": 3.0})


if __name__ == "__main__":
    sys.exit(unittest.main())

"""tools/cluster/member_http.py over a node that answers what the test says."""

import http.server
import json
import pathlib
import sys
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import layout
import member_http


def member(state, first, second, caught_up):
    return {"name": "a", "state": state, "first": first, "second": second, "caughtUp": caught_up}


class MemberHttp(unittest.TestCase):
    def node(self, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                kind = "text/plain" if isinstance(body, str) else "application/json"
                text = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer((layout.HOST, layout.Ports().take()), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address

    def test_all_has_moved_where_who_is_there_has_what_the_map_says_and_no_more(self):
        there = member("present", 3, 2, 5)
        for members, moved in (([there], True), ([there, member("present", 3, 2, 4)], False), ([there, member("draining", 0, 0, 0)], True),
                               ([there, member("draining", 0, 0, 1)], False), ([there, member("silent", 0, 0, 4)], True)):
            self.assertEqual(member_http.moved(self.node({"members": members})), moved, members)

    def test_a_metric_is_the_sum_over_its_labels(self):
        node = self.node('# HELP asked_total so many\nasked_total{of="a"} 2\nasked_total{of="b"} 3.5\nasked_total_of_others 7\n')
        self.assertEqual(member_http.metric(node, "asked_total"), 5.5)
        self.assertEqual(member_http.metric(node, "unknown"), 0)

    def test_nobody_there_is_neither(self):
        nobody = (layout.HOST, layout.Ports().take())
        self.assertFalse(member_http.moved(nobody))
        self.assertIsNone(member_http.metric(nobody, "asked_total"))


if __name__ == "__main__":
    sys.exit(unittest.main())

#!/usr/bin/env python3
"""The operators' page in a real browser, from a real server: what it shows, that it only reads, that it stays at home."""

import http.client
import json
import os
import signal
import unittest

import browser
from server import ServerTest, view, wait_until

HOSTILE = '<img src=x onerror="document.title=1">&amp;"\'%2F/ü'
# Of the timers of the page, those that are still to come: so that a test sees that it stopped.
COUNT_TIMERS = """
  window.waiting = new Set();
  const [begin, end] = [window.setTimeout, window.clearTimeout];
  window.setTimeout = (act, ms) => {
    const timer = begin(() => { window.waiting.delete(timer); act(); }, ms);
    window.waiting.add(timer);
    return timer;
  };
  window.clearTimeout = (timer) => { window.waiting.delete(timer); end(timer); };
"""


def text(selector):
    return f"(document.querySelector({json.dumps(selector)})?.innerText ?? '')"


def rows(body):
    """Every row of a table body as the list of its cells."""
    return f"[...document.querySelectorAll('#{body} tr')].map((row) => [...row.cells].map((cell) => cell.innerText))"


class PageFiles(ServerTest):
    """Without a browser: how the page is sent."""

    def get(self, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.started.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            reply = connection.getresponse()
            return reply, reply.read()
        finally:
            connection.close()

    def test_it_is_one_page_with_its_parts_and_no_more(self):
        self.started = self.server().wait_ready()
        for path, kind in (("/", "text/html"), ("/page/page.js", "text/javascript"), ("/page/page.css", "text/css"),
                           ("/page/icon.svg", "image/svg+xml")):
            reply, body = self.get(path)
            self.assertEqual((reply.status, reply.headers["Content-Type"]), (200, kind + "; charset=utf-8"), path)
            self.assertIn("default-src 'self'", reply.headers["Content-Security-Policy"])
            self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(reply.headers["Cache-Control"], "no-cache")
            with open(f"console/{os.path.basename(path) or 'page.html'}", "rb") as file:
                self.assertEqual(body, file.read(), path)
            again, nothing = self.get(path, **{"If-None-Match": 'W/"0", ' + reply.headers["ETag"]})
            self.assertEqual((again.status, nothing, again.headers["Content-Length"]), (304, b"", None))
            self.assertEqual(self.get(path, **{"If-None-Match": '"other"'})[0].status, 200)
        self.assertEqual(self.get("/index.html")[0].status, 404)
        self.assertEqual(self.get("/page/")[0].status, 404)
        self.assertEqual(self.started.ask("POST", "/", "{}")[0], 405)
        self.assertEqual(self.started.ask("POST", "/nothing", "{}")[0], 404)


class Page(ServerTest):
    def setUp(self):
        super().setUp()
        self.browser = None
        if browser.CHROMIUM is None:
            self.skipTest("chromium is not installed (Debian package chromium, ./dev test installs it) (2026-11-26)")
        self.browser = browser.Browser(self.folder)
        self.started = self.server().wait_ready()
        self.origin = f"http://127.0.0.1:{self.started.port}"

    def tearDown(self):
        if self.browser:
            self.browser.close()
        super().tearDown()

    def open(self, fragment="", **how):
        self.browser.open(f"{self.origin}/{fragment}", **how)

    def assert_quiet(self, missing=()):
        """No error anywhere, but of what the server is known not to have; nothing but GET, and of this origin alone."""
        def expected(entry):
            return entry.get("source") == "network" and entry.get("url", "").endswith(missing)
        self.assertEqual([one for one in self.browser.complaints() if not expected(one)], [])
        for request in self.browser.asked_for():
            self.assertEqual(request["method"], "GET", request)
            self.assertTrue(request["url"].startswith(self.origin + "/"), request["url"])

    def decide(self, user, positions):
        """Behind what those positions name: also the items that were only met there."""
        status, decision = self.started.ask("POST", "/v1/decide", {"userId": user, "count": 3, "durable": True,
                                                                   "positions": positions})
        self.assertEqual((status, len(decision["items"])), (200, 3), decision)
        return decision

    def positions(self):
        status, told = self.started.ask("GET", "/v1/status")
        self.assertEqual(status, 200)
        return [(one["id"], one["position"], one["users"]) for one in told["partitions"]]

    def test_rates_models_and_partitions_move(self):
        self.open()
        self.browser.wait(f"{text('#ready')} === 'ready'")
        sent = 0

        def moving():
            nonlocal sent
            sent += 1
            self.assertEqual(self.started.track(view(f"u{sent % 9}", item=f"i{sent % 5}"), view("u", price=-1))[1]["rejected"], 1)
            self.started.ask("POST", "/v1/decide", {"userId": f"u{sent % 9}"})
            return self.browser.run(
                f"""[{text('#events')}, {text('#decisions')}, {text('#rejected')}].every((rate) => parseFloat(rate) > 0)
                && [{text('#p50')}, {text('#p99')}].every((took) => /^[>\\d].* (µs|ms|s)$/.test(took))""")
        wait_until(moving, "rates above zero")
        line = "document.querySelector('#events path').getAttribute('d')"
        wait_until(lambda: moving() and "L" in self.browser.run(line), "a line of two points")
        self.assertIn("between", self.browser.run("document.querySelector('#events svg').getAttribute('aria-label')"))

        partitions = self.browser.wait(f"{rows('partitions')}.length === 4 && {rows('partitions')}")
        self.assertEqual([row[0] for row in partitions], ["0", "1", "2", "3"])
        users = self.browser.wait(f"/\\b9 users in 4/.test({text('#partitions-caption')}) && {text('#partitions-caption')}")
        self.assertIn("9 users", users)
        fast = self.browser.wait(f"{rows('models')}.find((row) => row[0] === 'fast' && row[3] !== '0')")
        self.assertEqual((fast[1], fast[5]), ("live", "counted as it happens"))
        self.assertIn("ago", fast[4])
        self.browser.wait(f"{text('#no-segments')} === 'No segments yet.'")
        self.assert_quiet()

    def test_one_user_is_shown_and_nothing_is_written_by_looking(self):
        events = [view(HOSTILE, "m0", item="i0"), {"userId": HOSTILE, "event": "purchase", "properties": {"item": HOSTILE}}]
        others = [view(f"u{i}", item=f"i{i % 4}") for i in range(20)]
        tracked = self.started.track(*events, *others)[1]
        self.assertEqual(tracked["accepted"], 22)
        decision = self.decide(HOSTILE, tracked["positions"])
        # The decision's own entry is durable when it is answered; its place in the profile comes with the fold.
        asked = "/v1/profiles/" + "".join(f"%{byte:02x}" for byte in HOSTILE.encode()) + "?decisions=5"
        told = wait_until(lambda: self.started.ask("GET", asked)[1]["decisions"], "the decision in the profile")
        self.assertEqual(told[0]["decisionId"], decision["decisionId"])
        before, made = self.positions(), self.started.metric("kindred_decisions_total")
        appended = self.started.metric("kindred_appends_total")

        self.open()
        self.browser.wait(f"{text('#ready')} === 'ready'")
        self.browser.run(f"document.getElementById('user-id').value = {json.dumps(HOSTILE)}")
        self.browser.run("document.querySelector('form button').click()")
        self.browser.wait(f"{text('#user-name')} === {json.dumps(HOSTILE)}")
        self.assertIn("user=", self.browser.run("location.hash"))
        shown = self.browser.run(text("#user"))
        for words in ("2 in 1 sessions", "personalization, measurement, training, messaging", "view.1d", "purchase"):
            self.assertIn(words, shown)
        history = self.browser.run("[...document.querySelectorAll('#user tbody')].map((body) => body.innerText)")
        self.assertTrue(any(HOSTILE in part for part in history), history)

        self.browser.run(f"document.querySelector('[data-decision=\"{decision['decisionId']}\"] summary').click()")
        reasons = self.browser.wait(f"{text('#user details table')}")
        for item in decision["items"]:
            self.assertIn(item["item"], reasons)
            self.assertIn(f"{item['propensity']:.4f}", reasons)
        self.assertIn("newest + 5.00 buyAgain", reasons)
        self.browser.run("document.querySelector('#user details details summary').click()")
        explained = self.browser.run(text("#user details"))
        for words in (decision["decisionId"], "ranker prior", "weights of sources: written ones"):
            self.assertIn(words, explained)

        self.assertEqual(self.browser.run("document.querySelectorAll('#user img').length"), 0)
        self.assertEqual(self.browser.run("document.title"), "Kindred")
        self.open(self.browser.run("location.hash"))  # the link, as somebody else gets it
        self.browser.wait(f"{text('#user-name')} === {json.dumps(HOSTILE)}")
        self.assert_quiet()
        self.assertEqual(self.positions(), before, "looking appends nothing")
        self.assertEqual(self.started.metric("kindred_decisions_total"), made, "looking decides nothing")
        self.assertEqual(self.started.metric("kindred_appends_total"), appended)

        self.browser.run("location.hash = 'user=nobody'")
        self.browser.wait(f"{text('#user .failed')}.includes('nothing is known of this user')")
        self.browser.run("location.hash = 'user=nobody&tenant=elsewhere'")
        self.browser.wait(f"{text('#user .failed')}.includes('no tenant')")

    def test_a_server_that_hangs_is_said_and_the_page_comes_back_by_itself(self):
        self.open()
        self.browser.wait(f"{text('#ready')} === 'ready' && document.getElementById('banner').hidden")
        self.started.signal(signal.SIGSTOP)
        try:
            self.browser.wait(f"{text('#banner')}.includes('no answer within 5 s')")
            self.assertIn("Trying again every 2 s", self.browser.run(text("#banner")))
            self.assertEqual(self.browser.run(text("#events span")), "–", "what is not known is not drawn on")
        finally:
            self.started.signal(signal.SIGCONT)
        self.browser.wait("document.getElementById('banner').hidden")
        self.browser.wait(f"{text('#events span')} === '0'")

    def test_why_it_is_not_ready_is_listed(self):
        status = {**self.started.ask("GET", "/v1/status")[1], "ready": False, "notReadyBecause": ["partition 3: " + HOSTILE]}
        self.open(instead=("*/v1/status", lambda: status))
        self.browser.wait(f"{text('#ready')} === 'not ready'")
        self.assertEqual(self.browser.run(text("#reasons")), status["notReadyBecause"][0])
        self.assert_quiet()

    def test_segments_and_their_flow(self):
        flow = {"size": 10, "entered": 30, "left": 20}

        def segments():
            told = {"segments": [{"id": HOSTILE, "name": "Deal <b>seekers</b>", "kind": "rule", **flow}, {"id": "few", "size": 1}]}
            flow.update(size=flow["size"] + 1, entered=flow["entered"] + 3, left=flow["left"] + 2)
            return told
        self.open(instead=("*/v1/segments", segments))
        shown = self.browser.wait(f"{rows('segments')}.find((row) => row[4] === '+2')")
        self.assertEqual(shown, [HOSTILE, "Deal <b>seekers</b>", "rule", "12", "+2", "6", "4"])
        self.assertEqual(self.browser.run(f"{rows('segments')}[1]"), ["few", "", "", "1", "0", "–", "–"])
        self.assert_quiet(missing=())

    def test_a_hidden_page_asks_nothing(self):
        self.open(before=COUNT_TIMERS)
        self.browser.wait(f"{text('#ready')} === 'ready'")
        hide = """Object.defineProperty(document, 'hidden', {{ get: () => {}, configurable: true }});
            document.dispatchEvent(new Event('visibilitychange'))"""
        self.browser.run(hide.format("true"))
        # What was under way ends; then nothing is to come.
        self.browser.wait("window.waiting.size === 0")
        asked = len(self.browser.asked_for())
        self.browser.run(hide.format("false"))
        wait_until(lambda: len(self.browser.asked_for()) > asked, "it asks again")
        self.browser.wait("window.waiting.size === 1")

    def test_the_arithmetic_of_rates(self):
        self.open()
        with_metrics = "import('/page/metrics.js').then((m) => {})"
        self.assertEqual(self.browser.run(with_metrics.format("m.rate(10, 30, 2)")), 10)
        self.assertIsNone(self.browser.run(with_metrics.format("m.rate(30, 10, 2)")), "the server began anew")
        lines = ['# HELP a b', 'a{kind="x\\"}",code="1"} 2', 'a{kind="y"} 3.5', 'b_bucket{le="+Inf"} 4', 'b_bucket{le="0.5"} 1', "broken"]
        parsed = f"m.parse({json.dumps(chr(10).join(lines))})"
        self.assertEqual(self.browser.run(with_metrics.format(f"m.sum({parsed}, 'a')")), 5.5)
        self.assertEqual(self.browser.run(with_metrics.format(f"m.sum({parsed}, 'a', 'kind', 'y')")), 3.5)
        self.assertIsNone(self.browser.run(with_metrics.format(f"m.sum({parsed}, 'c')")))
        self.assertEqual(self.browser.run(with_metrics.format(f"m.buckets({parsed}, 'b').map((one) => one.count)")), [1, 4])

        def quantile(counts, q):
            bounds = zip(("1", "2", "Infinity"), counts)
            now = "[" + ",".join(f"{{bound: {bound}, count: {count}}}" for bound, count in bounds) + "]"
            before = now.replace("count: ", "count: 0 * ")
            return self.browser.run(with_metrics.format(f"String(m.quantile({before}, {now}, {q}))"))
        self.assertEqual(quantile((10, 10, 10), 0.5), "0.5")
        self.assertEqual(quantile((0, 10, 10), 0.5), "1.5")
        self.assertEqual(quantile((5, 5, 10), 0.99), "Infinity")
        self.assertEqual(quantile((0, 0, 0), 0.5), "null")
        line = "import('/page/sparkline.js').then((m) => m.pathOf([0, null, 5, 10], 6, 12))"
        self.assertEqual(self.browser.run(line), "M2 11.0M4 6.0L5 1.0")


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""tools/cluster/checker.py can fail: a lost event, a doubled one, a stale read, a foreign one, an unread user are each found;
and gaps.py measures what a client waited, retries included."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import checker
import gaps
import history
import report


class Told:
    """A history that a test writes call by call."""

    def __init__(self):
        self.lines, self.op, self.t = [], 0, 0.0

    def call(self, kind, state, user="ada", via="a", tries=("",), after=0.001, told=None, answer=None):
        """`tries`: codes of tries that failed with what became of them before the last, as "unknown:TimeoutError"."""
        self.op += 1
        attempt = 0
        for number, failed in enumerate([*tries[1:], None], 1):
            attempt = number
            base = {"op": self.op, "try": attempt, "kind": kind, "user": user, "via": via}
            self.lines.append({"t": self.t, "state": "invoke", **base, **(told or {})})
            self.t += after
            if failed:
                what, code = failed.split(":")
                self.lines.append({"t": self.t, "state": what, "code": code, **base})
            else:
                self.lines.append({"t": self.t, "state": state, **base, **(answer or {})})
        return self

    def track(self, number, state="ok", **more):
        return self.call("track", state, told={"event": number}, **more)

    def read(self, saw, must=0, events=None, kind="read", **more):
        return self.call(kind, "ok", told={"must": {"count": must, "greatest": must - 1}},
                         answer={"saw": saw, "events": len(saw) if events is None else events}, **more)

    def aged(self, saw, age_ms=0, **more):
        return self.call("aged", "ok", answer={"saw": saw, "events": len(saw), "ageMs": age_ms}, **more)

    def later(self, seconds):
        self.t += seconds
        return self

    def final(self, saw, **more):
        return self.read(saw, kind="final", **more)

    def mark(self, what):
        self.lines.append({"t": self.t, "mark": what})
        return self

    def verdict(self, nodes=("a",)):
        return checker.check(self.lines, nodes)

    def found(self, nodes=("a",)):
        return {finding: count for finding, count in self.verdict(nodes).counts.items() if count}


class Checker(unittest.TestCase):
    def test_a_history_that_keeps_everything_is_clean(self):
        told = Told().track(0).read([0], must=1).track(1).read([1, 0], must=2).final([1, 0], must=2)
        verdict = told.verdict()
        self.assertTrue(verdict.clean, verdict.as_dict())
        self.assertEqual((verdict.acked, verdict.unknown, verdict.pairs, verdict.reads), (2, 0, 3, 3))

    def test_a_lost_event(self):
        told = Told().track(0).track(1).track(2).final([2, 0])
        self.assertEqual(told.found(), {"lost": 1})
        self.assertIn("event 1 of ada through a", told.verdict().examples["lost"][0])

    def test_lost_for_one_node_only(self):
        told = Told().track(0).final([0], via="a").final([], via="b")
        self.assertEqual(told.found(("a", "b")), {"lost": 1})

    def test_a_doubled_event(self):
        self.assertIn("doubled", Told().track(0).track(1).final([1, 0, 0]).found())

    def test_one_that_is_counted_twice_and_shown_once(self):
        self.assertIn("doubled", Told().track(0).final([0], events=2).found())

    def test_one_that_is_shown_and_not_counted(self):
        self.assertEqual(Told().track(0).final([0], events=0).found(), {"lost": 1})

    def test_a_doubled_event_in_the_middle_of_the_run(self):
        self.assertEqual(Told().track(0).read([0, 0], events=1).final([0]).found(), {"doubled": 1})

    def test_a_stale_read(self):
        told = Told().track(0).track(1).read([0], must=2).final([1, 0])
        self.assertEqual(told.found(), {"stale": 1})
        self.assertIn("shows 1 events to 0, acknowledged and asked for were 2 to 1", told.verdict().examples["stale"][0])

    def test_a_read_of_a_user_who_is_not_known_although_he_was_acknowledged(self):
        self.assertEqual(Told().track(0).read([], must=1).final([0]).found(), {"stale": 1})

    def test_a_read_that_lacks_an_older_event_only(self):
        self.assertEqual(Told().track(0).track(1).read([1], must=2, events=1).final([1, 0]).found(), {"stale": 1})

    def test_a_read_without_a_position_may_be_old(self):
        self.assertEqual(Told().track(0).read([], must=0).final([0]).found(), {})

    def test_a_read_with_a_position_is_stale_whatever_age_it_says(self):
        told = Told().track(0).call("read", "ok", told={"must": {"count": 1, "greatest": 0}},
                                    answer={"saw": [], "events": 0, "ageMs": 50_000}).final([0])
        self.assertEqual(told.found(), {"stale": 1})

    def test_one_without_a_position_may_be_as_old_as_it_says(self):
        told = Told().track(0).track(1).later(40).aged([0], age_ms=41_000).final([1, 0])
        self.assertEqual(told.found(), {})
        verdict = told.verdict()
        self.assertEqual((verdict.aged, verdict.labelled, verdict.label_ms_max, verdict.unsaid_s_max), (1, 1, 41_000, 0.0))

    def test_one_that_is_older_than_it_says(self):
        told = Told().track(0).track(1).later(40).aged([0], age_ms=3_000).final([1, 0])
        self.assertEqual(told.found(), {"unsaid": 1})
        self.assertIn("shows events to 0, says to be 3000 ms old, and is 37.0 s older", told.verdict().examples["unsaid"][0])
        self.assertEqual(Told().track(0).later(40).aged([]).final([0]).found(), {"unsaid": 1})

    def test_a_cut_may_go_unnoticed_for_some_time_and_it_is_said_for_how_long(self):
        told = Told().track(0).track(1).later(6).aged([0]).final([1, 0])
        self.assertEqual(told.found(), {})
        self.assertAlmostEqual(told.verdict().unsaid_s_max, 6.0, places=2)

    def test_what_was_acknowledged_after_it_was_asked_is_not_missed(self):
        told = Told().track(0).later(40)
        told.aged([0], after=30.0)
        told.lines.insert(-1, {"t": told.t - 29, "state": "invoke", "op": 99, "try": 1, "kind": "track", "user": "ada", "via": "a", "event": 1})
        told.lines.insert(-1, {"t": told.t - 28, "state": "ok", "op": 99, "try": 1, "kind": "track", "user": "ada", "via": "a"})
        self.assertEqual((told.final([1, 0]).found(), told.verdict().unsaid_s_max), ({}, 0.0))

    def test_one_that_says_to_be_older_than_a_node_may_answer(self):
        self.assertEqual(Told().track(0).aged([0], age_ms=70_000).final([0]).found(), {"tooOld": 1})

    def test_an_aged_read_is_looked_through_for_doubled_and_foreign_events_too(self):
        self.assertEqual(Told().track(0).aged([0, 0]).final([0]).found(), {"doubled": 2})
        self.assertEqual(Told().track(0).aged([5]).final([0]).found(), {"foreign": 1})

    def test_an_event_that_nobody_sent(self):
        self.assertIn("foreign", Told().track(0).final([7, 0]).found())

    def test_what_was_never_acknowledged_may_be_there_or_not_once(self):
        for saw in ([0], [1, 0]):
            told = Told().track(0).track(1, state="unknown").final(saw)
            self.assertEqual(told.found(), {})
            self.assertEqual(told.verdict().unknown, 1)
        self.assertIn("doubled", Told().track(0).track(1, state="unknown").final([1, 1, 0]).found())

    def test_an_event_acknowledged_at_the_second_try_is_owed(self):
        told = Told().track(0, tries=("", "unknown:TimeoutError")).final([])
        self.assertEqual(told.found(), {"lost": 1})

    def test_a_user_who_was_not_read_back_proves_nothing(self):
        self.assertEqual(Told().track(0).final([0], via="a").found(("a", "b")), {"unread": 1})
        self.assertEqual(Told().track(0).call("final", "fail", told={"must": {"count": 1, "greatest": 0}}).found(), {"unread": 1})

    def test_a_request_that_was_wrong(self):
        self.assertEqual(Told().track(0).call("decide", "refused").final([0]).found(), {"refused": 1})


class Gaps(unittest.TestCase):
    def test_a_wait_is_from_the_first_try_to_the_answer(self):
        told = Told().track(0, after=0.010).mark("fault")
        told.track(1, after=0.5, tries=("", "fail:ConnectionRefusedError", "unknown:TimeoutError")).mark("whole").track(2)
        around = gaps.around(told.lines)["track"]
        self.assertEqual(around["before"]["maxMs"], 10.0)
        self.assertEqual(around["around"]["maxMs"], 1500.0)
        self.assertEqual((around["around"]["count"], around["retried"], around["givenUp"]), (2, 1, 0))
        self.assertEqual(around["codes"], {"ConnectionRefusedError": 1, "TimeoutError": 1})

    def test_the_gap_of_a_user_is_his_longest_wait(self):
        told = Told().mark("fault")
        for user, wait in (("ada", 0.1), ("ada", 0.4), ("bob", 0.2)):
            told.track(0, user=user, after=wait)
        users = gaps.around(told.mark("whole").lines)["track"]["users"]
        self.assertEqual((users["count"], users["p50Ms"], users["maxMs"]), (2, 400.0, 400.0))

    def test_what_was_given_up_counts(self):
        told = Told().mark("fault").call("read", "fail", told={"must": {"count": 0, "greatest": -1}})
        self.assertEqual(gaps.around(told.lines)["read"]["givenUp"], 1)

    def test_percentiles(self):
        self.assertEqual(gaps.percentile([], 0.5), 0.0)
        self.assertEqual([gaps.percentile(range(1, 101), share) for share in (0.5, 0.99)], [51, 100])


class HistoryFile(unittest.TestCase):
    def test_it_is_read_back_without_a_line_that_was_cut_off(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "history.ndjson"
            log = history.History(path)
            log.add(state="invoke", op=1)
            log.mark("fault", what="nothing")
            log.close()
            with open(path, "a") as file:
                file.write('{"state": "inv')
            self.assertEqual(history.read(path), log.lines)


class Report(unittest.TestCase):
    def result(self, told):
        verdict = told.verdict()
        return {"seed": 1, "fault": "node-kill", "round": 1, "what": "SIGKILL of <a>", "clean": verdict.clean, "error": None,
                "faultS": 1.0, "healedS": 2.0, "wholeS": 3.0, **verdict.as_dict(), "gaps": gaps.around(told.lines)}

    def test_a_broken_promise_is_in_sentence_and_table(self):
        broken = self.result(Told().track(0).final([]))
        self.assertTrue(report.sentence(broken).startswith("BROKEN"))
        self.assertIn("lost 1", report.sentence(broken))
        self.assertIn("| node-kill | 1 | 1 | 1 | 0 |", report.text([broken]))
        self.assertIn("event 0 of ada through a", report.text([broken]))

    def test_a_kept_one_too(self):
        kept = self.result(Told().track(0).final([0]))
        self.assertTrue(report.sentence(kept).startswith("kept: 1 acknowledged, none lost"))

    def test_steps_and_what_was_given_up_are_told(self):
        result = {**self.result(Told().mark("fault").track(0).final([0])), "fault": "node-joins", "steps": [{"what": "d was ready 2.6 s after"}]}
        result["gaps"]["read"]["givenUp"] = 3
        self.assertIn("; d was ready 2.6 s after", report.sentence(result))
        self.assertIn("| 0, 3 |", report.text([result]))
        self.assertIn("node-joins, round 1: d was ready 2.6 s after", report.text([result]))

    def test_the_plot_is_of_every_call(self):
        told = Told().track(0).mark("fault").track(1)
        told.aged([0], age_ms=2_000)
        plot = report.plot(told.lines, self.result(told))
        self.assertEqual(plot.count('stroke="#2b6cb0"'), 1)
        self.assertEqual(plot.count("<circle"), 2)
        self.assertIn("SIGKILL of &lt;a>", plot)


if __name__ == "__main__":
    sys.exit(unittest.main())

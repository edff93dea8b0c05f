#!/usr/bin/env python3
"""The alerts that we ship: Prometheus takes them, they fire where they should, and each series that they ask for exists."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/kindred.rules.yml"


# Each alert: series in which it fires for instance "a" and not for "b", values each 10 s as promtool writes them, and when to look.
CASES = {
    "KindredDown": ({"up": ("1x20 0x40", "1x20 0x4 1x36")}, "6m"),
    "KindredNotReady": ({"kindred_ready": ("1x30 0x30", "1x30 0x10 1x20")}, "8m"),
    "KindredLogRefuses": ({"kindred_log_available": ("1x30 0x30", "1x60")}, "6m"),
    "KindredPartitionStopped": ({"kindred_partitions_stopped": ("0x30 1x30", "0x60")}, "6m"),
    "KindredStateNotWritten": ({"kindred_state_write_seconds": ("0x30 0+10x30", "0 20 0x58")}, "7m"),
    "KindredStateNotWritten by its store": ({"kindred_state_available": ("1x30 0x30", "1x30 0 1x30")}, "7m"),
    "KindredStateNotWritten by its batches": ({"kindred_flushes_failed_total": ("0x30 0+5x30", "0x30 0+1x3 3x30")}, "8m"),
    "KindredFoldLags": ({"kindred_fold_lag_max_entries": ("0+100x60", "6000-100x60")}, "9m"),
    "KindredFastModelsAreOld": (
        {"kindred_fast_models_wait_seconds": ("0+10x60", "0+10x60"), "kindred_ready": ("1x60", "0x60")},
        "6m",
    ),
    "KindredDecisionsAreSlow": (
        {
            'kindred_decision_duration_seconds_bucket{le="0.05"}': ("0+9x120", "0+100x120"),
            'kindred_decision_duration_seconds_bucket{le="0.1"}': ("0+10x120", "0+100x120"),
            'kindred_decision_duration_seconds_bucket{le="+Inf"}': ("0+10x120", "0+100x120"),
        },
        "18m",
    ),
    "KindredTurnsRequestsAway": (
        {
            'kindred_zmq_refused_total{reason="bytes"}': ("0+5x90", "0x90"),
            'kindred_zmq_refused_total{reason="requests"}': ("0+5x90", "0x90"),
            "kindred_asks_overloaded_total": ("0+5x90", "0+5x90"),
        },
        "12m",
    ),
    "KindredDecisionsAreNotLogged": ({"kindred_decisions_unlogged_total": ("0+1x60", "0x60")}, "8m"),
    "KindredReplayDiffers": ({"kindred_replays_different_total": ("0x10 1x50", "1x60")}, "5m"),
    "KindredRoundsFail": (
        {
            'kindred_rounds_total{learner="ranker"}': ("0+1x360", "0+1x360"),
            'kindred_rounds_abandoned_total{learner="ranker"}': ("0+1x360", "0+1x200 200x160"),
        },
        "60m",
    ),
    "KindredActorsDie": ({"kindred_actor_restarts_total": ("0x10 0+1x50", "0x10 1x50")}, "9m"),
    "KindredReplicasDiffer": ({"kindred_peer_digests_differ_total": ("0x10 1x50", "0x60")}, "5m"),
    "KindredMemberSilent": ({'kindred_cluster_members{state="silent"}': ("0x10 1x50", "0x60")}, "5m"),
    "KindredLogUnheard": ({"kindred_log_unheard_seconds": ("0x10 0+10x50", "0 20 0x58")}, "8m"),
}


def labels_of(series, instance):
    name, _, labels = series.rstrip("}").partition("{")
    return f'{name}{{job="kindred",instance="{instance}"{"," if labels else ""}{labels}}}'


def series_of(case):
    return [
        {"series": labels_of(name, instance), "values": values[i]}
        for name, values in case.items()
        for i, instance in enumerate("ab")
    ]


def told_by_instance_alone():
    """The rules without words, and without labels that a case would have to repeat: promtool compares all of them."""
    rules = re.sub(r"\n +annotations:\n +summary: .*\n +do: .*", "", RULES.read_text(encoding="utf-8"))
    rules = re.sub(r"\n +labels: .*", "", rules)
    return re.sub(r"expr: (.*)", lambda expr: f"expr: '{only_instance(expr.group(1))}'", rules)


def only_instance(expr):
    return f"max by (instance) ({expr})" if "silent" not in expr else expr


def names_in(text):
    return set(re.findall(r"\bkindred_[a-z0-9_]+", text))


def series():
    """Every name that a node may expose: they stand as literals where they are described."""
    names = set()
    for source in (ROOT / "nodes/kindred").glob("*metrics.cpp"):
        names |= {name[1:-1] for name in re.findall(r'"kindred_[a-z0-9_]+"', source.read_text(encoding="utf-8"))}
    return names | {f"{name}_bucket" for name in names if name.endswith("_seconds")}


class Alerts(unittest.TestCase):
    def test_every_series_exists(self):
        known = series()
        self.assertIn("kindred_ready", known)
        self.assertIn("kindred_decision_duration_seconds_bucket", known)
        asked = names_in(RULES.read_text(encoding="utf-8"))
        self.assertGreater(len(asked), 15)
        self.assertEqual(asked - known, set())

    def test_each_says_how_bad_it_is_and_what_to_do(self):
        alerts = re.split(r"\n +- alert: ", RULES.read_text(encoding="utf-8"))[1:]
        for alert in alerts:
            with self.subTest(alert.split("\n")[0]):
                self.assertRegex(alert, r"severity: (page|ticket)\b")
                self.assertRegex(alert, r'summary: "\S')
                self.assertRegex(alert, r'do: "\S')

    def promtool(self, *told):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed (Debian package prometheus) (2026-11-28)")
        return subprocess.run(["promtool", *told], capture_output=True, text=True, check=False)

    def test_prometheus_takes_them(self):
        checked = self.promtool("check", "rules", RULES)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_there_is_a_case_of_each(self):
        alerts = set(re.findall(r"\n +- alert: (\w+)", RULES.read_text(encoding="utf-8")))
        self.assertEqual(alerts, {case.split()[0] for case in CASES})

    def test_they_fire_where_they_should(self):
        for case, (series, when) in CASES.items():
            with self.subTest(case), tempfile.TemporaryDirectory() as directory:
                self.fires_for_a_alone(case.split()[0], series, when, pathlib.Path(directory))

    def fires_for_a_alone(self, alert, series, when, directory):
        (directory / "kindred.rules.yml").write_text(told_by_instance_alone(), encoding="utf-8")
        of_all = alert == "KindredMemberSilent"  # of the cluster, whoever says so
        fired = {"exp_labels": {"alertname": alert} if of_all else {"alertname": alert, "instance": "a"}}
        tests = {
            "rule_files": ["kindred.rules.yml"],
            "evaluation_interval": "10s",
            "tests": [
                {
                    "interval": "10s",
                    "input_series": series_of(series),
                    "alert_rule_test": [{"alertname": alert, "eval_time": when, "exp_alerts": [fired]}],
                }
            ],
        }
        (directory / "tests.yml").write_text(json.dumps(tests), encoding="utf-8")
        tried = self.promtool("test", "rules", directory / "tests.yml")
        self.assertEqual(tried.returncode, 0, tried.stdout + tried.stderr)


if __name__ == "__main__":
    unittest.main()

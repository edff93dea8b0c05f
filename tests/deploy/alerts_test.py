#!/usr/bin/env python3
"""The alerts that we ship: Prometheus takes them, they fire where they should, and each series that they ask for exists."""

import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/kindred.rules.yml"


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

    def test_they_fire_where_they_should(self):
        tried = self.promtool("test", "rules", RULES.with_name("kindred.rules.test.yml"))
        self.assertEqual(tried.returncode, 0, tried.stdout + tried.stderr)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""One round each of some faults on three real brokers and three nodes, by `./dev cluster torture`: nothing acknowledged is lost
or counted twice, no read is older than the position it carries, and all get whole again. The rest of the faults and more
rounds are for that command. Skipped with the reason where no broker can be started; the cut, where no network namespace can be made.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import broker_jars
import network

PROGRAMS = pathlib.Path(os.environ.get("KINDRED_BIN_DIR", ROOT / "build/bin"))
FAULTS = ("node-kill", "leader-kill", "brokers-kill", "node-stop", "rolling-restart", "cut-both")
WITHIN_S = 780  # a busy machine; a free one takes two minutes


@unittest.skipUnless((PROGRAMS / "kindred").exists() and (PROGRAMS / "kindredctl").exists(),
                     f"{PROGRAMS} has no kindred and kindredctl (2026-11-27)")
class Torture(unittest.TestCase):
    def setUp(self):
        try:
            broker_jars.folder()
        except broker_jars.Missing as why:
            self.skipTest(f"no broker can be started here (2026-11-27): {why}")
        directory = tempfile.TemporaryDirectory(prefix="kindred-torture.")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def torture(self, *words):
        """Its exit code and what it said; ended in peace, so that it ends its cluster, where it takes too long."""
        run = subprocess.Popen([sys.executable, ROOT / "tools/cluster/run", "torture", "--directory", self.directory, *words],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            said = run.communicate(timeout=WITHIN_S)[0]
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGTERM)
            said = run.communicate()[0] + f"\nnot within {WITHIN_S} s"
        return run.returncode, said

    def test_promises_are_kept_around_each_fault(self):
        code, said = self.torture("--faults", ",".join(FAULTS), "--stop-seconds", "8", "--cut-seconds", "10", "--rate", "50",
                                  "--partitions", "8")
        self.assertEqual(code, 0, said)
        results = [json.loads(line) for line in (self.directory / "results.ndjson").read_text().splitlines()]
        why = network.why_not()
        self.assertEqual([result["fault"] for result in results], [fault for fault in FAULTS if not why or fault != "cut-both"])
        for result in results:
            self.assertGreater(result["acked"], 100, said)
            self.assertGreater(result["pairs"], 100, said)
            self.assertGreater(result["aged"], 100, said)
            self.assertEqual((result["lost"], result["doubled"], result["stale"], result["unread"]), (0, 0, 0, 0), said)
            if result["fault"] == "rolling-restart":
                self.assertEqual({step["node"] for step in result["steps"]}, {"a", "b", "c"}, said)
                self.assertEqual(sum(result["gaps"][kind]["givenUp"] for kind in result["gaps"]), 0, said)
        self.assertFalse((self.directory / "cluster").exists(), "it ended what it started")
        if why:
            self.assertIn("no network namespaces here", said)
            self.skipTest(f"the others kept their promises; cut-both was not done (2026-11-27): {why}")


if __name__ == "__main__":
    unittest.main()

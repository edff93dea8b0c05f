#!/usr/bin/env python3
"""The demo on the built programs: the same seed twice gives the same report, and the commands it prints for a second
terminal work. Skipped with the reason where the programs were not built."""

import os
import pathlib
import pty
import re
import select
import shlex
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("KINDRED_BIN_DIR", ROOT / "build/bin"))
FEW = ["--users", "300", "--seed", "3"]
WITHIN_S = 120


@unittest.skipUnless((PROGRAMS / "kindred").exists() and (PROGRAMS / "kindredctl").exists(),
                     f"{PROGRAMS} has no kindred and kindredctl (2026-11-23)")
class Demo(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="kindred-demo-test.")
        self.addCleanup(directory.cleanup)
        self.environment = {**os.environ, "TMPDIR": directory.name, "KINDRED_BIN_DIR": str(PROGRAMS)}

    def report(self, *arguments):
        run = subprocess.run([ROOT / "tools/demo", *FEW, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             stdin=subprocess.DEVNULL, text=True, env=self.environment, timeout=WITHIN_S)
        self.assertEqual(run.returncode, 0, run.stderr)
        report, marked, times = run.stdout.partition("---- times")
        self.assertTrue(marked, run.stdout)
        self.assertIn("whole run", times)
        return report

    def test_the_same_seed_gives_the_same_report_byte_for_byte(self):
        first = self.report()
        self.assertIn("Kindred", first)
        self.assertEqual(first, self.report())

    def test_the_control_world_runs_too(self):
        self.assertIn("Control world", self.report("--control"))

    def test_the_printed_commands_work_in_a_second_terminal(self):
        master, slave = pty.openpty()
        demo = subprocess.Popen([ROOT / "tools/demo", *FEW], stdin=slave, stdout=slave, stderr=slave,
                                env=self.environment, start_new_session=True)
        os.close(slave)
        self.addCleanup(os.close, master)
        try:
            seen, until = "", time.monotonic() + WITHIN_S
            while "Ctrl-C ends it" not in seen:
                self.assertGreater(until - time.monotonic(), 0, seen)
                if select.select([master], [], [], 1)[0]:
                    seen += os.read(master, 65536).decode()
            commands = re.findall(r"^(\S+/kindredctl --endpoint \S+ .*?)\r?$", seen, re.M)
            self.assertEqual(len(commands), 3, seen)
            answers = [subprocess.run(shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      timeout=60) for command in commands]
            for command, answer in zip(commands, answers):
                self.assertEqual(answer.returncode, 0, f"{command}: {answer.stdout}")
            item = re.search(r"--item (\S+)", commands[0]).group(1)
            self.assertIn(item, answers[2].stdout)  # the profile has seen what was tracked
            shown = re.findall(r"^\s*\d+\. (\S+)", answers[1].stdout, re.M)
            self.assertEqual(len(shown), 5)
            self.assertNotIn(item, shown)  # and what was seen is not shown again
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            demo.wait(timeout=60)


if __name__ == "__main__":
    unittest.main()

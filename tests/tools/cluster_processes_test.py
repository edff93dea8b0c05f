"""tools/cluster/processes.py: a process is met by number and start time, so that no other one is ever signalled."""

import os
import pathlib
import signal
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import processes


class Processes(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="kindred-processes.")
        self.addCleanup(directory.cleanup)
        self.log = pathlib.Path(directory.name) / "log"

    def start(self, *words):
        process = processes.start(words, self.log)
        self.addCleanup(processes.kill, process)
        return process

    def sleeper(self):
        return self.start("sleep", "600")

    def test_it_runs_in_a_session_of_its_own_with_nothing_to_read(self):
        process = self.start("bash", "-c", "cat; echo said; exec sleep 600")
        processes.wait_until(lambda: "said" in self.log.read_text(), "what it says is in the log", 30)
        self.assertEqual(os.getsid(process["pid"]), process["pid"])
        self.assertEqual(processes.state(process), "running")

    def test_stopped_and_going_on(self):
        process = self.sleeper()
        processes.send(process, signal.SIGSTOP)
        processes.wait_until(lambda: processes.state(process) == "stopped", "stopped", 30)
        processes.send(process, signal.SIGCONT)
        processes.wait_until(lambda: processes.state(process) == "running", "running", 30)

    def test_killed_is_ended_and_takes_no_signal(self):
        process = self.sleeper()
        processes.kill(process)
        self.assertEqual(processes.state(process), "ended")
        self.assertFalse(processes.send(process, signal.SIGTERM))

    def test_another_process_with_its_number_is_not_touched(self):
        other = self.sleeper()
        remembered = {"pid": other["pid"], "started": other["started"] - 1}
        self.assertEqual(processes.state(remembered), "ended")
        self.assertFalse(processes.send(remembered, signal.SIGKILL))
        self.assertTrue(processes.end(remembered, 0))
        self.assertEqual(processes.state(other), "running")

    def test_a_stopped_one_is_ended_in_peace(self):
        process = self.sleeper()
        processes.send(process, signal.SIGSTOP)
        self.assertTrue(processes.end(process, 30))
        self.assertEqual(processes.state(process), "ended")

    def test_one_that_does_not_want_to_is_killed(self):
        process = self.start("bash", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done")
        processes.wait_until(lambda: "deaf" in self.log.read_text(), "it ignores SIGTERM", 30)
        self.assertFalse(processes.end(process, 0.2))
        self.assertEqual(processes.state(process), "ended")

    def test_no_process_at_all_is_ended(self):
        self.assertEqual(processes.state(None), "ended")
        self.assertFalse(processes.send(None, signal.SIGKILL))

    def test_what_does_not_come_is_named(self):
        with self.assertRaisesRegex(processes.NotInTime, "not within 0 s: a miracle"):
            processes.wait_until(lambda: False, "a miracle", 0)


if __name__ == "__main__":
    sys.exit(unittest.main())

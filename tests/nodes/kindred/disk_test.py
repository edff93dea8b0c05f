#!/usr/bin/env python3
"""A full disk and a failing one: no false acknowledgement, a typed refusal, /readyz says why, and it goes on by itself.
Skipped with a reason where mounting or tracing is not allowed."""

import os
import shutil
import signal
import subprocess
import unittest

import server as support
from server import ServerTest, view


class Disk(ServerTest):
    def track_one(self, server, i, **properties):
        """What became of event m<i>: True acknowledged, False refused by type, None unknown."""
        reply = server.track(view("u1", f"m{i}", **properties), headers={"Kindred-Timeout-Ms": "3000"})
        if not reply:
            return None
        status, answer = reply
        if status == 200 and answer["accepted"] == 1:
            return True
        self.assertIn(answer["errors"][0]["code"], ("logUnavailable", "unknownOutcome", "overloaded", "deadlineExceeded"))
        self.assertTrue(answer["errors"][0]["message"])
        return False if answer["errors"][0]["code"] == "logUnavailable" else None

    def until_refused(self, server, first, **properties):
        """Tracks until the log refuses; (events acknowledged, events without verdict, next number)."""
        acknowledged, doubtful = 0, 0
        for i in range(first, first + 20000):
            told = self.track_one(server, i, **properties)
            if told is False:
                return acknowledged, doubtful, i + 1
            acknowledged += told is True
            doubtful += told is None
        self.fail(f"the log never refused: {acknowledged} acknowledged, {doubtful} without verdict; {server.ask('GET', '/readyz')}")

    def says_why(self, server):
        def look():
            status, answer = server.ask("GET", "/readyz")
            return status == 503 and any(why.startswith("log") for why in answer["notReadyBecause"])
        support.wait_until(look, "/readyz names the log")

    def goes_on(self, server, number):
        """Appends are taken again, without a restart; how many more were acknowledged."""
        count = [0]

        def again():
            count[0] += 1
            return self.track_one(server, number + count[0]) is True
        support.wait_until(again, "appends are taken again")
        server.wait_ready()
        return 1

    def events(self, server):
        status, answer = server.profile("u1")
        return answer["events"] if status == 200 else 0

    def test_a_full_disk(self):
        mount = os.path.join(self.folder, "disk")
        os.makedirs(mount)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", mount], capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"mounting a tmpfs is not allowed here (2026-11-23): {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], capture_output=True, check=False)
        path = self.folder + "/k.toml"
        with open(path, "w", encoding="utf-8") as file:
            file.write("free_mib_min = 8\n")
        server = self.server("--config", path, name="disk/data").wait_ready()
        acknowledged = sum(self.track_one(server, i) is True for i in range(20))
        self.assertEqual(acknowledged, 20)
        with open(os.path.join(mount, "ballast"), "wb") as ballast:  # leaves less than free_mib_min
            free = shutil.disk_usage(mount).free
            ballast.write(b"\0" * max(0, free - (4 << 20)))
        more, doubtful, number = self.until_refused(server, 20)
        acknowledged += more
        self.says_why(server)
        self.assertEqual(server.profile("u1")[0], 200, "reads go on")
        os.remove(os.path.join(mount, "ballast"))
        acknowledged += self.goes_on(server, number)
        seen = self.events(server)
        self.assertGreaterEqual(seen, acknowledged)
        self.assertLessEqual(seen, acknowledged + doubtful)
        server.kill()
        server.start().wait_ready()
        self.assertEqual(self.events(server), seen, "the same after a restart: nothing acknowledged was only in memory")

    def test_a_failing_disk(self):
        """EIO from every fdatasync and fsync while strace is attached; it detaches, the disk is well again. (Not from
        sync_file_range: RocksDB asks it for nothing but whether it exists, and takes EIO for its own mistake.)"""
        if not shutil.which("strace"):
            self.skipTest("strace is not installed (2026-11-23)")
        server = self.server().wait_ready()
        self.assertTrue(self.track_one(server, 0))
        trace = subprocess.Popen(["strace", "-f", "-q", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
                                  "inject=fsync,fdatasync:error=EIO", "-p", str(server.process.pid)],
                                 stderr=subprocess.PIPE, text=True)
        try:
            attached = f"/proc/{server.process.pid}/status"

            def traced():
                if trace.poll() is not None:
                    self.skipTest(f"tracing is not allowed here (2026-11-23): {trace.stderr.read().strip()}")
                with open(attached, encoding="utf-8") as file:
                    return "TracerPid:\t0\n" not in file.read()
            support.wait_until(traced, "strace is attached")
            more, doubtful, number = self.until_refused(server, 1)
            self.says_why(server)
        finally:
            trace.send_signal(signal.SIGINT)
            trace.wait(support.PATIENCE_S)
            trace.stderr.close()
        acknowledged = 1 + more + self.goes_on(server, number)
        seen = self.events(server)
        self.assertGreaterEqual(seen, acknowledged)
        self.assertLessEqual(seen, acknowledged + doubtful + 1)
        server.kill()
        server.start().wait_ready()
        self.assertGreaterEqual(self.events(server), acknowledged)


if __name__ == "__main__":
    unittest.main(verbosity=2)

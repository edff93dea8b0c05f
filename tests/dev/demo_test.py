"""tools/demo around a faked server and driver: ports, readiness, what is printed, and that nothing stays behind."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
import unittest

from scratch import ROOT, ScratchTest

SERVER = '''#!/usr/bin/env python3
import http.server, pathlib, signal, sys
flags = dict(zip(sys.argv[2::2], sys.argv[3::2]))
pathlib.Path(flags["--data-dir"]).mkdir(parents=True)
host, port = flags["--http"].split(":")
asked = 0
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global asked
        asked += 1
        self.send_response(200 if self.path == "/readyz" and asked > 2 else 503)
        self.end_headers()
    def log_message(self, *args):
        pass
def end(*args):
    pathlib.Path("SERVER_ENDED").write_text("drained")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path("SERVER_FLAGS").write_text(repr(flags))
http.server.HTTPServer((host, int(port)), Handler).serve_forever()
'''


class Demo(ScratchTest):
    def setUp(self):
        super().setUp()
        self.programs = self.dir / "programs"
        self.programs.mkdir()
        server = SERVER.replace("SERVER_ENDED", str(self.dir / "ended")).replace("SERVER_FLAGS", str(self.dir / "flags"))
        (self.programs / "kindred").write_text(server)
        (self.programs / "kindred").chmod(0o755)
        self.fake("kindredctl", "echo a report", self.programs)

    def demo(self, *arguments):
        return self.run_script(ROOT / "tools" / "demo", *arguments, KINDRED_BIN_DIR=str(self.programs))

    def left_behind(self):
        return list(self.dir.glob("kindred-demo.*"))

    def flags(self):
        return eval((self.dir / "flags").read_text())  # written by our own fake, a dict of texts

    def test_without_a_terminal_it_reports_and_ends_by_itself(self):
        done = self.demo("--seed", "7")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, "a report\n")
        self.assertTrue((self.dir / "ended").exists(), "the server was not asked to end")
        self.assertEqual(self.left_behind(), [])
        self.assertEqual(self.flags()["--clock"], "events")
        call = [line for line in self.calls() if line.startswith("kindredctl")][0]
        self.assertEqual(call, f"kindredctl --endpoint {self.flags()['--listen']} --deadline-ms 60000 demo --seed 7")

    def test_a_busy_port_is_replaced_by_a_free_one_that_is_printed(self):
        with socket.socket() as busy:
            busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                busy.bind(("127.0.0.1", 7480))
                busy.listen()
            except OSError:
                pass  # somebody else is on it, which serves as well
            done = self.demo()
        self.assertEqual(done.returncode, 0, done.stderr)
        port = self.flags()["--http"].split(":")[1]
        self.assertNotEqual(port, "7480")
        self.assertIn(port, done.stderr)

    def test_a_failed_report_is_a_failed_demo_and_nothing_stays(self):
        self.fake("kindredctl", "exit 5", self.programs)
        done = self.demo()
        self.assertEqual(done.returncode, 5)
        self.assertTrue((self.dir / "ended").exists())
        self.assertEqual(self.left_behind(), [])

    def test_a_server_that_does_not_start_is_reported_with_its_last_lines(self):
        self.fake("kindred", "echo the disk is on fire; exit 1", self.programs)
        done = self.demo()
        self.assertEqual(done.returncode, 1)
        self.assertIn("the disk is on fire", done.stderr)
        self.assertEqual(self.left_behind(), [])

    def on_terminal(self):
        master, slave = pty.openpty()
        child = subprocess.Popen(
            [str(ROOT / "tools" / "demo")], env=self.environment(KINDRED_BIN_DIR=str(self.programs)), cwd=self.dir,
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        )
        os.close(slave)
        self.addCleanup(os.close, master)
        return master, child

    def read_until(self, master, text, within_s=60):
        seen, end = "", time.monotonic() + within_s
        while text not in seen:
            left = end - time.monotonic()
            self.assertGreater(left, 0, f"'{text}' did not come; seen: {seen}")
            if select.select([master], [], [], left)[0]:
                seen += os.read(master, 65536).decode()
        return seen

    def test_on_a_terminal_it_stays_up_prints_three_commands_and_ends_with_ctrl_c(self):
        master, child = self.on_terminal()
        seen = self.read_until(master, "Ctrl-C ends it")
        commands = re.findall(r"^(\S+/kindredctl --endpoint \S+ .*?)\r?$", seen, re.M)
        self.assertEqual([command.split()[3] for command in commands], ["track", "decide", "profile"])
        self.assertNotIn("timestamp", " ".join(commands))
        self.assertIsNone(child.poll())
        os.killpg(child.pid, signal.SIGINT)  # what the terminal sends for Ctrl-C: to the whole group
        self.assertEqual(child.wait(timeout=60), 130)
        self.assertTrue((self.dir / "ended").exists())
        self.assertEqual(self.left_behind(), [])


if __name__ == "__main__":
    sys.exit(unittest.main())

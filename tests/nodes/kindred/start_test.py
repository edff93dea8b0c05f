#!/usr/bin/env python3
"""Starts that must not be: bad configuration, busy ports, directories in use, damaged, newer or made otherwise. Each ends
with its exit code and one line that says what, why and what to do."""

import os
import re
import socket
import subprocess
import unittest

import server as support
from server import ServerTest, free_port, view

USAGE, REFUSED, UNAVAILABLE, CONFLICT = 2, 4, 5, 7


class Start(ServerTest):
    def refused(self, server, code, *words):
        self.assertEqual(server.wait_exit(), code, server.log()[-500:])
        said = server.log()
        for word in words:
            self.assertIn(word, said)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_version_and_help(self):
        for flag, word in (("--version", "kindred "), ("--help", "serve")):
            run = subprocess.run([support.BINARY, flag], capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 0)
            self.assertIn(word, run.stdout)
        self.assertEqual(subprocess.run([support.BINARY], capture_output=True, check=False).returncode, USAGE)
        self.assertEqual(subprocess.run([support.BINARY, "serve", "--prots", "1"], capture_output=True, check=False).returncode, USAGE)

    def test_an_unknown_key_is_an_error_with_a_hint(self):
        self.refused(self.server("--config", self.write("k.toml", 'partitons = 4\n')), USAGE, "k.toml:1", "partitons", "did you mean 'partitions'")

    def test_wrong_values_are_errors(self):
        for i, (text, word) in enumerate([("partitions = 0", "from 1 to 1024"), ('partitions = "four"', "from 1 to 1024"),
                                          ('clock = "sun"', "wall"), ('http = "nowhere"', "HOST:PORT"), ("node = [1]", "65535"),
                                          ("= 3", "not TOML")]):
            with self.subTest(text):
                self.refused(self.server("--config", self.write(f"{i}.toml", text), name=f"d{i}"), USAGE, word)
        self.refused(self.server("--config", os.path.join(self.folder, "none.toml"), name="e"), USAGE, "none.toml")
        self.refused(self.server("--clock", "sun", name="f"), USAGE, "--clock")
        self.refused(self.server("--partitions", "x", name="g", partitions=None), USAGE, "--partitions")

    def test_flags_win_over_the_file(self):
        path = self.write("k.toml", 'partitions = 7\nlog_level = "warn"\n')
        server = self.server("--config", path, partitions=2).wait_ready()
        self.assertIn('partition="1"', server.ask("GET", "/metrics")[1])
        self.assertNotIn('partition="2"', server.ask("GET", "/metrics")[1])
        self.assertNotIn('"info"', server.log())

    def test_a_second_server_on_the_same_directory(self):
        first = self.server().wait_ready()
        second = support.Server(first.data_dir)
        self.servers.append(second)
        self.refused(second, UNAVAILABLE)
        self.assertTrue(first.ready())

    def test_a_port_in_use(self):
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            self.refused(self.server("--listen", f"tcp://127.0.0.1:{port}", name="a"), UNAVAILABLE, str(port))
            self.refused(self.server("--http", f"127.0.0.1:{port}", name="b"), UNAVAILABLE, str(port))

    def test_made_with_other_partitions_or_another_clock(self):
        server = self.server(partitions=3).wait_ready()
        self.assertEqual(server.stop(), 0)
        server.partitions = 5
        self.refused(server.start(), CONFLICT, "partitions 3")
        server.partitions = None
        server.flags = ["--clock", "events"]
        self.refused(server.start(), CONFLICT, "clock wall")
        server.flags = []
        server.start().wait_ready()  # none told: as it was made
        self.assertIn('partition="2"', server.ask("GET", "/metrics")[1])

    def test_a_directory_that_is_not_ours(self):
        os.makedirs(os.path.join(self.folder, "data"))
        self.write("data/letter.txt", "dear")
        self.refused(self.server(), REFUSED, "not empty")

    def test_a_newer_version_and_a_changed_manifest(self):
        server = self.server().wait_ready()
        self.assertEqual(server.stop(), 0)
        path = os.path.join(server.data_dir, "MANIFEST")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.write("data/MANIFEST", text.replace("partitions 4", "partitions 5"))
        self.refused(server.start(), REFUSED)
        newer = re.sub(r"version \d+", "version 99", text)
        self.write("data/MANIFEST", newer)
        self.refused(server.start(), REFUSED)
        self.write("data/MANIFEST", text)
        server.start().wait_ready()

    def test_a_flipped_bit_in_the_log_is_never_served_as_if_nothing_was(self):
        server = self.server().wait_ready()
        for i in range(200):
            self.assertEqual(server.track(view("u1", f"m{i}", note="flip-me-" * 20))[1]["accepted"], 1)
        server.kill()
        flipped = self.flip(os.path.join(server.data_dir, "log"), b"flip-me-")
        self.assertTrue(flipped, "the events stand in a file of the log")
        server.start()
        support.wait_until(lambda: server.process.poll() is not None or server.ask("GET", "/readyz") is not None, "an answer")
        if server.process.poll() is not None:
            self.assertEqual(server.process.returncode, REFUSED, server.log()[-500:])
            return
        status, answer = server.ask("GET", "/readyz")
        self.assertEqual((status, answer["ready"]), (503, False))
        self.assertTrue(answer["notReadyBecause"])

    def test_a_torn_tail_is_cut_and_the_rest_is_there(self):
        server = self.server().wait_ready()
        for i in range(50):
            self.assertEqual(server.track(view("u1", f"m{i}"))[1]["accepted"], 1)
        server.kill()
        newest = max(self.files(os.path.join(server.data_dir, "log"), ".log"), key=os.path.getmtime)
        with open(newest, "ab") as file:
            file.write(b"\x07torn in the middle of a write")
        server.start()
        support.wait_until(lambda: server.process.poll() is not None or server.ready(), "an answer")
        if server.process.poll() is not None:  # says that it cannot tell a torn tail from damage: also no silent loss
            self.assertEqual(server.process.returncode, REFUSED, server.log()[-500:])
        else:
            self.assertEqual(server.profile("u1")[1]["events"], 50)

    @staticmethod
    def files(folder, ending=""):
        return [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names if name.endswith(ending)]

    def flip(self, folder, needle):
        for path in self.files(folder, ".log"):
            with open(path, "r+b") as file:
                at = file.read().find(needle)
                if at >= 0:
                    file.seek(at)
                    file.write(bytes([needle[0] ^ 4]))
                    return True
        return False


if __name__ == "__main__":
    unittest.main(verbosity=2)

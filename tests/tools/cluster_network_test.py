"""tools/cluster/network.py and slow_wire.py: cuts in one direction and both, over real namespaces and sockets (skipped where they
are not allowed); that two clusters do not meet, and that all goes again, a lost tool's too."""

import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import network
import processes
import slow_wire

WHY_NOT = network.why_not()
PORT = 20_001
ECHO = f"""import socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind((sys.argv[1], {PORT}))
print("up", flush=True)
heard = 0
while True:
    text, whom = one.recvfrom(100)
    words = text.decode().split()
    if words[0] == "send":
        one.sendto(b"told " + sys.argv[1].encode(), (words[1], {PORT}))
    elif words[0] == "told":
        heard += 1
    else:
        one.sendto(str(heard).encode(), whom)
"""
PATIENCE_S, SILENCE_S = 10.0, 0.3


def links():
    return {line.split()[0].partition("@")[0] for line in network.command(["ip", "-br", "link"]).splitlines()}


@unittest.skipIf(WHY_NOT, f"no network namespaces here (2026-11-27): {WHY_NOT}")
class Network(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="kindred-network-test.")
        self.addCleanup(directory.cleanup)
        self.scratch = pathlib.Path(directory.name)

    def network(self, *names):
        one = network.Network(network.planned(), [{"name": name} for name in names], lambda: None)
        self.addCleanup(one.remove)
        one.make()
        return one

    @staticmethod
    def left_of(one):
        """Other tests make theirs meanwhile: what carries its id."""
        return [name for name in (*network.Network.named(), *links()) if one.plan["id"] in name]

    def members(self, one):
        """In every namespace a program that sends a packet to another one where told, and says how many came."""
        for name, address in one.hosts.items():
            process = subprocess.Popen([*one.inside(name), sys.executable, "-c", ECHO, address], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, text=True)
            self.addCleanup(process.stdout.close)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            self.assertEqual(process.stdout.readline(), "up\n")
        self.tool = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.tool.close)

    def heard(self, address):
        self.tool.settimeout(PATIENCE_S)
        self.tool.sendto(b"count", (address, PORT))
        return int(self.tool.recv(100))

    def reaches(self, one, sender, receiver):
        before = self.heard(one.hosts[receiver])
        self.tool.sendto(f"send {one.hosts[receiver]}".encode(), (one.hosts[sender], PORT))
        until = time.monotonic() + (SILENCE_S if self.silent else PATIENCE_S)
        while time.monotonic() < until:
            if self.heard(one.hosts[receiver]) > before:
                return True
        return False

    silent = False

    def expect(self, one, **ways):
        """a_b=True: packets of a reach b."""
        for way, wanted in ways.items():
            self.silent = not wanted
            self.assertEqual(self.reaches(one, *way.split("_")), wanted, way)

    def test_a_cut_is_of_the_pairs_that_are_named_in_the_direction_that_is_named(self):
        one = self.network("a", "b", "c")
        self.members(one)
        self.expect(one, a_b=True, b_a=True)
        one.cut([("a", "b")])
        self.expect(one, a_b=False, b_a=True, a_c=True, c_b=True)
        self.assertGreater(one.dropped(), 0)
        one.cut([("b", "a"), ("c", "a")])  # instead of the other, not besides
        self.expect(one, a_b=True, b_a=False, c_a=False, a_c=True)
        one.heal()
        self.expect(one, b_a=True, c_a=True)

    def test_without_a_route_the_member_itself_refuses(self):
        one = self.network("a", "b")
        one.take_routes("a", ["b"])
        send = f"import socket; socket.create_connection(('{one.hosts['b']}', {PORT}), timeout={PATIENCE_S})"

        def said():
            return subprocess.run([*one.inside("a"), sys.executable, "-c", send], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True).stderr
        self.assertIn("Invalid argument", said())
        one.give_routes("a", ["b"])
        self.assertIn("Connection refused", said())

    def test_a_slow_cable_takes_its_time_and_loses_nothing(self):
        one = self.network("a", "b")
        self.members(one)
        self.heard(one.hosts["a"])  # whose address is known by now
        one.slow("a", 60, 0, self.scratch / "log")
        began = time.monotonic()
        self.heard(one.hosts["a"])
        self.assertGreaterEqual(time.monotonic() - began, 0.12, "there and back")
        wire = one.plan["wire"]
        one.quick("a")
        self.assertEqual(processes.state(wire), "ended")
        self.expect(one, a_b=True, b_a=True)
        self.assertEqual((self.scratch / "log").read_text(), "")

    def test_large_answers_come_whole_over_a_cable_that_reorders(self):
        one = self.network("a")
        serve = ("import socket, sys; s = socket.create_server((sys.argv[1], %d)); print('up', flush=True); c, _ = s.accept(); "
                 "c.sendall(bytes(range(256)) * 4096)" % PORT)
        process = subprocess.Popen([*one.inside("a"), sys.executable, "-c", serve, one.hosts["a"]], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "up\n")
        one.slow("a", 1, 5, self.scratch / "log")
        with socket.create_connection((one.hosts["a"], PORT), timeout=PATIENCE_S) as connection:
            with connection.makefile("rb") as file:
                self.assertEqual(file.read(), bytes(range(256)) * 4096)

    def test_two_do_not_meet_and_each_takes_away_its_own(self):
        one, other = self.network("a"), self.network("a")
        self.assertEqual(len(self.left_of(one)), 3)
        self.assertNotEqual(one.hosts, other.hosts)
        self.assertTrue(one.there() and other.there())
        one.remove()
        self.assertFalse(one.there())
        self.assertTrue(other.there())
        other.remove()
        self.assertEqual([*self.left_of(one), *self.left_of(other)], [])

    def test_what_a_lost_tool_left_is_removed_from_what_it_wrote_down(self):
        one = self.network("a", "b")
        one.slow("a", 1, 1, self.scratch / "log")  # and here it is lost
        again = network.Network(json.loads(json.dumps(one.plan)), [{"name": "a"}, {"name": "b"}], lambda: None)
        again.remove()
        again.remove()
        self.assertEqual(self.left_of(one), [])

    def test_half_of_one_is_made_whole(self):
        one = self.network("a", "b")
        network.command(["ip", "netns", "delete", one.namespace("b")])
        self.assertFalse(one.there())
        one.make()
        self.members(one)
        self.expect(one, a_b=True)


class NotAllowed(unittest.TestCase):
    def test_without_the_tools_it_is_said_which_and_where_they_are(self):
        with tempfile.TemporaryDirectory() as empty, mock.patch.dict(os.environ, {"PATH": empty}):
            self.assertEqual(network.why_not(), "there is no ip (Debian: iproute2, util-linux, nftables)")

    def test_without_the_right_it_is_said_what_failed(self):
        with tempfile.TemporaryDirectory() as folder:
            ip = pathlib.Path(folder) / "ip"
            ip.write_text("#!/bin/sh\n[ \"$1\" != -j ] || { echo '[]'; exit 0; }\necho Operation not permitted >&2\nexit 1\n")
            ip.chmod(0o755)
            with mock.patch.dict(os.environ, {"PATH": f"{folder}:{os.environ['PATH']}"}):
                self.assertRegex(network.why_not(), r"^`ip netns add kindred-\w+-hub` failed: Operation not permitted$")

    def test_a_network_that_the_machine_has_is_not_taken(self):
        routes = json.dumps([{"dst": "default"}, {"dst": "10.64.0.0/10"}, {"dst": "10.128.0.0/11"}])
        with mock.patch.object(network, "command", lambda words: routes):
            for _ in range(50):
                self.assertGreaterEqual(int(network.planned()["subnet"].split(".")[1]), 160)
        with mock.patch.object(network, "command", lambda words: '[{"dst": "10.0.0.0/8"}]'):
            with self.assertRaisesRegex(network.NotAllowed, "no private network is free"):
                network.planned()


class Waiting(unittest.TestCase):
    def test_packets_come_out_after_their_time_and_overtake_each_other(self):
        waiting = slow_wire.Waiting(0.030, 0.060, random.Random(1))
        self.assertIsNone(waiting.next_in_s(0))
        for number in range(100):
            self.assertTrue(waiting.take(number * 0.001, 1, number))
        self.assertEqual(waiting.ripe(0.030 - 1e-9), [])
        self.assertGreater(waiting.next_in_s(0), 0)
        came = [frame for _, frame in waiting.ripe(1.0)]
        self.assertEqual(sorted(came), list(range(100)))
        self.assertNotEqual(came, list(range(100)))

    def test_without_jitter_they_keep_their_order(self):
        waiting = slow_wire.Waiting(0.030, 0, random.Random(1))
        for number in range(100):
            waiting.take(0.0, 1, number)
        self.assertEqual([frame for _, frame in waiting.ripe(0.030)], list(range(100)))

    def test_what_waits_has_a_bound(self):
        waiting = slow_wire.Waiting(1, 0, random.Random(1))
        self.assertEqual([waiting.take(0, 1, b"") for _ in range(slow_wire.WAITING_MAX + 1)][-2:], [True, False])


if __name__ == "__main__":
    sys.exit(unittest.main())

"""tools/cluster/wire_reader.py: what it sends and reads, byte for byte as docs/protocol.md has it; nodes that hang up, answer
nonsense, or nothing."""

import pathlib
import re
import socket
import struct
import sys
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import wire_reader


def example(name):
    """The bytes of an example of docs/protocol.md."""
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"```hex {re.escape(name)}\n(.*?)```", text, re.S)
    return bytes.fromhex("".join(line.partition("#")[0] for line in block.splitlines()))


class Node:
    """Greets as ZeroMQ does, then answers each message with the frames that the test says: (flags, bytes)."""

    def __init__(self, *frames, greeting=wire_reader.GREETING):
        self.frames, self.greeting, self.asked = frames, greeting, []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = self.server.getsockname()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        connection = wire_reader.Connection.__new__(wire_reader.Connection)
        connection.socket, _ = self.server.accept()
        with connection.socket:
            try:
                connection.exactly(64)
                connection.socket.sendall(self.greeting)
                self.asked.append(connection.frame())
                connection.send(wire_reader.READY.replace(b"DEALER", b"ROUTER"), wire_reader.COMMAND)
                for flags, data in [(0, None), *self.frames]:
                    if data is None:
                        self.asked.append(connection.frame())
                    else:
                        connection.send(data, flags)
            except OSError:
                pass

    def end(self):
        self.server.close()
        self.thread.join()


class Transport(unittest.TestCase):
    def connection(self, *frames, **more):
        node = Node(*frames, **more)
        self.addCleanup(node.end)
        connection = wire_reader.Connection(node.address, 5.0)
        self.addCleanup(connection.close)
        return node, connection

    def test_a_question_and_its_answer(self):
        node, connection = self.connection((0, b"short"), (0, None), (0, b"l" * 300))
        self.assertEqual(connection.ask(b"question", 5.0), b"short")
        self.assertEqual(connection.ask(b"q" * 300, 5.0), b"l" * 300)
        self.assertEqual(node.asked, [(wire_reader.COMMAND, wire_reader.READY), (0, b"question"), (wire_reader.LONG, b"q" * 300)])

    def test_a_heartbeat_is_answered_on_the_way(self):
        node, connection = self.connection((wire_reader.COMMAND, b"\x04PING\x00\x0acontext"), (0, None), (0, b"answer"))
        self.assertEqual(connection.ask(b"question", 5.0), b"answer")
        self.assertEqual(node.asked[-1], (wire_reader.COMMAND, b"\x04PONGcontext"))

    def test_one_that_hangs_up_and_one_that_says_nothing_are_errors_of_the_system(self):
        _, connection = self.connection()
        with self.assertRaises(ConnectionError):
            connection.ask(b"question", 5.0)
        _, connection = self.connection((0, None))
        with self.assertRaises(TimeoutError):
            connection.ask(b"question", 0.05)

    def test_something_else_than_zeromq_is_refused(self):
        with self.assertRaisesRegex(ConnectionError, "no ZMTP"):
            self.connection(greeting=b"HTTP/1.1 400 Bad Request".ljust(64))


class Messages(unittest.TestCase):
    def test_a_request_is_the_one_of_the_document_but_for_what_is_asked(self):
        ours, theirs = wire_reader.profile_request(7, "ada", 16, 0), example("request.getProfile")
        alike = 8 + 8 * 13  # the root, all of Request, and that its one query is getProfile
        self.assertEqual(ours[8:alike], theirs[8:alike])
        self.assertEqual(ours[alike:].hex(" ", 8), "0000000001000200 0000740000000000 0500000022000000 0000000000000000 6164610000000000")
        self.assertEqual(struct.unpack_from("<II", ours), (0, len(ours) // 8 - 1))
        self.assertEqual(len(wire_reader.profile_request(7, "a" * 8, 16, 0)), len(ours) + 8, "its zero needs a word more")

    def test_an_answer_is_read(self):
        self.assertEqual(wire_reader.profile_answer(example("answer.profile")), {
            "requestId": 7, "stalenessMs": 0, "code": None, "events": 1, "times": [1_700_000_000_000]})

    def test_its_age_too(self):
        data = bytearray(example("answer.profile"))
        struct.pack_into("<I", data, 8 + 8 + 16, 12_345)
        self.assertEqual(wire_reader.profile_answer(bytes(data))["stalenessMs"], 12_345)

    def test_an_error_has_a_number(self):
        told = wire_reader.profile_answer(example("answer.error"))
        self.assertIsInstance(told["code"], int)
        self.assertEqual(told["times"], [])

    def test_a_body_in_another_segment_is_found(self):
        data = example("answer.profile")
        words = [data[at:at + 8] for at in range(8, len(data), 8)]
        (root,) = struct.unpack("<Q", words[0])
        first = struct.pack("<II", (0 << 3) | 2, 1)  # far: word 0 of segment 1
        moved = struct.pack("<IIII", 1, 1, len(words), 0) + first + struct.pack("<Q", root) + b"".join(words[1:])
        self.assertEqual(wire_reader.profile_answer(moved), wire_reader.profile_answer(data))

    def test_nonsense_is_malformed(self):
        data = example("answer.profile")
        for broken in (b"", data[:4], data[:-16], example("answer.accepted"), struct.pack("<II", 0, 1) + b"\xff" * 8):
            with self.assertRaises(wire_reader.Malformed):
                wire_reader.profile_answer(broken)


if __name__ == "__main__":
    sys.exit(unittest.main())

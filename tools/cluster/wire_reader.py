"""Reads profiles over Kindred's own protocol (docs/protocol.md), whose answers say how old they are at most: HTTP's do not.

As much of ZeroMQ's transport (ZMTP 3.0, NULL) and of Cap'n Proto as one question needs, and nothing of the server's.
"""

import socket
import struct

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"
MORE, LONG, COMMAND = 1, 2, 4
FRAME_BYTES_MAX = 16 << 20
PROFILE, ERROR = 3, 0  # tags of AnswerBody
NOT_FOUND = 18  # of ErrorCode


class Malformed(Exception):
    """What came is not an answer to what was asked."""


# ---- ZMTP ----

class Connection:
    """To one node; one question at a time. Raises OSError where it is gone or silent."""

    def __init__(self, address, within_s):
        self.socket = socket.create_connection(address, timeout=within_s)
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.sendall(GREETING)
            if self.exactly(len(GREETING))[:1] != b"\xff":
                raise ConnectionError("it speaks no ZMTP 3")
            self.send(READY, COMMAND)
            self.frame()  # its READY
        except BaseException:
            self.socket.close()
            raise

    def exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the node hung up")
            data += part
        return data

    def send(self, data, flags=0):
        head = bytes([flags, len(data)]) if len(data) < 256 else bytes([flags | LONG]) + struct.pack(">Q", len(data))
        self.socket.sendall(head + data)

    def frame(self):
        flags = self.exactly(1)[0]
        (size,) = struct.unpack(">Q", self.exactly(8)) if flags & LONG else self.exactly(1)
        if size > FRAME_BYTES_MAX:
            raise ConnectionError(f"a frame of {size} bytes")
        return flags, self.exactly(size)

    def ask(self, message, within_s):
        """The message that answers; heartbeats are answered on the way."""
        self.socket.settimeout(within_s)
        self.send(message)
        while True:
            flags, data = self.frame()
            if not flags & COMMAND:
                return data
            if data.startswith(b"\x04PING"):
                self.send(b"\x04PONG" + data[7:], COMMAND)

    def close(self):
        self.socket.close()


# ---- Cap'n Proto ----

def profile_request(number, user, history, within_ms):
    """The bytes of: getProfile of this user, any replica, no position. Section 4 of docs/protocol.md, word by word."""
    name = user.encode() + b"\0"
    text = name.ljust(-(-len(name) // 8) * 8, b"\0")
    words = struct.pack("<IHH", 0, 4, 6)  # the root: 4 words of data, 6 pointers
    words += struct.pack("<QQQQ", 0, within_ms, number, 0)  # version 1 (stored XOR 1); remainingMs; requestId; deadlineUs
    words += bytes(5 * 8)  # tenant, idempotencyKey, positions, trace, features: absent
    words += struct.pack("<II", 1, (2 << 3) | 7)  # queries: a list of structs, 2 words in all
    words += struct.pack("<IHHQ", 1 << 2, 1, 1, 7)  # one of 1 word and 1 pointer: number 7, getProfile
    words += struct.pack("<IHH", 0, 1, 2) + struct.pack("<HHI", 0, history ^ 100, 0)  # brief; historyMax; decisionsMax
    words += struct.pack("<IIQ", (1 << 2) | 1, (len(name) << 3) | 2, 0) + text  # userId; counters: all
    return struct.pack("<II", 0, len(words) // 8) + words


class Message:
    """Segments of a message; a place is (segment, word)."""

    def __init__(self, data):
        (count,) = struct.unpack_from("<I", data)
        sizes = struct.unpack_from(f"<{count + 1}I", data, 4)
        at = (4 + 4 * (count + 1) + 7) // 8 * 8
        self.segments = []
        for size in sizes:
            self.segments.append(data[at:at + 8 * size])
            at += 8 * size
        if at > len(data):
            raise Malformed("segments end behind the message")

    def word(self, place):
        return struct.unpack_from("<Q", self.segments[place[0]], 8 * place[1])[0]

    def target(self, place):
        """(the pointer, the place that it points at), far pointers followed."""
        pointer = self.word(place)
        if pointer & 3 == 2:
            pad = (pointer >> 32, pointer >> 3 & 0x1FFFFFFF)
            if pointer & 4:
                first = self.word(pad)
                return self.word((pad[0], pad[1] + 1)), (first >> 32, first >> 3 & 0x1FFFFFFF)
            return self.target(pad)
        offset = pointer >> 2 & 0x3FFFFFFF
        return pointer, (place[0], place[1] + 1 + offset - (0x40000000 if offset & 0x20000000 else 0))

    def struct(self, place):
        pointer, at = self.target(place)
        return Struct(self, at, pointer >> 32 & 0xFFFF, pointer >> 48)

    def structs(self, place):
        """Of a list of structs."""
        pointer, (segment, word) = self.target(place)
        if pointer == 0:
            return []
        tag = self.word((segment, word))
        data, pointers = tag >> 32 & 0xFFFF, tag >> 48
        return [Struct(self, (segment, word + 1 + n * (data + pointers)), data, pointers) for n in range(tag >> 2 & 0x3FFFFFFF)]


class Struct:
    def __init__(self, message, at, data, pointers):
        self.message, self.at, self.data, self.pointers = message, at, data, pointers

    def number(self, form, byte):
        """Of its data; 0 where it is shorter."""
        if byte + struct.calcsize(form) > 8 * self.data:
            return 0
        return struct.unpack_from("<" + form, self.message.segments[self.at[0]], 8 * self.at[1] + byte)[0]

    def pointer(self, which):
        return self.at[0], self.at[1] + self.data + which


def profile_answer(data):
    """{"requestId", "stalenessMs", "code" (a number; None: it is a profile), "events", "times" (ms since 1970)}"""
    try:
        message = Message(data)
        answer = message.struct((0, 0))
        told = {"requestId": answer.number("Q", 8), "stalenessMs": answer.number("I", 16), "code": None, "events": 0, "times": []}
        body = message.structs(answer.pointer(2))[0]
        what = message.struct(body.pointer(0))
        if body.number("H", 0) == PROFILE:
            told["events"] = what.number("Q", 0)
            told["times"] = [one.number("q", 0) // 1000 for one in message.structs(what.pointer(1))]
        elif body.number("H", 0) == ERROR:
            told["code"] = what.number("H", 0)
        else:
            raise Malformed(f"an answer of kind {body.number('H', 0)}")
        return told
    except (IndexError, struct.error) as why:
        raise Malformed(str(why)) from None

"""What a broker says of its cluster: who is there, who leads which partition. One request of Kafka's protocol (Metadata,
version 1), so that neither a library nor a Java program per look is needed."""

import socket
import struct

METADATA, VERSION = 3, 1
ANSWER_BYTES_MAX = 16 << 20


class Reader:
    """Takes big-endian values off the front of bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def text(self):
        length = self.take("h")
        if length < 0:
            return None
        value = self.data[self.at : self.at + length].decode()
        self.at += length
        return value

    def list(self, element):
        return [element() for _ in range(max(self.take("i"), 0))]


def request(correlation):
    client = b"kindred-cluster"
    head = struct.pack(">hhih", METADATA, VERSION, correlation, len(client)) + client
    body = head + struct.pack(">i", -1)  # all topics
    return struct.pack(">i", len(body)) + body


def parse(answer):
    """{"brokers": {id: (host, port)}, "controller": id, "topics": {name: {partition: {"leader", "replicas", "inSync"}}}};
    a partition without a leader has -1."""
    reader = Reader(answer)
    reader.take("i")  # the correlation

    def broker():
        identity, host, port = reader.take("i"), reader.text(), reader.take("i")
        reader.text()  # rack
        return identity, (host, port)

    def partition():
        reader.take("h")
        number, leader = reader.take("i"), reader.take("i")
        replicas, in_sync = reader.list(lambda: reader.take("i")), reader.list(lambda: reader.take("i"))
        return number, {"leader": leader, "replicas": replicas, "inSync": in_sync}

    def topic():
        reader.take("h")
        name = reader.text()
        reader.take("b")  # internal
        return name, dict(reader.list(partition))

    brokers = dict(reader.list(broker))
    controller = reader.take("i")
    return {"brokers": brokers, "controller": controller, "topics": dict(reader.list(topic))}


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("the broker hung up")
        data += part
    return data


def ask(address, timeout_s=2.0):
    """The metadata as the broker at this (host, port) sees it, or None where it does not answer."""
    try:
        with socket.create_connection(address, timeout=timeout_s) as connection:
            connection.sendall(request(1))
            (size,) = struct.unpack(">i", read_exactly(connection, 4))
            if not 0 < size <= ANSWER_BYTES_MAX:
                return None
            return parse(read_exactly(connection, size))
    except (OSError, struct.error):
        return None


def settled(metadata, brokers, prefix):
    """Whether so many brokers are there, and every partition of the topics with this prefix is led and in sync on all
    its replicas."""
    if metadata is None or len(metadata["brokers"]) < brokers:
        return False
    return all(part["leader"] >= 0 and len(part["inSync"]) == len(part["replicas"])
               for name, parts in metadata["topics"].items() if name.startswith(prefix) for part in parts.values())

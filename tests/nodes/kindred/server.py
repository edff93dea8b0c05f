"""The built `kindred serve` as a process, driven over HTTP, for the tests of this folder. Standard library only.

Every server gets free loopback ports and a directory of its own; `Server` ends its process with the test.
"""

import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

BINARY = os.path.join(os.environ.get("KINDRED_BIN_DIR", "build/bin"), "kindred")
PATIENCE_S = 30  # for what must happen; never slept through


GIVEN_PORTS = set()


def free_port():
    """Below the ports that the kernel gives to outgoing connections: else a client may have it before the server does. Never
    the same twice: nobody listens yet on those that a server is about to be given together."""
    for _ in range(100):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in GIVEN_PORTS:
            GIVEN_PORTS.add(port)
            return port
    raise RuntimeError("no free loopback port")


def wait_until(holds, what, patience_s=PATIENCE_S):
    """Polls a condition; the pause keeps two cores free for the server."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        value = holds()
        if value:
            return value
        threading.Event().wait(0.005)
    raise AssertionError(f"not within {patience_s} s: {what}")


class Server:
    """One process. `before` runs it under another command; it then is the child that is signalled."""

    def __init__(self, data_dir, *flags, partitions=4, before=(), start=True):
        self.data_dir = data_dir
        self.flags = list(flags)
        self.partitions = partitions
        self.before = list(before)
        self.process = None
        self.local = threading.local()
        self.log_path = data_dir.rstrip("/") + ".log"
        if start:
            self.start()

    def start(self):
        self.port = free_port()
        told = {"--data-dir": self.data_dir, "--listen": f"tcp://127.0.0.1:{free_port()}",
                "--notify": f"tcp://127.0.0.1:{free_port()}", "--http": f"127.0.0.1:{self.port}"}
        if self.partitions:
            told["--partitions"] = str(self.partitions)
        words = [*self.before, BINARY, "serve"]
        for flag, value in told.items():
            if flag not in self.flags:
                words += [flag, value]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(words + self.flags, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        return self

    def ask(self, method, path, body=None, headers=None, timeout_s=PATIENCE_S):
        """(status, JSON or text); None while nobody answers. Keeps one connection per thread."""
        for fresh in (False, True):
            connection = getattr(self.local, "connection", None)
            if connection is None or connection.port != self.port or fresh:
                self.hang_up()
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
                self.local.connection = connection
            try:
                try:
                    text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
                    connection.request(method, path, text, headers or {})
                except BrokenPipeError:
                    pass  # answered before it took the whole body, and closed
                reply = connection.getresponse()
                text = reply.read()
                kind = reply.headers.get("Content-Type", "")
                return reply.status, json.loads(text) if "json" in kind else text.decode()
            except (OSError, http.client.HTTPException):
                self.hang_up()
                if fresh or method == "POST":
                    return None  # what became of it is not known: the caller decides
        return None

    def hang_up(self):
        """Closes this thread's connection."""
        connection = getattr(self.local, "connection", None)
        if connection:
            connection.close()
        self.local.connection = None

    def ready(self):
        reply = self.ask("GET", "/readyz")
        return bool(reply) and reply[0] == 200

    def wait_ready(self, patience_s=PATIENCE_S):
        def look():
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}: {self.log()[-2000:]}")
            return self.ready()
        wait_until(look, "ready", patience_s)
        return self

    def track(self, *events, headers=None):
        return self.ask("POST", "/v1/track", "\n".join(json.dumps(event) for event in events), headers)

    def profile(self, user, positions=()):
        query = "&".join("position=" + position for position in positions)
        return self.ask("GET", f"/v1/profiles/{user}" + ("?" + query if query else ""))

    def metric(self, name):
        for line in self.ask("GET", "/metrics")[1].splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise AssertionError(f"no metric {name}")

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.hang_up()
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()

    def stop(self, patience_s=PATIENCE_S):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.process.wait(patience_s)

    def wait_exit(self, patience_s=PATIENCE_S):
        return self.process.wait(patience_s)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def log_lines(self, event):
        return [line for line in map(json.loads, filter(None, self.log().splitlines())) if line["event"] == event]


def view(user, message_id=None, **properties):
    event = {"userId": user, "event": "view", "properties": {"item": "i1", **properties}}
    if message_id:
        event["messageId"] = message_id
    return event


class ServerTest(unittest.TestCase):
    """Gives each test a folder below the temporary directory and ends its servers."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="kindred-test-")
        self.servers = []

    def tearDown(self):
        for server in self.servers:
            server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def server(self, *flags, name="data", **how):
        server = Server(os.path.join(self.folder, name), *flags, **how)
        self.servers.append(server)
        return server

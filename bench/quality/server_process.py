"""A server for a bench: `kindred serve` on free ports over a directory of its own. Python's standard library only."""

import json
import random
import socket
import subprocess
import time
import urllib.error
import urllib.request

READY_WITHIN_S = 60
DRAIN_WITHIN_S = 30


def free_port():
    """Below the ports that the kernel gives to outgoing connections: else a client may have it before the server does."""
    for _ in range(100):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free loopback port")


def is_ready(http_port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{http_port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


class Server:
    """`kindred serve` on free ports over a directory of its own; ended and forgotten at the end of the block."""

    def __init__(self, programs, directory, clock="events", config=None):
        self.port, self.http_port = free_port(), free_port()
        file = directory / "kindred.toml"
        file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in (config or {}).items()))
        self.log = open(directory / "server.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [programs / "kindred", "serve", "--config", file, "--data-dir", directory / "data", "--clock", clock,
             "--listen", f"tcp://127.0.0.1:{self.port}", "--notify", f"tcp://127.0.0.1:{free_port()}",
             "--http", f"127.0.0.1:{self.http_port}"], stdout=self.log, stderr=subprocess.STDOUT)
        until = time.monotonic() + READY_WITHIN_S
        while not is_ready(self.http_port):
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                self.log.seek(0)
                raise RuntimeError("the server did not get ready:\n" + self.log.read()[-2000:])
            time.sleep(0.05)

    @staticmethod
    def wait_for_all(look, within_s):
        """What `look` lists, as soon as nothing of it is None."""
        until = time.monotonic() + within_s
        while True:
            found = look()
            if None not in found:
                return found
            if time.monotonic() > until:
                raise RuntimeError(f"{found.count(None)} of {len(found)} were not there within {within_s} s")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(DRAIN_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.log.close()

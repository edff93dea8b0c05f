#!/usr/bin/env python3
"""Law read-your-writes with the real binary: a decide and a profile asked with the position of a track never answer from
before it. KINDRED_WRITES says how often (default 2,000; the bench asks 10,000 over ZeroMQ and measures)."""

import os
import time
import unittest

from server import ServerTest, view

WRITES = int(os.environ.get("KINDRED_WRITES", "2000"))
USERS = 50


class ReadYourWrites(ServerTest):
    def test_never_from_before(self):
        server = self.server(partitions=16).wait_ready()
        took_ms = []
        for i in range(WRITES):
            user = f"u{i % USERS}"
            status, answer = server.track(view(user, f"m{i}", item=f"i{i}"))
            self.assertEqual((status, answer["accepted"]), (200, 1))
            acknowledged = time.monotonic()
            status, profile = server.profile(user, answer["positions"])
            took_ms.append((time.monotonic() - acknowledged) * 1000)
            self.assertEqual((status, profile["events"]), (200, i // USERS + 1), f"write {i}")
            self.assertEqual(profile["history"][0]["item"], f"i{i}")
            status, decision = server.ask("POST", "/v1/decide", {"userId": user, "positions": answer["positions"]})
            self.assertEqual(status, 200)
        took_ms.sort()
        print(f"\nread-your-writes over HTTP: {WRITES} times, none from before; from acknowledgement to the profile p50 "
              f"{took_ms[len(took_ms) // 2]:.2f} ms, p99 {took_ms[len(took_ms) * 99 // 100]:.2f} ms", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)

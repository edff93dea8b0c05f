#!/usr/bin/env python3
"""The end of a server: SIGTERM and SIGINT finish what is under way and exit 0; a second signal ends at once."""

import signal
import threading
import unittest

import server as support
from server import ServerTest, view


class Drain(ServerTest):
    def test_sigterm_and_sigint_end_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                server = self.server(name=f"d{number}").wait_ready()
                server.track(view("u1"))
                server.signal(number)
                self.assertEqual(server.wait_exit(), 0)
                self.assertTrue(server.log_lines("drained"))

    def test_what_was_acknowledged_while_it_drained_is_there(self):
        server = self.server().wait_ready()
        acknowledged = [0]

        def write():
            while True:
                reply = server.track(view("u1", f"m{acknowledged[0]}"))
                if not reply or reply[0] != 200:
                    return
                acknowledged[0] += 1

        writer = threading.Thread(target=write)
        writer.start()
        support.wait_until(lambda: acknowledged[0] > 50, "events acknowledged")
        self.assertEqual(server.stop(), 0)
        writer.join(support.PATIENCE_S)
        server.start().wait_ready()
        events = server.profile("u1")[1]["events"]
        self.assertIn(events, (acknowledged[0], acknowledged[0] + 1), "the last one may have lost its answer only")

    def test_a_signal_while_starting_ends_it_too(self):
        server = self.server()
        support.wait_until(lambda: server.log_lines("starting"), "the first line")
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)

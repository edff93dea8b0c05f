#!/usr/bin/env python3
"""A cable that is slow: what comes in at one end goes out at the other later, each packet after a time of its own.

Makes two taps, slow-a and slow-b, in the network namespace that it runs in; they go when it ends. With jitter packets overtake
each other, as over several ways through a network. It is here since kernels do without `tc netem`; packets, and not
the bytes of connections, so that what is late or out of order is TCP's to mend, as in life. What waits has a bound; beyond it
packets are lost.
"""

import argparse
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
FRAME_BYTES_MAX = 65_536
WAITING_MAX = 10_000


def tap(name):
    """The packets of an interface as a file, which makes it."""
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return file


class Waiting:
    """Packets on their way, by when they are due. Pure: time and chance come from outside."""

    def __init__(self, delay_s, jitter_s, chance):
        self.delay_s, self.jitter_s, self.chance = delay_s, jitter_s, chance
        self.due, self.number = [], 0

    def take(self, now, end, frame):
        """`end`: where it goes out. False: it is lost, since too many wait."""
        if len(self.due) >= WAITING_MAX:
            return False
        self.number += 1  # so that frames themselves are never compared
        heapq.heappush(self.due, (now + self.delay_s + self.chance.uniform(0, self.jitter_s), self.number, end, frame))
        return True

    def ripe(self, now):
        """[(end, frame)] whose time has come, in its order."""
        ready = []
        while self.due and self.due[0][0] <= now:
            ready.append(heapq.heappop(self.due)[2:])
        return ready

    def next_in_s(self, now):
        """Until the next is due; None: nothing waits."""
        return max(0.0, self.due[0][0] - now) if self.due else None


def drained(file):
    """All frames that are there now."""
    while True:
        try:
            yield os.read(file, FRAME_BYTES_MAX)
        except BlockingIOError:
            return


def run(ends, waiting):
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    while True:
        came, _, _ = select.select(ends, (), (), waiting.next_in_s(time.monotonic()))
        for end in came:
            for frame in drained(end):
                waiting.take(time.monotonic(), other[end], frame)
        for end, frame in waiting.ripe(time.monotonic()):
            try:
                os.write(end, frame)
            except OSError:
                pass  # not up yet, or full: lost, as on any cable


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--delay-ms", type=float, required=True)
    parser.add_argument("--jitter-ms", type=float, default=0.0)
    told = parser.parse_args()
    run((tap("slow-a"), tap("slow-b")), Waiting(told.delay_ms / 1000, told.jitter_ms / 1000, random.Random()))


if __name__ == "__main__":
    sys.exit(main())

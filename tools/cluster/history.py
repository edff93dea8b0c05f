"""What clients asked and were told, one line each, in the order in which it happened.

A line is a JSON object with "t", seconds since the round began, and either "mark" (fault, led, step, healed, whole, calm) or a call:

  state   invoke | ok | fail (certainly not done) | unknown (may be done) | refused (the request itself is wrong)
  op      number of the operation; a retry is the same operation, with another "try"
  kind    track | read | decide | aged (a read without a position, one try) | final (a read after the round, of everything)
  user, via (the node that was asked), code (why not)
  invoke of track: event (its number; unique per user). Invoke of read, final: must (numbers of this user's events that were
  acknowledged before, and that the carried position stands for: how many, and the greatest)
  ok of read, aged, final: events (how many the profile counts), saw (their numbers, newest first; of final all)
  ok of aged: ageMs (how old it says to be at most)
"""

import json
import threading
import time


class History:
    """Kept in memory and written to a file. Thread-safe."""

    def __init__(self, path=None):
        self.lines, self.lock, self.began = [], threading.Lock(), time.monotonic()
        self.file = open(path, "w", encoding="utf-8") if path else None

    def add(self, **line):
        line["t"] = round(time.monotonic() - self.began, 6)
        with self.lock:
            self.lines.append(line)
            if self.file:
                self.file.write(json.dumps(line) + "\n")
        return line["t"]

    def mark(self, name, **more):
        return self.add(mark=name, **more)

    def close(self):
        if self.file:
            self.file.close()


def read(path):
    """The lines of a file; one that was cut off at its end is left out."""
    lines = []
    with open(path, encoding="utf-8") as file:
        for text in file:
            try:
                lines.append(json.loads(text))
            except ValueError:
                break
    return lines

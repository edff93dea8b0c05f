"""tools/cluster/crowd.py with a program in kindredctl's place that only counts what it is told."""

import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/cluster"))
import crowd
import processes

PROGRAM = """#!/bin/sh
cat > "$(dirname "$0")/told"
echo "$@" > "$(dirname "$0")/words"
[ -z "{why}" ] || {{ echo "{why}" >&2; exit 4; }}
"""


class Crowd(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.programs = pathlib.Path(self.folder.name)

    def tell(self, users, why=""):
        program = self.programs / "kindredctl"
        program.write_text(PROGRAM.format(why=why))
        program.chmod(0o755)
        said = []
        crowd.tell(self.programs, "tcp://somewhere", users, said.append)
        return said

    def test_every_user_is_told_once(self):
        said = self.tell(5000)
        told = [json.loads(line) for line in (self.programs / "told").read_text().splitlines()]
        self.assertEqual(len({one["userId"] for one in told}), 5000)
        self.assertEqual(len({one["messageId"] for one in told}), 5000)
        self.assertEqual({one["event"] for one in told}, {"view"})
        self.assertEqual((self.programs / "words").read_text().split(), ["--endpoint", "tcp://somewhere", "track"])
        self.assertRegex(said[0], "^5000 users were told in")

    def test_the_same_number_is_the_same_crowd(self):
        self.assertEqual(list(crowd.lines(50)), list(crowd.lines(50)))

    def test_where_some_are_refused_it_is_said_why(self):
        with self.assertRaisesRegex(processes.NotInTime, "no such tenant"):
            self.tell(3, why="no such tenant")


if __name__ == "__main__":
    unittest.main()

"""Small trees that a tool must find fault with, or not: written to a scratch directory, checked with --root."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class TreeTest(unittest.TestCase):
    """A test of one tool; `tool` is its path below tools/."""

    tool = ""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="kindred-tree."))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def check(self, *arguments):
        return subprocess.run(
            [sys.executable, str(ROOT / "tools" / self.tool), "--root", str(self.root), *arguments],
            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        )

    def assert_clean(self, *arguments):
        done = self.check(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def assert_found(self, *texts):
        """The tool fails, and says each of these."""
        done = self.check()
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for text in texts:
            self.assertIn(text, done.stdout)

"""A scratch directory with a PATH of its own, for tests that run ./dev's scripts among faked programs."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL_PROGRAMS = [
    "bash", "sh", "env", "awk", "comm", "sort", "dirname", "wc", "tr", "grep", "chmod", "rm", "cat", "mktemp", "tail",
    "sleep", "python3", "nproc", "mkdir", "basename", "find", "xargs", "sed", "head",
]


class ScratchTest(unittest.TestCase):
    """Each test gets self.dir, and self.bin, the only folder on its PATH: real small programs plus its fakes."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kindred-dev-test."))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.bin = self.dir / "bin"
        self.bin.mkdir()
        for name in REAL_PROGRAMS:
            real = shutil.which(name)
            if real:
                (self.bin / name).symlink_to(real)
        self.log = self.dir / "calls.log"
        self.log.touch()
        self.os_release("debian", "12")

    def os_release(self, name, version):
        (self.dir / "os-release").write_text(f'ID={name}\nVERSION_ID="{version}"\n')

    def fake(self, name, body, folder=None):
        """A program that notes its call in self.log and then does `body` (shell)."""
        path = (folder or self.bin) / name
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.log}"\n{body}\n')
        path.chmod(0o755)
        return path

    def environment(self, **more):
        return {
            **os.environ,
            "PATH": str(self.bin),
            "KINDRED_OS_RELEASE": str(self.dir / "os-release"),
            "KINDRED_POLICY_FILE": str(self.dir / "policy-rc.d"),
            "TMPDIR": str(self.dir),
            **more,
        }

    def run_script(self, *command, **more):
        return subprocess.run(
            [str(part) for part in command], env=self.environment(**more), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, cwd=self.dir,
        )

    def calls(self):
        return self.log.read_text().splitlines()

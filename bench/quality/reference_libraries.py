"""The Python environment of the references: made in the build directory, from requirements.txt, only when it is not there
or was made from other requirements or by another Python. Python's standard library and Debian's python3-venv only."""

import os
import pathlib
import shutil
import subprocess
import sys

REQUIREMENTS = pathlib.Path(__file__).resolve().parent / "requirements.txt"
MADE_WITHIN_S = 900

# One thread on both sides. Some machines pin OpenBLAS to old kernels for the sake of old builds; the pinned one needs no
# such help, and a slowed reference is none.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def environment():
    """What a reference process gets for its environment."""
    return {**{name: value for name, value in os.environ.items() if name not in SLOWING}, **ONE_THREAD}


def made(directory, requirements=REQUIREMENTS):
    """The interpreter of the environment in `directory`, or None with the reason in one line on standard error. What is
    left of an attempt that failed is no environment: the stamp is written last."""
    python, stamp = directory / "bin/python", directory / "made_from.txt"
    wanted = requirements.read_text(encoding="utf-8") + sys.version
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print("quality bench: setting up the reference libraries", file=sys.stderr)
    steps = [[sys.executable, "-m", "venv", "--clear", directory],
             [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "1",
              "--timeout", "30", "--only-binary", ":all:", "-r", requirements]]
    try:
        for step in steps:
            subprocess.run(step, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           timeout=MADE_WITHIN_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as why:
        shutil.rmtree(directory, ignore_errors=True)
        print(f"quality bench: no reference libraries, their side is not run: {reason(why)}", file=sys.stderr)
        return None
    stamp.write_text(wanted, encoding="utf-8")
    return python


def reason(why):
    """In one line: the last that the failed program said, or what the system said."""
    said = getattr(why, "stdout", None) or ""
    lines = [line.strip() for line in said.splitlines() if line.strip()] if isinstance(said, str) else []
    return lines[-1] if lines else str(why)

"""Where the public sets lie and how they are unpacked. They are no part of this tree: ../shared/data beside it, or
$KINDRED_SHARED. Python's standard library and the program `zstd` only."""

import csv
import datetime
import io
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def shared():
    """The folder `shared`, or None with the reason on standard error."""
    told = os.environ.get("KINDRED_SHARED")
    places = [pathlib.Path(told)] if told else [ROOT.parent / "shared", ROOT.parent.parent / "shared"]
    for place in places:
        if (place / "data").is_dir():
            return place
    print("the public sets are not here (looked for " + ", ".join(str(p / "data") for p in places) +
          "); set KINDRED_SHARED", file=sys.stderr)
    return None


def rows(path):
    """The rows of a CSV packed by zstd, as dictionaries, all values text."""
    with subprocess.Popen(["zstd", "-dcq", str(path)], stdout=subprocess.PIPE) as packed:
        yield from csv.DictReader(io.TextIOWrapper(packed.stdout, encoding="utf-8", newline=""))
    if packed.returncode != 0:
        raise OSError(f"zstd could not unpack {path}")


def time_text(seconds):
    """ISO 8601 in UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

#!/usr/bin/env python3
"""Lines of test for a line of code: engine/ at least 1.2, the whole at least 0.8. Run by ctest and by ./dev lint.

Counted are lines that hold code: neither blank nor comment. Pure code is cheap to test, so it owes more.
tools/ratchet.json may hold a lower floor ("test_share") while a room is being furnished; it only rises.
"""

import json
import sys

import source_tree

FLOORS = {"engine": 1.2, "whole": 0.8}
CODE_ROOMS = ("engine", "schemas", "actors", "nodes", "clients")


def lines_of_code(root, paths):
    total = 0
    for path in paths:
        code = source_tree.without_comments_and_literals((root / path).read_text(encoding="utf-8"))
        total += sum(1 for line in code.splitlines() if line.strip())
    return total


def shares(root):
    """{name: (lines of code, lines of test)}"""
    rooms = {room: lines_of_code(root, source_tree.sources(root, rooms=(room,))) for room in CODE_ROOMS}
    engine_tests = [path for path in source_tree.sources(root, rooms=("tests",)) if path.parts[1] == "engine"]
    return {
        "engine": (rooms["engine"], lines_of_code(root, engine_tests)),
        "whole": (sum(rooms.values()), lines_of_code(root, source_tree.sources(root, rooms=("tests",)))),
    }


def main():
    root = source_tree.root_from_arguments(__doc__.splitlines()[0])
    ratchet_file = root / "tools" / "ratchet.json"
    ratchet = json.loads(ratchet_file.read_text()).get("test_share", {}) if ratchet_file.is_file() else {}
    failed = False
    for name, (code, test) in shares(root).items():
        floor = min(FLOORS[name], ratchet.get(name, FLOORS[name]))
        share = test / code if code else FLOORS[name]
        verdict = "" if share >= floor else ": below its floor; write the tests that are missing"
        failed |= share < floor
        print(f"test share: {name} {share:.2f} ({test} lines of test, {code} of code; floor {floor}){verdict}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

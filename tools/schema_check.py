#!/usr/bin/env python3
"""Refuses a change of schemas/*.capnp after which old messages could not be read. Run by ctest and by ./dev lint.

The schemas are compiled to Cap'n Proto's canonical text (ids, numbers, types, defaults, places in the message) and
compared with schemas/baseline.txt. Allowed: new members with numbers above all of their struct or enum, new types, new
constants, new files. Refused: what was there is gone, renamed, renumbered, retyped, moved, or has another default.
`--accept` writes allowed changes into the baseline; commit it with the schema that it describes.
"""

import argparse
import pathlib
import re
import subprocess
import sys

import source_tree

BASELINE = pathlib.Path("schemas") / "baseline.txt"
ABOUT = "# What is promised of schemas/*.capnp. Written by tools/schema_check.py --accept; never edited by hand.\n"

FILE = re.compile(r"^# (\S+\.capnp)$")
FILE_ID = re.compile(r"^@(0x[0-9a-f]+);$")
TYPE = re.compile(r"^(struct|enum|interface) (\w+) @(0x[0-9a-f]+) .*\{")
CONST = re.compile(r"^const (\w+) @(0x[0-9a-f]+) (:.*);$")
UNION = re.compile(r"^(?:(\w+) )?:?(union|group) .*?\{\s*(?:#\s*(tag bits.*))?$")
MEMBER = re.compile(r"^(\w+) @(\d+)(?: (:.*?))?;\s*(?:#\s*(.*))?$")


def compile_schemas(root):
    """Canonical text of all schemas, or the compiler's complaint as ValueError."""
    files = sorted(path.relative_to(root) for path in (root / "schemas").glob("*.capnp"))
    if not files:
        return ""
    done = subprocess.run(["capnp", "compile", f"-I{root}", "-ocapnp", *map(str, files)], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr)
    return done.stdout


def promises(text):
    """{name: (number, promise)}: a name is file:Type.member; the number is that of a member, None of anything else."""
    found, scopes, file = {}, [], ""
    for line in (line.strip() for line in text.splitlines()):
        place = lambda name: f"{file}:{'.'.join([*scopes, name])}"
        if match := FILE.match(line):
            file = match.group(1)
        elif match := FILE_ID.match(line):
            found[f"{file}:"] = (None, f"file id {match.group(1)}")
        elif match := TYPE.match(line):
            found[place(match.group(2))] = (None, f"{match.group(1)} id {match.group(3)}")
            scopes.append(match.group(2))
        elif match := CONST.match(line):
            found[place(match.group(1))] = (None, f"const id {match.group(2)} {match.group(3)}")
        elif match := UNION.match(line):
            scopes.append(match.group(1) or "(union)")
            found[place("")] = (None, f"{match.group(2)} {match.group(3) or ''}".strip())
        elif match := MEMBER.match(line):
            name, number, kind, layout = match.groups()
            found[place(name)] = (int(number), " ".join(part for part in (f"@{number}", kind, layout and f"at {layout}") if part))
        elif line == "}" and scopes:
            scopes.pop()
    return found


def owner(name):
    """The struct or enum whose numbers a member shares: groups and unions count with the type around them."""
    file, _, path = name.partition(":")
    types = [part for part in path.split(".")[:-1] if part[:1].isupper()]
    return f"{file}:{'.'.join(types)}"


def differences(old, new):
    """What is refused, one sentence each; and the names that are merely new."""
    refused, highest = [], {}
    for name, (number, promise) in old.items():
        if number is not None:
            highest[owner(name)] = max(number, highest.get(owner(name), -1))
        if name not in new:
            same = [other for other in new if other not in old and owner(other) == owner(name) and new[other][0] == number is not None]
            refused.append(f"{name} ({promise}) {'became ' + same[0] if same else 'is gone'}")
        elif new[name][1] != promise:
            refused.append(f"{name} was {promise}, is {new[name][1]}")
    added = [name for name in new if name not in old]
    for name in added:
        number = new[name][0]
        if number is not None and number <= highest.get(owner(name), -1):
            refused.append(f"{name} @{number} is new but not above @{highest[owner(name)]}, the last of {owner(name)}")
    return refused, added


def to_text(found):
    return ABOUT + "".join(f"{name}\t{promise}\n" for name, (_, promise) in found.items())


def from_text(text):
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, promise = line.split("\t")
            number = re.match(r"@(\d+)", promise)
            found[name] = (int(number.group(1)) if number else None, promise)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=source_tree.ROOT, help="tree to check (default: this one)")
    parser.add_argument("--accept", action="store_true", help="write allowed changes into schemas/baseline.txt")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    try:
        new = promises(compile_schemas(root))
    except ValueError as complaint:
        print(f"schema check: the schemas do not compile\n{complaint}")
        return 1
    baseline = root / BASELINE
    old = from_text(baseline.read_text()) if baseline.is_file() else {}
    refused, added = differences(old, new)
    for sentence in refused:
        print(f"{BASELINE}:1: {sentence}; old messages could not be read: keep it and add a member with a higher number")
    if not refused and added and arguments.accept:
        baseline.write_text(to_text(new))
        print(f"schema check: {len(added)} promises added to {BASELINE}")
        return 0
    if added and not refused:
        print(f"{BASELINE}:1: {len(added)} new promises are not on file, {added[0]} first; run tools/schema_check.py --accept")
    print(f"schema check: {len(new)} promises, {len(refused)} broken, {len(added)} new")
    return 1 if refused or added else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The house style that a machine can see. Run by ctest and by ./dev lint.

Sizes: header <= 300 lines, source <= 500, function <= 60, with a ratchet (tools/ratchet.json): a size that stands
there may shrink and never grow. Every source with code has its test (tests/<same path>/<stem>_test.cpp) or a reason in
tools/untested.txt. Names, includes, headers that begin with their contract, tests that wait instead of sleeping
and say why and since when they skip.
`--tighten` lowers the ratchet to what the tree has reached.
"""

import argparse
import json
import pathlib
import re
import sys

import source_tree

LIMITS = {".hpp": ("header", 300), ".cpp": ("source", 500), ".py": ("script", 500)}
FUNCTION_LIMIT = 60
SAYS_NOTHING = re.compile(r"(^|_)(utils?|helpers?|common|manager|misc)(_|$)")
SNAKE_CASE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
TEXT_FILES = {".hpp", ".cpp", ".py", ".md", ".txt", ".cmake", ".json", ".capnp", ".toml", ".yml", ".yaml", ".sh", ""}

# (what to look for in code without comments and literals, where, what to say)
FORBIDDEN_CODE = [
    (re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\("), ("tests",), "a test waits for its condition, it never sleeps"),
    (re.compile(r"(?<![\w.>])(?:::)?sleep\s*\("), ("tests",), "a test waits for its condition, it never sleeps"),
    (re.compile(r"\bDISABLED_"), ("tests",), "a test switched off; skip it at run time with the reason, or delete it"),
    (re.compile(r"\b(system_clock|steady_clock|getenv|std::rand|srand|random_device|clock_gettime|gettimeofday)\b"), ("engine",),
     "engine/ knows no clock, no environment and no chance of its own; pass the value in"),
    (re.compile(r"\brequest\s*\([^;]*\bcaf::infinite\b", re.S), ("actors", "nodes"), "a request needs a bound: an unanswered one never ends"),
]
SKIP = {".cpp": re.compile(r"\bGTEST_SKIP\(\)[^;]*;"), ".py": re.compile(r"\b(?:self\.skipTest|unittest\.skip\w*)\([^\n]*(?:\n[^\n]*)?")}
SKIP_SAYS = re.compile(r"\"[^\"]*\w[^\"]*\(20\d\d-\d\d-\d\d\)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MACHINE_PATH = re.compile(r"(?:^|[\s\"'=(:])/(?:home|root|work|farm|tmp/bash_jobs)/")

CLASS_BEGINS = re.compile(r"^class\s+(?:\[\[\w+\]\]\s+|alignas\([^)]*\)\s+)?(\w+)[^;{()]*\{", re.M)


class Style:
    def __init__(self, root):
        self.root = root
        self.findings = source_tree.Findings("style check")
        self.ratchet = self.load_ratchet()
        self.sizes = {}  # every size above its limit, as it is now

    def load_ratchet(self):
        path = self.root / "tools" / "ratchet.json"
        return json.loads(path.read_text()) if path.is_file() else {}

    def add(self, path, line, text):
        self.findings.add(path, line, text)

    def size(self, key, path, line, what, lines, limit):
        """A size may exceed its limit only as far as the ratchet has it on file."""
        if lines <= limit:
            return
        self.sizes[key] = lines
        entry = self.ratchet.get("sizes", {}).get(key)
        if entry is None:
            self.add(path, line, f"{what} has {lines} lines, the limit is {limit}; divide it")
        elif lines > entry["lines"]:
            self.add(path, line, f"{what} grew to {lines} lines; tools/ratchet.json holds it at {entry['lines']}")

    def check_ratchet(self):
        for key, entry in self.ratchet.get("sizes", {}).items():
            if key not in self.sizes:
                self.add("tools/ratchet.json", 1, f"{key} keeps the limit now; take it out (tools/style_check.py --tighten)")
            if not entry.get("reason"):
                self.add("tools/ratchet.json", 1, f"{key} has no reason")

    def check_file(self, path):
        text = (self.root / path).read_text(encoding="utf-8")
        code = source_tree.without_comments_and_literals(text)
        what, limit = LIMITS[path.suffix]
        self.size(str(path), path, 1, f"this {what}", text.count("\n"), limit)
        self.check_name(path)
        if path.parts[0] == "tests":
            self.check_skips(path, text)
        if path.suffix == ".py":
            return
        for name, first, lines in source_tree.functions(code):
            self.size(f"{path}:{name}", path, first, f"function {name}", lines, FUNCTION_LIMIT)
        self.check_forbidden(path, text, code)
        if path.suffix == ".hpp":
            self.check_header(path, text, code)

    def check_skips(self, path, text):
        """A test that skips says why, and since when that is so: a reason with a date can be asked whether it still holds."""
        pattern = SKIP.get(path.suffix)
        for match in pattern.finditer(text) if pattern else ():
            if not SKIP_SAYS.search(match.group()):
                line = text.count("\n", 0, match.start()) + 1
                self.add(path, line, 'a skipped test says why and since when: "strace is not installed (2026-11-23)"')

    def check_name(self, path):
        for part in (*path.parts[:-1], path.stem):
            if not SNAKE_CASE.fullmatch(part):
                self.add(path, 1, f"'{part}' is not snake_case")
            if SAYS_NOTHING.search(part):
                self.add(path, 1, f"'{part}' says nothing; name what it holds")

    def check_forbidden(self, path, text, code):
        for pattern, rooms, why in FORBIDDEN_CODE:
            if path.parts[0] in rooms:
                for match in pattern.finditer(code):
                    self.add(path, code.count("\n", 0, match.start()) + 1, why)
        for match in UNFINISHED.finditer(text):
            self.add(path, text.count("\n", 0, match.start()) + 1, f"{match.group(1)}: finish it, or say in the docs what is not there")

    def check_header(self, path, text, code):
        lines = text.splitlines()
        if not lines or lines[0].strip() != "#pragma once":
            self.add(path, 1, "a header begins with #pragma once")
        for match in re.finditer(r"^\s*using\s+namespace\b", code, re.M):
            self.add(path, code.count("\n", 0, match.start()) + 1, "no using namespace in a header")
        first = re.search(r"^(?:class|struct)\b(?! \w+;)", code, re.M) or re.search(
            r"^(?!class|struct|using|namespace|enum|typedef)\w[^;{=]*\(", code, re.M)
        if first and not re.search(r"//|/\*", text[: first.start()]):
            line = code.count("\n", 0, first.start()) + 1
            self.add(path, line, "the contract comes first: a comment that says what this is, whose, on which thread")
        for match in CLASS_BEGINS.finditer(code) if path.parts[0] != "tests" else ():
            line = code.count("\n", 0, match.start()) + 1
            above = line - 1
            while above > 0 and re.match(r"(template|requires|\[\[|alignas)", lines[above - 1]):
                above -= 1
            if not re.search(r"(//|\*/)", lines[above - 1]):
                self.add(path, line, f"class {match.group(1)} has no comment above it: its owner, its thread rule")

    def check_tests(self, files):
        """Every source with code has its test or a reason; no reason outlives its need."""
        reasons = self.untested_reasons()
        have = {str(path) for path in files}
        needed = set()
        for path in files:
            if path.parts[0] in ("tests", "bench") or path.suffix == ".py" or {"examples", "consumer"} & set(path.parts):
                continue
            stem = str(path.with_suffix(""))
            if path.suffix == ".hpp" and (stem + ".cpp" in have or not self.has_code(path)):
                continue
            test = f"tests/{stem}_test.cpp"
            if test in have:
                continue
            needed.add(str(path))
            if str(path) not in reasons:
                self.add(path, 1, f"no test: write {test}, or give the reason in tools/untested.txt")
        for path in sorted(set(reasons) - needed):
            self.add("tools/untested.txt", reasons[path], f"{path} has a test now, or is gone; take the line out")

    def has_code(self, path):
        code = source_tree.without_comments_and_literals((self.root / path).read_text(encoding="utf-8"))
        return any(lines > 4 for _, _, lines in source_tree.functions(code))

    def untested_reasons(self):
        path = self.root / "tools" / "untested.txt"
        reasons = {}
        for number, line in enumerate(path.read_text().splitlines() if path.is_file() else [], 1):
            if line.strip() and not line.startswith("#"):
                name, _, reason = line.partition(" ")
                reasons[name] = number
                for named in re.findall(r"\btests/[\w/.]+\w", reason):
                    if not (self.root / named).is_file():
                        self.add("tools/untested.txt", number, f"{named} is not in the tree")
                if len(reason.split()) < 3:
                    self.add("tools/untested.txt", number, f"{name}: a reason is a sentence")
        return reasons

    def check_machine_paths(self):
        skip = {"build", ".git", "__pycache__", ".cache"}
        for path in sorted(self.root.rglob("*")):
            if skip & set(path.relative_to(self.root).parts) or path.suffix not in TEXT_FILES or not path.is_file():
                continue
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            for match in MACHINE_PATH.finditer(text):
                line = text.count("\n", 0, match.end()) + 1
                self.add(path.relative_to(self.root), line, "a path of one machine; name it relative to the tree")

    def tighten(self):
        path = self.root / "tools" / "ratchet.json"
        kept = {}
        for key, entry in self.ratchet.get("sizes", {}).items():
            if key in self.sizes:
                kept[key] = {**entry, "lines": min(entry["lines"], self.sizes[key])}
        self.ratchet["sizes"] = dict(sorted(kept.items()))
        path.write_text(json.dumps(self.ratchet, indent=2, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=source_tree.ROOT, help="tree to check (default: this one)")
    parser.add_argument("--tighten", action="store_true", help="lower tools/ratchet.json to what the tree has reached")
    arguments = parser.parse_args()
    style = Style(arguments.root.resolve())
    files = source_tree.sources(style.root, (".hpp", ".cpp", ".py"), (*source_tree.ROOMS, "tools"))
    for path in files:
        style.check_file(path)
    if arguments.tighten:
        style.tighten()
    else:
        style.check_ratchet()
    style.check_tests(files)
    style.check_machine_paths()
    return style.findings.exit_code(len(files))


if __name__ == "__main__":
    sys.exit(main())

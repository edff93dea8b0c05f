"""What the checks of tools/ know about the tree: its sources, without comments and literals, and their functions."""

import argparse
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROOMS = ("engine", "schemas", "actors", "nodes", "clients", "console", "tests", "bench")


def root_from_arguments(description):
    """The tree to check: this one, or the fixture tree that a test names with --root."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="tree to check (default: this one)")
    return parser.parse_args().root.resolve()


def sources(root, suffixes=(".hpp", ".cpp"), rooms=ROOMS):
    """Paths relative to root, sorted, of all sources of the rooms."""
    found = []
    for room in rooms:
        for path in (root / room).rglob("*"):
            if path.suffix in suffixes and path.is_file():
                found.append(path.relative_to(root))
    return sorted(found)


_LITERALS = re.compile(
    r'R"(?P<delimiter>[^(\s]*)\(.*?\)(?P=delimiter)"'  # raw strings
    r'|"(?:\\.|[^"\\\n])*"'  # strings
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"  # characters, but not digit separators
    r"|//[^\n]*|/\*.*?\*/",  # comments
    re.S,
)


def without_comments_and_literals(text):
    """The same text with comments and literals blanked, so that every line keeps its number."""

    def blank(match):
        kept = re.sub(r"[^\n]", " ", match.group(0))
        return kept if match.group(0).startswith("/") else '""' + kept[2:]

    return _LITERALS.sub(blank, text)


_NAMED_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b[^()]*$|\bextern\s+\"\"")
_CONTROL = re.compile(r"^\s*(if|for|while|switch|catch|do|else|try)\b")


def functions(text):
    """(name, first line, number of lines) of every function body; lambdas count to the function they stand in.

    Reads braces, not C++: a block outside of functions is a function's if what precedes it holds a parenthesis and is
    not the head of a class or namespace.
    """
    text = re.sub(r"^[ \t]*#.*?(?<!\\)$", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.M | re.S)
    scopes = []  # (is a function, its head, start of head)
    head_start = 0
    for at, char in enumerate(text):
        if char == ";" and not any(scope[0] for scope in scopes):
            if text.count("(", head_start, at) <= text.count(")", head_start, at):
                head_start = at + 1
        elif char == "{":
            head = text[head_start:at]
            inside = any(scope[0] for scope in scopes)
            is_function = not inside and "(" in head and not _NAMED_SCOPE.search(head) and not _CONTROL.search(head)
            scopes.append((is_function, head_start))
            if not inside and not is_function:
                head_start = at + 1
        elif char == "}" and scopes:
            is_function, start = scopes.pop()
            if any(scope[0] for scope in scopes):
                continue
            follows = text[at + 1 : at + 200].lstrip()[:1]
            if is_function and follows in (",", "{") and ":" in text[start:at]:
                head_start = start  # `: member_{value}, …` of a constructor: the body is still to come
                continue
            if is_function:
                yield _described(text, start, at)
            head_start = at + 1


def _described(text, start, end):
    head = text[start:end]
    start += len(head) - len(head.lstrip())
    head = text[start:end].split("{", 1)[0]
    before = head.split("(", 1)[0].split()
    name = before[-1] if before else "?"
    if name in ("TEST", "TEST_F", "TEST_P", "RC_GTEST_PROP", "RC_GTEST_FIXTURE_PROP"):
        parts = re.split(r"[(,)]", head)
        name = ".".join(part.strip() for part in parts[1:3])
    first = text.count("\n", 0, start) + 1
    return name, first, text.count("\n", 0, end) + 1 - first + 1


class Findings:
    """What a check found; prints each as file:line: what, why, what to do, and gives the exit code."""

    def __init__(self, check):
        self.check = check
        self.count = 0

    def add(self, path, line, text):
        self.count += 1
        print(f"{path}:{line}: {text}")

    def exit_code(self, looked_at):
        print(f"{self.check}: {looked_at} files, {self.count} findings")
        return 1 if self.count else 0

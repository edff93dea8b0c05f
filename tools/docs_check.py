#!/usr/bin/env python3
"""What the documents name is there. Run by ctest and by ./dev lint.

In every .md of the tree: a relative link leads to a file, and a path between backticks that begins with a room of the
tree exists. A path with a placeholder (<law>, X, *, …) is left alone. Every top room has its README.md, and every page
of docs/decisions stands in its table.
"""

import re
import sys

import source_tree

ROOMS = (*source_tree.ROOMS, "docs", "tools", "cmake")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:\.\./)*(?:" + "|".join(ROOMS) + r")/[\w./-]*)`")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
PLACEHOLDER = re.compile(r"(^|[/_.])X($|[/_.])")


def line_of(text, match):
    return text.count("\n", 0, match.start()) + 1


def check_page(root, path, findings):
    text = (root / path).read_text(encoding="utf-8")
    text = FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)
    for match in LINK.finditer(text):
        target = match.group(1)
        if not re.match(r"\w+:", target) and not (root / path.parent / target).exists():
            findings.add(path, line_of(text, match), f"the link to {target} leads nowhere")
    for match in PATH.finditer(text):
        target = match.group(1)
        if PLACEHOLDER.search(target) or target.startswith("build/"):
            continue
        # An include names a file from the root, a map at a door names it from its own folder.
        if not (root / target).exists() and not (root / path.parent / target).exists():
            findings.add(path, line_of(text, match), f"{target} is not in the tree")


def main():
    root = source_tree.root_from_arguments(__doc__.splitlines()[0])
    findings = source_tree.Findings("docs check")
    pages = [path.relative_to(root) for path in sorted(root.rglob("*.md"))]
    pages = [path for path in pages if path.parts[0] not in ("build", ".git")]
    for path in pages:
        check_page(root, path, findings)
    for room in (*source_tree.ROOMS, "tools"):
        if any((root / room).rglob("*.*")) and not (root / room / "README.md").is_file():
            findings.add(f"{room}/README.md", 1, "a top room has a map at its door: what lives here, which file for what")
    table = root / "docs/decisions/README.md"
    for page in sorted((root / "docs/decisions").glob("[0-9]*.md")):
        if not table.is_file() or f"({page.name})" not in table.read_text(encoding="utf-8"):
            findings.add(f"docs/decisions/{page.name}", 1, "is not in the table of docs/decisions/README.md")
    return findings.exit_code(len(pages))


if __name__ == "__main__":
    sys.exit(main())

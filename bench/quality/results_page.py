"""docs/quality.md: the last result of each protocol, with date and machine. What was not run stays as it stood. Pure but for
`machine`."""

import os

import table

HEAD = """# Quality: the last results

Written by `./dev bench quality --write [PROTOCOL…]`; `bench/README.md` says what is compared. A row is of its own date and
machine; a protocol that a run leaves out stays as it was. The difference is Kindred's less the reference's, a ratio is
Kindred's over the reference's, and a row that misses its floor says `below`.

- **solver only**: not learnt through the server's actors. All other rows are of the running server.
- **stored**: a figure measured once by the same protocol outside Kindred, not in the same run.
- Times and memory are medians of three turns (least..greatest where they differ), the sides by turns in the same minutes, one
  thread each. Other work may have shared the machine: the ratios say more than the seconds.
- `s, Gram to bytes` goes from the Gram matrix to the pruned bytes to publish; the reference's is dpotrf and dpotri alone,
  without making weights of the inverse. `MiB at the peak` is of the whole process until then, where the reference counts its
  Gram matrix by SciPy's sparse product; `theirs of the inverse` forgets what that took: one dense double matrix is left,
  beside the rows, the interpreter and its libraries.
- `cells-…` and `chosen-k-…`: Kindred clusters the cells of one pass, the reference (scikit-learn's KMeans, k-means++, ten
  starts, four for each k to choose from) all points. Most of its memory is the interpreter and its libraries.
"""
MEASURED = "measured"


def machine():
    """Cores, model and memory in words; no name."""
    model, memory_kb = "unknown processor", 0
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="ascii") as info:
        memory_kb = int(info.readline().split()[1])
    return f"{os.cpu_count()} cores, {model}, {memory_kb / 1048576:.0f} GiB"


def protocol_of(line):
    """Of a row of the page's table."""
    return line.removeprefix("| ").split(":", 1)[0]


def row_line(texts):
    return "| " + " | ".join(text or "-" for text in texts) + " |"


def merged(page, rows, order, measured):
    """The page with `rows` in the place of all that their protocols had, by `order`; protocols that are not in it last."""
    heading, rule = row_line((*table.COLUMNS, MEASURED)), "|" + "---|" * (len(table.COLUMNS) + 1)
    lines = [line for line in page.splitlines() if line.startswith("| ") and line != heading]
    run = {row.protocol for row in rows}
    lines = [line for line in lines if protocol_of(line) not in run]
    lines += [row_line((*table.cells(row), measured)) for row in rows]
    place = {protocol: at for at, protocol in enumerate(order)}
    lines.sort(key=lambda line: place.get(protocol_of(line), len(place)))  # stable: a protocol's rows keep their order
    return "\n".join([HEAD, heading, rule, *lines]) + "\n"

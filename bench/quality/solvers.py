"""Solvers on public sets, without a server: feeds solvers_bench and gives rows for the table. Python's standard library and
the programs `zstd` and `gzip` only."""

import gzip
import json
import math
import subprocess

import shared_data

# protocol: (what is fed, arguments of solvers_bench, [(figure, name, reference, floor)])
# References: SciPy's EASE on the same split; the best of k-means++ over ten starts on all points (batch).
SOLVERS = {
    "anime-item-item": ("anime", ["item-item", "100000"], [
        ("recall20", "recall@20", .4758, .475), ("ndcg20", "NDCG@20", .4712, .470)]),
    "anime-item-item-pruned": ("anime", ["item-item", "256"], [
        ("recall20", "recall@20", .4758, .473), ("ndcg20", "NDCG@20", .4712, .468)]),
    "cells-s1": ("sipu/s1", ["cells", "15"], [
        ("ari", "ARI on cells", .987, .985), ("ari_after_steps", "ARI, 5 steps over users", .987, .985)]),
    "cells-a3": ("sipu/a3", ["cells", "50"], [
        ("ari", "ARI on cells", .946, .955), ("ari_after_steps", "ARI, 5 steps over users", .946, .955)]),
    "cells-d31": ("sipu/d31", ["cells", "31"], [
        ("ari", "ARI on cells", .956, .95), ("ari_after_steps", "ARI, 5 steps over users", .956, .95)]),
    "chosen-k-s1": ("sipu/s1", ["cells", "0"], [("k", "k by silhouette (true: 15)", 15, 13.5)]),
    "chosen-k-a3": ("sipu/a3", ["cells", "0"], [("k", "k by silhouette (true: 50)", 50, 45)]),
    "chosen-k-d31": ("sipu/d31", ["cells", "0"], [("k", "k by silhouette (true: 31)", 31, 27.9)]),
}


def anime():
    """"user item" lines of the viewing history."""
    path = shared_data.shared() / "data/anime-ratings/anime_history.tsv.zst"
    text = subprocess.run(["zstd", "-dcq", path], check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = text.splitlines()
    columns = lines[0].split("\t")
    user, item = columns.index("User_ID"), columns.index("Anime_ID")
    pairs = (line.split("\t") for line in lines[1:])
    return "".join(f"{pair[user]} {pair[item]}\n" for pair in pairs)


def standardized(rows):
    """Each column less its mean, over its standard deviation."""
    columns = []
    for column in zip(*rows):
        mean = sum(column) / len(column)
        deviation = math.sqrt(sum((x - mean) ** 2 for x in column) / len(column))
        columns.append([(x - mean) / deviation for x in column])
    return list(zip(*columns))


def points(name):
    """Points in σ with their labels, as solvers_bench reads them."""
    folder = shared_data.shared() / "data/clustering-suite"
    with gzip.open(folder / f"{name}.data.gz", "rt") as data:
        rows = standardized([[float(x) for x in line.split()] for line in data])
    with gzip.open(folder / f"{name}.labels0.gz", "rt") as data:
        labels = [int(float(line)) for line in data if line.strip()]
    lines = (" ".join(f"{x:.9g}" for x in row) + f" {label}\n" for row, label in zip(rows, labels))
    return f"{len(rows)} {len(rows[0])}\n" + "".join(lines)


def solved(program, name):
    """What solvers_bench found."""
    what, arguments, _ = SOLVERS[name]
    given = anime() if what == "anime" else points(what)
    run = subprocess.run([program, *arguments], input=given, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(run.stdout)


def table_of(name, found):
    rows = SOLVERS[name][2]
    figures = {figure for figure, *_ in rows}
    beside = ", ".join(f"{key} {value}" for key, value in found.items() if key not in figures)
    lines = [f"\n{name} (solver only): {beside}",
             f"  {'':28}{'Kindred':>9}{'reference':>11}{'difference':>12}{'ratio':>8}{'floor':>8}"]
    for figure, label, reference, floor in rows:
        value = found[figure]
        mark = "  below" if value < floor else ""
        lines.append(f"  {label:28}{value:9.4f}{reference:11.4f}{value - reference:+12.4f}{value / reference:8.3f}"
                     f"{floor:8.3f}{mark}")
    return "\n".join(lines)

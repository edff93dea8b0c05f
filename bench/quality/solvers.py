"""Solvers on public sets, without a server: feeds solvers_bench and the reference program the same text, by turns, each in
a process of its own, and makes rows of what they print. Python's standard library and the programs `zstd` and `gzip`
only; the references run in an environment of theirs (reference_libraries.py)."""

import gzip
import json
import math
import pathlib
import subprocess

import reference_libraries
import shared_data
import table

HERE = pathlib.Path(__file__).resolve().parent
TURNS = 3  # of each side; the table shows the median with the least and the greatest

L2 = "200"
WHOLE = "100000"   # neighbours of an item: more than there are items
PRUNED = "256"     # as served
PRUNING_COSTS = .002  # at most, of recall and NDCG

TRUE_K = {"s1": 15, "a3": 50, "d31": 31}
ARI_FLOOR = {"s1": .985, "a3": .955, "d31": .95}
K_WITHIN = .1

# protocol: (reference program, its arguments, arguments of solvers_bench, what both are fed)
SOLVERS = {"anime-item-item": ("reference_ease.py", [L2], ["item-item", PRUNED], "anime")}
SOLVERS.update({f"cells-{name}": ("reference_k_means.py", [str(k)], ["cells", str(k)], name)
                for name, k in TRUE_K.items()})
SOLVERS.update({f"chosen-k-{name}": ("reference_k_means.py", ["0"], ["cells", "0"], name) for name in TRUE_K})


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
    folder = shared_data.shared() / "data/clustering-suite/sipu"
    with gzip.open(folder / f"{name}.data.gz", "rt") as data:
        rows = standardized([[float(x) for x in line.split()] for line in data])
    with gzip.open(folder / f"{name}.labels0.gz", "rt") as data:
        labels = [int(float(line)) for line in data if line.strip()]
    lines = (" ".join(f"{x:.9g}" for x in row) + f" {label}\n" for row, label in zip(rows, labels))
    return f"{len(rows)} {len(rows[0])}\n" + "".join(lines)


def found_by(command, given, environment=None):
    """What a program of either side prints of what it is fed."""
    run = subprocess.run(command, input=given, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(run.stdout)


def by_turns(kindred, reference):
    """What both functions give in TURNS turns: (Kindred's, the reference's); nothing of a reference that is None. The
    same solver gives the same figures every time."""
    ours, theirs = [], []
    for _ in range(TURNS):
        ours.append(kindred())
        if reference is not None:
            theirs.append(reference())
    timed = ("gram_s", "solve_s", "peak_mb")
    untimed = [{key: value for key, value in turn.items() if key not in timed} for turn in ours]
    if any(turn != untimed[0] for turn in untimed):
        raise RuntimeError(f"the same input gave different figures: {untimed}")
    return ours, theirs


def solved(program, python, name):
    """Rows and note of one protocol. `python` is the references' interpreter, or None."""
    script, reference_arguments, arguments, what = SOLVERS[name]
    given = anime() if what == "anime" else points(what)
    ours, theirs = by_turns(
        lambda: found_by([program, *arguments], given),
        python and (lambda: found_by([python, HERE / script, *reference_arguments], given,
                                     reference_libraries.environment())))
    if what == "anime":
        whole = found_by([program, "item-item", WHOLE], given)
        return item_item_rows(name, whole, ours, theirs), note(name, ours, theirs)
    rows = chosen_k_rows if name.startswith("chosen-k") else cells_rows
    return rows(name, TRUE_K[what], ours, theirs), note(name, ours, theirs)


def of(turns, *keys):
    """The sum of these keys in each turn."""
    return tuple(sum(turn[key] for key in keys) for turn in turns)


def row_of(name):
    return lambda figure, kindred, reference, **more: table.Row(name, figure, kindred, reference, solver_only=True,
                                                                **more)


def item_item_rows(name, whole, ours, theirs):
    """`whole` keeps every weight: the quality floor is its, and the measure of what pruning may cost. Time goes from the
    Gram matrix to the bytes to publish, the reference's is that of dpotrf and dpotri alone; memory is that of the whole
    process until then, and of the inverse alone for who can count the Gram matrix without more."""
    if theirs and any(turn[key] != theirs[0][key] for turn in (whole, *ours) for key in ("items", "users")):
        raise RuntimeError(f"the two sides judge different users: {ours[0]}, {theirs[0]}")
    row, rows = row_of(name), []
    for key, label, floor in (("recall20", "recall@20", .475), ("ndcg20", "NDCG@20", .470)):
        rows.append(row(label, (whole[key],), of(theirs, key), least=floor))
    for key, label in (("recall20", "recall@20"), ("ndcg20", "NDCG@20")):
        rows.append(row(f"{label}, pruned", of(ours, key), of(theirs, key), least=whole[key] - PRUNING_COSTS))
    return [*rows,
            row("s, Gram to bytes", of(ours, "solve_s"), of(theirs, "solve_s"), kind="time", most=1.0),
            row("s, the Gram counted too", of(ours, "gram_s", "solve_s"), of(theirs, "gram_s", "solve_s"), kind="time"),
            row("MiB at the peak", of(ours, "peak_mb"), of(theirs, "peak_mb"), kind="memory", most=.6),
            row("MiB, theirs of the inverse", of(ours, "peak_mb"), of(theirs, "inverse_peak_mb"), kind="memory")]


def cost_rows(row, what, ours, theirs):
    return [row(f"s, {what}", of(ours, "solve_s"), of(theirs, "solve_s"), kind="time"),
            row("MiB at the peak", of(ours, "peak_mb"), of(theirs, "peak_mb"), kind="memory")]


def cells_rows(name, _, ours, theirs):
    row, floor = row_of(name), ARI_FLOOR[name.removeprefix("cells-")]
    return [row("ARI on cells", of(ours, "ari"), of(theirs, "ari"), least=floor),
            row("ARI, 5 steps over users", of(ours, "ari_after_steps"), of(theirs, "ari"), least=floor),
            *cost_rows(row, "points to centres", ours, theirs)]


def chosen_k_rows(name, k, ours, theirs):
    """The floor is about the true k, not about the k that the reference chooses."""
    row = row_of(name)
    return [row(f"k by silhouette, true {k}", of(ours, "k"), of(theirs, "k"), kind="k", least=(1 - K_WITHIN) * k,
                most=(1 + K_WITHIN) * k),
            *cost_rows(row, "k from 2 to 64", ours, theirs)]


def note(name, ours, theirs):
    """What stands beside the rows."""
    beside = [f"{key} {value}" for key, value in ours[0].items() if key in ("items", "users", "points", "cells", "kept",
                                                                            "published_bytes")]
    if theirs:
        beside.append(f"reference by {theirs[0]['blas']}")
    return f"{name}: {', '.join(beside)}; {TURNS} turns, one thread"

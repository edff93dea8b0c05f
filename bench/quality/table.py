"""The rows of the quality bench and how they are shown: Kindred's figure, the reference's, their difference, the ratio of
times and of memory, the floor. Pure."""

import dataclasses
import statistics

COLUMNS = ("row", "Kindred", "reference", "difference", "time ratio", "memory ratio", "floor")
WIDTHS = (57, 20, 20, 10, 10, 12, 18)

# The reference is the best that was reached by the same protocol outside Kindred, measured once and stored: on deskdrop and
# for new items a learned blend (conditional logit over decayed popularity, age, co-occurrence and affinity, one AdaGrad
# step an event), for the next basket a customer's own frequency with ties by popularity of a half-life of 30 days. The
# floor is what must hold.
# protocol: [(part, figure, name, reference, floor)]
SERVED = {
    "deskdrop": [
        ("all", "hr10", "HR@10", .6708, .662), ("last", "hr10", "HR@10, last fifth", .7471, .742),
        ("all", "mrr10", "MRR@10", .405, .398), ("last", "mrr10", "MRR@10, last fifth", .480, .475),
        ("all", "hr1", "HR@1", .2868, None), ("last", "hr1", "HR@1, last fifth", .3501, None)],
    "retail-new-item": [
        ("all", "hr10", "HR@10", .3059, .303), ("last", "hr10", "HR@10, last fifth", .2990, .297)],
    "retail-next-basket": [
        ("all", "recall20", "recall@20", .3088, .307), ("last", "recall20", "recall@20, last fifth", .3180, .316),
        ("all", "hr10", "HR@10", .7264, None), ("last", "hr10", "HR@10, last fifth", .7545, None)],
}

DIGITS = {"quality": 4, "k": 0, "time": 2, "memory": 0}
DIGITS_BELOW_A_SECOND = 3


@dataclasses.dataclass(frozen=True)
class Row:
    """`kindred` and `reference` hold a value per turn; a `reference` without values was not run. What is judged by the
    floor [least, most] is Kindred's value, for times and memory its ratio to the reference's."""
    protocol: str
    figure: str
    kindred: tuple
    reference: tuple = ()
    kind: str = "quality"  # a key of DIGITS
    least: float = None
    most: float = None
    stored: bool = False  # the reference is a figure on file, not a run
    solver_only: bool = False

    def ratio(self):
        return statistics.median(self.kindred) / statistics.median(self.reference) if self.reference else None

    def judged(self):
        """What the floor is about; None where it cannot be known."""
        return self.ratio() if self.kind in ("time", "memory") else statistics.median(self.kindred)


def figure_text(values, digits):
    """The median, and least and greatest where the turns differ as far as it is shown."""
    low, middle, high = (f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
    return middle if low == high else f"{middle} ({low}..{high})"


def floor_text(row):
    if row.least is None and row.most is None:
        return ""
    wanted = (f"{row.least:g} to {row.most:g}" if None not in (row.least, row.most) else
              f"≥ {row.least:.4g}" if row.most is None else f"≤ {row.most:.4g}")
    judged = row.judged()
    if judged is None:
        return f"{wanted} not judged"
    below = (row.least is not None and judged < row.least) or (row.most is not None and judged > row.most)
    return f"{wanted} below" if below else wanted


def cells(row):
    """The row as text, a cell for each of COLUMNS."""
    digits = DIGITS[row.kind]
    if row.kind == "time" and statistics.median(row.kindred) < 1:
        digits = DIGITS_BELOW_A_SECOND
    reference = figure_text(row.reference, digits) if row.reference else "not run"
    difference = (f"{statistics.median(row.kindred) - statistics.median(row.reference):+.{digits}f}"
                  if row.reference else "-")
    ratio = f"{row.ratio():.2f}" if row.reference else "-"
    return (f"{row.protocol}: {row.figure}" + (" (solver only)" if row.solver_only else ""),
            figure_text(row.kindred, digits), reference + (" stored" if row.stored else ""), difference,
            ratio if row.kind == "time" else "-", ratio if row.kind == "memory" else "-", floor_text(row))


def line(texts):
    """One line of the table on a terminal."""
    first, *others = zip(texts, WIDTHS)
    return (f"{first[0]:{first[1]}}" + "".join(f" {text:>{width}}" for text, width in others)).rstrip()


def served(protocol, found):
    """The rows of what `kindredctl --json demo --events` printed."""
    kindred = found["rows"][0]
    return [Row(protocol, name, (kindred[part][figure],), (reference,), least=floor, stored=True)
            for part, figure, name, reference, floor in SERVED[protocol]]


def served_note(protocol, found, took_s):
    """What stands beside: the size of the run, and decayed popularity of the same run."""
    popularity = found["rows"][1:]
    best = ", ".join(f"{name} {max(row[part][figure] for row in popularity):.4f}"
                     for part, figure, name, _, _ in SERVED[protocol])
    best_name = max(popularity, key=lambda row: row["all"]["hr10"])["name"]
    return (f"{protocol}: {found['tracks']} tracks, {found['decides']} decides, {found['rejected']} rejected, "
            f"{took_s:.0f} s; popularity by the best half-life of each row, with hindsight: {best} "
            f"(over the stream by HR@10: {best_name})")

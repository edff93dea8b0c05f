"""The table of the quality bench: a row per figure with Kindred's, decayed popularity's of the same run, the
reference's, the difference to it, and the floor. Pure."""

# The reference is the best that was reached by the same protocol outside Kindred: on deskdrop and for new items a learned
# blend (conditional logit over decayed popularity, age, co-occurrence and affinity, one AdaGrad step an event), for the
# next basket a customer's own frequency with ties by popularity of a half-life of 30 days. The floor is what must hold.
# protocol: [(part, figure, name, reference, floor)]
ROWS = {
    "deskdrop": [
        ("all", "hr10", "HR@10", .6708, .62), ("last", "hr10", "HR@10, last fifth", .7471, .71),
        ("all", "mrr10", "MRR@10", .405, .33), ("last", "mrr10", "MRR@10, last fifth", .480, .42),
        ("all", "hr1", "HR@1", .2868, None), ("last", "hr1", "HR@1, last fifth", .3501, None)],
    "retail-new-item": [
        ("all", "hr10", "HR@10", .3059, .28), ("last", "hr10", "HR@10, last fifth", .2990, .275)],
    "retail-next-basket": [
        ("all", "recall20", "recall@20", .3088, .30), ("last", "recall20", "recall@20, last fifth", .3180, .31),
        ("all", "hr10", "HR@10", .7264, None), ("last", "hr10", "HR@10, last fifth", .7545, None)],
}


def of(protocol, found, took_s):
    """`found` is what `kindredctl --json demo --events` printed."""
    kindred, popularity = found["rows"][0], found["rows"][1:]
    lines = [f"\n{protocol}: {found['tracks']} tracks, {found['decides']} decides, {found['rejected']} rejected, "
             f"{took_s:.0f} s",
             f"  {'':24}{'Kindred':>9}{'popularity':>12}{'reference':>11}{'difference':>12}{'ratio':>8}{'floor':>8}"]
    for part, figure, name, reference, floor in ROWS[protocol]:
        value = kindred[part][figure]
        best = max(row[part][figure] for row in popularity)
        mark = "  below" if floor is not None and value < floor else ""
        shown = "" if floor is None else f"{floor:.3f}"
        lines.append(f"  {name:24}{value:9.4f}{best:12.4f}{reference:11.4f}{value - reference:+12.4f}"
                     f"{value / reference:8.3f}{shown:>8}{mark}")
    best_name = max(popularity, key=lambda row: row["all"]["hr10"])["name"]
    lines.append(f"  popularity is the best half-life of each row, with hindsight; over the stream by HR@10: {best_name}")
    return "\n".join(lines)

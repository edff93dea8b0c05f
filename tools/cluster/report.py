"""Results of rounds in words, as a table, and as a plot. Pure."""

import math

import checker
import gaps

WIDTH, HEIGHT, LEFT, BASE = 960, 300, 60, 260
COLOURS = {"track": "#b5541c", "read": "#2b6cb0", "decide": "#3c8d40"}


def sentence(result):
    found = [f"{finding} {result[finding]}" for finding in checker.FINDINGS if result[finding]]
    waits = ", ".join(f"{kind} {result['gaps'][kind]['users']['maxMs'] / 1000:.2f} s" for kind in gaps.KINDS)
    return (f"{'kept' if result['clean'] else 'BROKEN'}: {result['acked']} acknowledged, "
            f"{'; '.join(found) or 'none lost, doubled or stale'}, {result['pairs']} pairs; longest wait: {waits}; "
            f"{result['labelled']} of {result['aged']} reads say an age, {result['labelMsMax'] / 1000:.1f} s at most, "
            f"{result['unsaidSMax']:.1f} s too little"
            + "".join(f"; {step['what']}" for step in result.get("steps", ()))
            + (f"; {result['error']}" if result["error"] else ""))


def text(results):
    """A table: one row per fault, over its rounds; then how long steps took, and what was broken."""
    rows = ["| fault | rounds | acknowledged | lost | doubled | stale of pairs | write gap p50 / p99 / max s | read gap p50 / p99 / max s "
            "| decide gap p50 / p99 / max s | calls retried, given up | with an age, s too little | led again s | whole again s |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for fault in dict.fromkeys(result["fault"] for result in results):
        rows.append(row(fault, [result for result in results if result["fault"] == fault]))
    for result in results:
        if result.get("steps"):
            rows.append(f"\n{result['fault']}, round {result['round']}: " + "; ".join(step["what"] for step in result["steps"]))
    broken = [result for result in results if not result["clean"]]
    for result in broken:
        rows.append(f"\nBROKEN, {result['what']}, round {result['round']}: {result['error'] or ''}")
        rows += [f"  {finding}: {example}" for finding, examples in result["examples"].items() for example in examples]
    return "\n".join(rows)


def row(fault, results):
    def total(key):
        return sum(result[key] for result in results)

    def gap(kind):
        """The worst round's."""
        return " / ".join(f"{max(result['gaps'][kind]['users'][key] for result in results) / 1000:.2f}"
                          for key in ("p50Ms", "p99Ms", "maxMs"))

    def calls(what):
        return sum(result["gaps"][kind][what] for result in results for kind in gaps.KINDS)

    def since_fault(key):
        """The longest; where there is any."""
        spans = [result[key] - result["faultS"] for result in results if result.get(key) and result["faultS"]]
        return f"{max(spans):.1f}" if spans else "-"
    return (f"| {fault} | {len(results)} | {total('acked')} | {total('lost')} | {total('doubled')} | "
            f"{total('stale')} of {total('pairs')} | {gap('track')} | {gap('read')} | {gap('decide')} | "
            f"{calls('retried')}, {calls('givenUp')} | "
            f"{total('labelled')} of {total('aged')}, {max(result['unsaidSMax'] for result in results):.1f} | "
            f"{since_fault('ledS')} | {since_fault('wholeS')} |")


def plot(lines, result):
    """Every operation at its begin, as high as it lasted (logarithmic, 1 ms to 100 s); crosses were given up. Below: red, each
    try that failed; blue, each read without a position, as high as the age that it says."""
    ones = gaps.operations(lines)
    end = max((one["to"] for one in ones), default=1.0)

    def x(seconds):
        return LEFT + (WIDTH - LEFT - 10) * seconds / end

    def y(seconds):
        return BASE - (BASE - 20) * (math.log10(min(max(seconds, 0.001), 100)) + 3) / 5
    shapes = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
              f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for seconds, name in ((0.001, "1 ms"), (0.01, "10 ms"), (0.1, "100 ms"), (1, "1 s"), (10, "10 s"), (100, "100 s")):
        shapes.append(f'<path d="M{LEFT} {y(seconds):.1f}H{WIDTH - 10}" stroke="#ddd"/>'
                      f'<text x="{LEFT - 6}" y="{y(seconds) + 4:.1f}" text-anchor="end">{name}</text>')
    for one in ones:
        colour = COLOURS[one["kind"]]
        at, high = x(one["from"]), y(one["to"] - one["from"])
        shapes.append(f'<circle cx="{at:.1f}" cy="{high:.1f}" r="1.3" fill="{colour}"/>' if one["ok"] else
                      f'<path d="M{at - 4:.1f} {high - 4:.1f}l8 8m0 -8l-8 8" stroke="#c00"/>')
    for line in lines:
        if line.get("state") in ("fail", "unknown") and line["kind"] in gaps.KINDS:
            shapes.append(f'<path d="M{x(line["t"]):.1f} {BASE + 2}v6" stroke="#c00" stroke-opacity=".5"/>')
        elif line.get("ageMs"):
            shapes.append(f'<path d="M{x(line["t"]):.1f} {BASE}V{y(line["ageMs"] / 1000):.1f}" stroke="#2b6cb0" stroke-opacity=".15"/>')
    for what in ("fault", "healed", "whole"):
        at = gaps.marked(lines, what)
        if at is not None:
            shapes.append(f'<path d="M{x(at):.1f} 10V{BASE}" stroke="#000" stroke-dasharray="3"/>'
                          f'<text x="{x(at) + 3:.1f}" y="18">{what} {at:.1f} s</text>')
    shapes.append(f'<text x="{LEFT}" y="{HEIGHT - 10}">{escaped(result["what"])}: how long calls took, retries included</text>')
    shapes += [f'<rect x="{WIDTH - 200 + 65 * n}" y="{HEIGHT - 19}" width="10" height="10" fill="{colour}"/>'
               f'<text x="{WIDTH - 186 + 65 * n}" y="{HEIGHT - 10}">{kind}</text>'
               for n, (kind, colour) in enumerate(COLOURS.items())]
    return "\n".join([*shapes, "</svg>\n"])


def escaped(words):
    return words.replace("&", "&amp;").replace("<", "&lt;")

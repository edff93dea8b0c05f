"""How long clients waited around a fault. Pure: lines of history.py in, figures out.

An operation lasts from its first try to the answer that ended it, retries included; that is what a user waits. Before: the
operations that ended before the fault. Around: those that were under way in the window, which begins with the fault and ends
when all was whole again. The gap of a user is the longest of his operations in the window.
"""

import collections

KINDS = ("track", "read", "decide")


def operations(lines):
    """[{kind, user, from, to, ok, tries, codes}] of all that ended or were given up; those of KINDS."""
    made = {}
    for line in lines:
        if "mark" in line or line["kind"] not in KINDS:
            continue
        one = made.setdefault(line["op"], {"kind": line["kind"], "user": line["user"], "from": line["t"], "to": line["t"],
                                           "ok": False, "tries": 0, "codes": collections.Counter()})
        one["to"] = line["t"]
        if line["state"] == "invoke":
            one["tries"] += 1
        elif line["state"] == "ok":
            one["ok"] = True
        else:
            one["codes"][line.get("code") or line["state"]] += 1
    return list(made.values())


def marked(lines, what):
    return next((line["t"] for line in lines if line.get("mark") == what), None)


def percentile(values, share):
    """The value that this share of them does not exceed; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values):
    return {"count": len(values), "p50Ms": round(percentile(values, 0.5) * 1000, 1),
            "p99Ms": round(percentile(values, 0.99) * 1000, 1), "maxMs": round(max(values, default=0) * 1000, 1)}


def around(lines):
    """{kind: {"before": spread, "around": spread, "users": spread of the users' gaps, "retried", "givenUp", "codes"}}"""
    fault, whole = marked(lines, "fault"), marked(lines, "whole")
    end = whole if whole is not None else float("inf")
    report = {}
    for kind in KINDS:
        ones = [one for one in operations(lines) if one["kind"] == kind]
        window = [one for one in ones if fault is not None and one["to"] > fault and one["from"] <= end]
        users = collections.defaultdict(float)
        codes = collections.Counter()
        for one in window:
            users[one["user"]] = max(users[one["user"]], one["to"] - one["from"])
            codes.update(one["codes"])
        report[kind] = {
            "before": spread([one["to"] - one["from"] for one in ones if fault is None or one["to"] <= fault]),
            "around": spread([one["to"] - one["from"] for one in window if one["ok"]]),
            "users": spread(list(users.values())),
            "retried": sum(one["tries"] > 1 for one in window),
            "givenUp": sum(not one["ok"] for one in window),
            "codes": dict(sorted(codes.items())),
        }
    return report

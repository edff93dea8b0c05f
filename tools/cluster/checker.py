"""Whether a history keeps what was promised. Pure: lines of history.py in, a verdict out.

  lost      an event that was acknowledged is not in a later read of everything, through some node
  doubled   an event stands twice in a user's history, or his count is greater than his events
  stale     a read that carried a position does not show what was acknowledged before, whatever age it says
  unsaid    a read without a position does not show what was acknowledged longer ago than the age that it says, and UNSEEN_S
  tooOld    one says to be older than a node may answer that hears nothing of its log
  foreign   a read shows an event that nobody sent
  unread    a user with events has no read of everything through some node: nothing is proved of him
  refused   a request was called wrong: the load's own mistake, or the server's

An event whose operation ended without a verdict may be there or not, once. One user's events are sent one after another, so
that the events a read must show are a number and the greatest of them.
"""

import collections

FINDINGS = ("lost", "doubled", "stale", "unsaid", "tooOld", "foreign", "unread", "refused")
UNSEEN_S = 8.0  # so long a silent cut may go unnoticed: heard within 3 s counts as heard, and tails look for new leaders each 2 s
OLD_MAX_S = 62.0  # a minute, and a pulse or two


class Verdict:
    """Counts, and of every finding the first few in words."""

    EXAMPLES = 5

    def __init__(self):
        self.acked = self.unknown = self.pairs = self.reads = self.decided = self.aged = self.labelled = 0
        self.label_ms_max = 0
        self.unsaid_s_max = 0.0  # how much older an answer was than it said
        self.counts = collections.Counter()
        self.examples = collections.defaultdict(list)

    def find(self, finding, text):
        self.counts[finding] += 1
        if len(self.examples[finding]) < self.EXAMPLES:
            self.examples[finding].append(text)

    @property
    def clean(self):
        return not any(self.counts[finding] for finding in FINDINGS)

    def as_dict(self):
        return {"acked": self.acked, "unknown": self.unknown, "pairs": self.pairs, "reads": self.reads, "decided": self.decided,
                "aged": self.aged, "labelled": self.labelled, "labelMsMax": self.label_ms_max,
                "unsaidSMax": round(self.unsaid_s_max, 3),
                **{finding: self.counts[finding] for finding in FINDINGS}, "examples": dict(self.examples)}


def check(lines, nodes):
    """`nodes`: names of those through whom everything was read back at the end."""
    verdict = Verdict()
    sent, acked = collections.defaultdict(set), collections.defaultdict(set)  # user: numbers
    tracked = {}  # op: (user, number)
    asked = {}  # (op, try): the invoke
    finals = collections.defaultdict(set)  # user: nodes
    acked_at = collections.defaultdict(dict)  # user: {number: when}
    for line in lines:
        if "mark" in line:
            continue
        key = (line["op"], line["try"])
        if line["state"] == "invoke":
            asked[key] = line
            if line["kind"] == "track":
                tracked[line["op"]] = (line["user"], line["event"])
                sent[line["user"]].add(line["event"])
        elif line["state"] == "refused":
            verdict.find("refused", f"{line['kind']} of {line['user']} through {line['via']}: {line.get('code')}")
        elif line["state"] == "ok" and line["kind"] == "track":
            user, number = tracked[line["op"]]
            acked[user].add(number)
            acked_at[user][number] = line["t"]
        elif line["state"] == "ok" and line["kind"] == "decide":
            verdict.decided += 1
    for line in lines:
        if line.get("state") == "ok" and line["kind"] in ("read", "aged", "final"):
            invoke = asked[line["op"], line["try"]]
            check_read(line, invoke, sent[line["user"]], verdict)
            if line["kind"] == "aged":
                check_aged(line, invoke, acked_at[line["user"]], verdict)
            if line["kind"] == "final":
                check_final(line, sent[line["user"]], acked[line["user"]], verdict)
                finals[line["user"]].add(line["via"])
    for user in sorted(sent):
        for node in nodes:
            if node not in finals[user]:
                verdict.find("unread", f"{user} through {node}")
    verdict.acked = sum(map(len, acked.values()))
    verdict.unknown = sum(map(len, sent.values())) - verdict.acked
    return verdict


def check_read(line, asked, sent, verdict):
    verdict.reads += 1
    who = f"{line['user']} through {line['via']} at {line['t']:.3f} s"
    for number, times in collections.Counter(line["saw"]).items():
        if times > 1:
            verdict.find("doubled", f"event {number} of {who} stands {times} times")
        if number not in sent:
            verdict.find("foreign", f"event {number} of {who}")
    if line["events"] > len(sent):
        verdict.find("doubled", f"{who}: {line['events']} events are counted, {len(sent)} were sent")
    if asked.get("must", {}).get("count"):
        verdict.pairs += 1
        count, greatest = asked["must"]["count"], asked["must"]["greatest"]
        if line["events"] < count or max(line["saw"], default=-1) < greatest:
            verdict.find("stale", f"{who}: shows {line['events']} events to {max(line['saw'], default=None)}, "
                                  f"acknowledged and asked for were {count} to {greatest}")


def check_aged(line, asked, acked_at, verdict):
    """Of one user events are sent one after another: what stands behind the greatest shown is what is missing."""
    verdict.aged += 1
    verdict.labelled += line["ageMs"] > 0
    verdict.label_ms_max = max(verdict.label_ms_max, line["ageMs"])
    who = f"{line['user']} through {line['via']} at {line['t']:.3f} s"
    shown = max(line["saw"], default=-1)
    missing = [at for number, at in acked_at.items() if number > shown and at < asked["t"]]
    older_s = asked["t"] - min(missing, default=asked["t"]) - line["ageMs"] / 1000
    verdict.unsaid_s_max = max(verdict.unsaid_s_max, older_s)
    if older_s > UNSEEN_S:
        verdict.find("unsaid", f"{who}: shows events to {shown}, says to be {line['ageMs']} ms old, and is {older_s:.1f} s older")
    if line["ageMs"] > OLD_MAX_S * 1000:
        verdict.find("tooOld", f"{who}: {line['ageMs']} ms")


def check_final(line, sent, acked, verdict):
    saw = set(line["saw"])
    who = f"{line['user']} through {line['via']}"
    for number in sorted(acked - saw):
        verdict.find("lost", f"event {number} of {who}")
    if line["events"] != len(line["saw"]):
        finding = "doubled" if line["events"] > len(line["saw"]) else "lost"
        verdict.find(finding, f"{who}: counts {line['events']} events, shows {len(line['saw'])}")

"""Segments from one retraining to the next, through the running server: users of drifting_groups.py as users with traits, told
over ZeroMQ; who leaves is erased; after each step a round is asked for, and the segment of every user is read from his
profile. Python's standard library only, and scikit-learn in the references' own environment for the cold batch run."""

import json
import pathlib
import statistics
import subprocess
import sys
import time

import drifting_groups
import reference_libraries
import segments
import solvers
import table

HERE = pathlib.Path(__file__).resolve().parent
USERS = 20_000
STEPS = 20
SEED = 1
PARTS_AT, MEETS_AT = 7, 14  # steps of segments-drift
PARTING = 0  # the group
CHANGED_MOST, BEHIND_MOST = .01, .05


class Served:
    """What a server knows of a world's users, asked over its public interfaces; crowds of them through users_bench, which
    puts many into an envelope."""

    def __init__(self, programs, server):
        self.programs, self.endpoint, self.http_port = programs, f"tcp://127.0.0.1:{server.port}", server.http_port

    def crowd(self, commands):
        return subprocess.run([self.programs / "users_bench", self.endpoint], input="\n".join(commands) + "\n", check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def tell(self, world):
        self.crowd(f"tell {user.name} " + " ".join(f"{x:.6f}" for x in world.traits(user)) for user in world.users)

    def erase(self, names):
        self.crowd(f"erase {name}" for name in names)

    def train(self):
        run = subprocess.run([self.programs / "kindredctl", "--json", "--endpoint", self.endpoint, "--deadline-ms", "60000",
                              "models", "train", "segments", "--wait"], check=True, stdout=subprocess.PIPE, text=True)
        champion = next(one for one in json.loads(run.stdout)["models"] if one["state"] == "champion")
        self.reason = champion["reason"]

    def read(self, world):
        """The segment of each user by his name, "-" where he is in none."""
        return dict(line.split() for line in self.crowd(f"read {user.name}" for user in world.users).splitlines())

    def settled(self, world):
        """The same, once every partition has adopted what was trained: nobody is without, and reading all of them again
        changes nothing."""
        before = None
        until = time.monotonic() + segments.ADOPTED_WITHIN_S
        while time.monotonic() < until:
            now = self.read(world)
            if now == before and "-" not in now.values():
                return now
            before = now
        raise RuntimeError(f"users had not come to rest in their segments within {segments.ADOPTED_WITHIN_S} s")

    def lineage(self):
        """Of the clustered segments those that came from others: by id, the ids they came from."""
        listed = segments.Client(self.http_port).ask("GET", "/v1/segments")["segments"]
        return {one["id"]: sorted(one["cameFrom"]) for one in listed if one["kind"] == "clustered" and one.get("cameFrom")}


def share_changed(before, after):
    """Of those who are in both, how many are in another segment."""
    stayed = before.keys() & after.keys()
    return sum(before[name] != after[name] for name in stayed) / len(stayed)


def cold_batch(python, rows, groups, k):
    """The adjusted Rand index of scikit-learn's KMeans on these rows, each column standardized as Kindred does it."""
    given = f"{len(rows)} {len(rows[0])}\n" + "".join(
        " ".join(f"{x:.9g}" for x in row) + f" {group + 1}\n" for row, group in zip(solvers.standardized(rows), groups))
    return solvers.found_by([python, HERE / "reference_k_means.py", str(k)], given, reference_libraries.environment())["ari"]


def lineage_errors(told, wanted):
    """How many of the splits and merges that were told, or should have been, are not both. Each: {step: {id: ids it came
    from}}; where the id is a set, any of it is meant."""
    errors = 0
    for step in told.keys() | wanted.keys():
        left = dict(told.get(step, {}))
        for ids, origins in wanted.get(step, []):
            found = [one for one in left if one in ids and left[one] == origins]
            errors += not found
            if found:
                del left[found[0]]
        errors += len(left)
    return errors


class Retraining:
    """A world's users at a server, from one round to the next, and what was seen of each."""

    def __init__(self, programs, server, python):
        self.world, self.served, self.python = drifting_groups.World(SEED, USERS), Served(programs, server), python
        self.now = {}  # segment by user
        self.changed, self.by_round = [], []  # shares of the users who remained
        self.ours, self.batch = [], []  # adjusted Rand indices

    def retrain(self):
        self.served.tell(self.world)
        told = self.served.settled(self.world) if self.now else {}
        self.served.train()
        after = self.served.settled(self.world)
        if self.now:
            self.changed.append(share_changed(self.now, after))
            self.by_round.append(share_changed({name: told[name] for name in self.now.keys() & told.keys()}, after))
        self.now = after

    def judge(self):
        """Against the groups; and a cold batch run on the same points, with as many centres as there are groups."""
        groups = [user.group for user in self.world.users]
        self.ours.append(segments.adjusted_rand_index([self.now[user.name] for user in self.world.users], groups))
        if self.python is not None:
            rows = [self.world.traits(user) for user in self.world.users]
            self.batch.append(cold_batch(self.python, rows, groups, len(self.world.centres)))

    def others_come(self):
        self.served.erase(self.world.replace())
        self.world.go_on()

    def segment_of(self, group):
        """The one that most of the group's users are in."""
        return statistics.mode(self.now[user.name] for user in self.world.users
                               if user.group == group and user.name in self.now)


def calm(name, run):
    run.retrain()
    for _ in range(STEPS):
        run.others_come()
        run.retrain()
    run.judge()
    figure = "remaining users in another segment"
    return [table.Row(name, f"{figure}, median", (statistics.median(run.changed),), (), most=CHANGED_MOST),
            table.Row(name, f"{figure}, worst", (max(run.changed),), (), most=CHANGED_MOST),
            table.Row(name, "of them by the round alone, worst", (max(run.by_round),), ()),
            table.Row(name, f"ARI after {STEPS} rounds", tuple(run.ours), tuple(run.batch))]


def drift(name, run):
    run.retrain()
    run.judge()
    told, wanted = {}, {}
    for step in range(1, STEPS + 1):
        before = {group: run.segment_of(group) for group in run.world.centres}
        run.others_come()
        run.world.drift()
        parted = run.world.part(PARTING) if step == PARTS_AT else None
        met = run.world.meet() if step == MEETS_AT else None
        run.retrain()
        run.judge()
        if step == PARTS_AT:
            wanted[step] = [({run.segment_of(PARTING), run.segment_of(parted)}, [before[PARTING]])]
        if step == MEETS_AT:
            wanted[step] = [({run.segment_of(met[0])}, sorted(before[group] for group in met))]
        if lineage := run.served.lineage():
            told[step] = lineage
        print(f"quality bench: {name}: step {step}: ARI {run.ours[-1]:.4f}"
              f"{f', batch {run.batch[-1]:.4f}' if run.batch else ''}, {run.served.reason}", file=sys.stderr)
    rows = [table.Row(name, "ARI, median of the steps", (statistics.median(run.ours),),
                      (statistics.median(run.batch),) if run.batch else ())]
    if run.batch:
        rows.append(table.Row(name, "ARI less the batch run's, worst step",
                              (min(ours - batch for ours, batch in zip(run.ours, run.batch)),), (), least=-BEHIND_MOST))
    return [*rows, table.Row(name, "splits and merges told wrongly or not at all", (lineage_errors(told, wanted),), (), kind="k",
                             most=0)]


PROTOCOLS = {"segments-stability": calm, "segments-drift": drift}


def served(programs, start, python, name):
    """Rows and note of one protocol. `start` makes a server; `python` is the references' interpreter, or None."""
    with start(clock="wall", config={"segments_cadence_minutes": 0}) as server:
        run = Retraining(programs, server, python)
        rows = PROTOCOLS[name](name, run)
    return rows, (f"{name}: {USERS} users told, erased and read over ZeroMQ, {STEPS} rounds, "
                  f"{len(set(run.now.values()))} segments for {len(run.world.centres)} groups at the end")

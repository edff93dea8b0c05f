"""Segments through the running server: each point of a public set is a user with numeric traits, told over HTTP; a round
is asked for, and the segment of every user is read from his profile. Python's standard library only."""

import collections
import http.client
import json
import math
import subprocess
import urllib.parse

import solvers
import table

SETS = {f"segments-{name}": name for name in solvers.TRUE_K}
ADOPTED_WITHIN_S = 60


def adjusted_rand_index(ours, truth):
    """Hubert and Arabie 1985."""
    pairs = lambda counts: sum(math.comb(count, 2) for count in counts.values())
    both = pairs(collections.Counter(zip(ours, truth)))
    of_ours, of_truth = pairs(collections.Counter(ours)), pairs(collections.Counter(truth))
    expected = of_ours * of_truth / math.comb(len(truth), 2)
    most = (of_ours + of_truth) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body))
        reply = self.connection.getresponse()
        text = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{method} {path}: {reply.status} {text[:500]}")
        return json.loads(text)


def parted(programs, start, rows, segments):
    """The segment of each point, where the server was told to make so many (0: as it likes); and the model's metrics."""
    with start(clock="wall", config={"segments": segments, "segments_cadence_minutes": 0}) as server:
        client = Client(server.http_port)
        for number, row in enumerate(rows):
            traits = {f"x{i}": value for i, value in enumerate(row)}
            client.ask("POST", "/v1/traits", {"userId": f"point{number}", "traits": traits})
        trained = subprocess.run([programs / "kindredctl", "--json", "--endpoint", f"tcp://127.0.0.1:{server.port}",
                                  "models", "train", "segments", "--wait"], check=True, stdout=subprocess.PIPE, text=True)
        model = next(one for one in json.loads(trained.stdout)["models"] if one["state"] == "champion")

        def segment_of(number):
            path = "/v1/profiles/" + urllib.parse.quote(f"point{number}") + "?history=0"
            told = [one["id"] for one in client.ask("GET", path)["segments"] if one["id"].startswith("clustered-")]
            return told[0] if told else None
        return server.wait_for_all(lambda: [segment_of(number) for number in range(len(rows))],
                                   ADOPTED_WITHIN_S), model["metrics"]


def served(programs, start, name):
    """Rows and note of one protocol. `start` makes a server."""
    what = SETS[name]
    lines = solvers.points(what).splitlines()[1:]
    rows = [[float(x) for x in line.split()[:-1]] for line in lines]
    truth = [line.split()[-1] for line in lines]
    k = solvers.TRUE_K[what]
    given, _ = parted(programs, start, rows, k)
    chosen, metrics = parted(programs, start, rows, 0)
    within = solvers.K_WITHIN
    return [table.Row(name, f"ARI, {k} segments asked for", (adjusted_rand_index(given, truth),), (),
                      least=solvers.ARI_FLOOR[what]),
            table.Row(name, f"k by silhouette, true {k}", (metrics["segments"],), (), kind="k",
                      least=(1 - within) * k, most=(1 + within) * k),
            table.Row(name, "ARI with that k", (adjusted_rand_index(chosen, truth),), ())], \
        f"{name}: {len(rows)} users told and read over HTTP, silhouette {metrics['silhouette']:.3f}"

"""Round after round: a cluster under load, one fault, and whether it kept its promises. Where a fault is one of the network, every
member has a namespace of its own.

A directory holds the cluster while it runs (cluster/), a history of each round (histories/) and results.ndjson, one line per
finished round. What stands there is not done again, so that a run that was interrupted goes on where it was.
"""

import gzip
import json
import random
import shutil

import checker
import crowd
import faults
import gaps
import history
import layout
import member_http
import network
import operators
import processes
import report
from load import Load
from local_cluster import LocalCluster

WHOLE_WITHIN_S = 120
READ_WITHIN_S, READ_BROKEN_WITHIN_S = 30, 1  # of everything of one user; where the cluster is not whole no patience helps
SMALL_DISK_MIB = 192
WATCHED = ("kindred_kafka_unknown_total", "kindred_kafka_doubtful_total", "kindred_kafka_producers_fatal_total",
           "kindred_kafka_producers_replaced_total", "kindred_kafka_looks_failed_total", "kindred_kafka_tail_restarts_total",
           "kindred_kafka_tail_clients_renewed_total")


class Torture:
    def __init__(self, directory, programs, told, say):
        self.directory, self.programs, self.told, self.say = directory.resolve(), programs, told, say
        self.results_file = self.directory / "results.ndjson"
        self.cluster = self.networked = None

    def results(self):
        return history.read(self.results_file) if self.results_file.exists() else []

    def due(self):
        """(fault, round) that are not done yet, each round all faults."""
        done = {(one["seed"], one["fault"], one["round"]) for one in self.results()}
        return [(fault, number) for number in range(1, self.told.rounds + 1) for fault in self.told.faults
                if (self.told.seed, fault, number) not in done]

    def run(self):
        """Whether every round asked for kept the promises."""
        (self.directory / "histories").mkdir(parents=True, exist_ok=True)
        self.results_file.write_text("".join(json.dumps(one) + "\n" for one in self.results()))  # without a line cut off
        due = self.due()
        self.say(f"{len(due)} rounds to do, seed {self.told.seed}; results in {self.results_file}")
        try:
            for fault, number in due:
                if fault == "rolling-upgrade" and self.told.next_bin is None:
                    self.say("no --next-bin: rounds of rolling-upgrade are skipped")
                    continue
                if fault in operators.ALONE_IN_A_CLUSTER:
                    self.end_cluster()
                self.fresh_where_needed()
                if fault == "node-disk" and not self.cluster.small_disks() or fault in faults.OF_NETWORK and not self.cluster.network:
                    continue
                self.keep(self.round(fault, number))
        finally:
            self.end_cluster()
        asked = [one for one in self.results() if one["seed"] == self.told.seed and one["fault"] in self.told.faults
                 and one["round"] <= self.told.rounds]
        print(report.text(asked))
        (self.directory / "report.md").write_text(report.text(asked) + "\n", encoding="utf-8")
        return all(one["clean"] for one in asked)

    def fresh_where_needed(self):
        """A cluster that is whole: the one of the last round, or a new one where there is none that is."""
        if self.cluster is not None:
            return
        self.cluster = LocalCluster(self.directory / "cluster", self.programs, self.say)
        if self.cluster.plan is not None:  # of a run that was interrupted
            self.cluster.end_all(keep=False)
            self.cluster.remove()
        self.cluster.make(self.told.nodes, self.told.brokers, self.told.partitions, self.told.heap_mib, self.namespaces(),
                          spares="node-joins" in self.told.faults)
        if "node-disk" in self.told.faults and not self.cluster.give_small_disk(self.cluster.plan["nodes"][-1], SMALL_DISK_MIB):
            self.say("mounting a tmpfs is not allowed here: rounds of node-disk are skipped")
        self.cluster.start_all()
        if self.told.users:
            first = self.cluster.plan["nodes"][0]
            crowd.tell(self.cluster.programs, f"tcp://{layout.text_of(first, 'listen')}", self.told.users, self.say)
            self.cluster.wait_whole(WHOLE_WITHIN_S)

    def namespaces(self):
        """Whether faults need them and they can be had; asked once, and said once."""
        if self.networked is None:
            needed = any(fault in faults.OF_NETWORK for fault in self.told.faults)
            why = network.why_not() if needed else None
            if why:
                self.say(f"no network namespaces here ({why}): rounds of cuts and slow links are skipped")
            self.networked = needed and why is None
        return self.networked

    def end_cluster(self, keep_as=None):
        if self.cluster is None:
            return
        self.cluster.end_all(keep=False)
        if keep_as:
            self.cluster.let_go_of_disks()
            shutil.rmtree(self.directory / keep_as, ignore_errors=True)
            (self.directory / "cluster").rename(self.directory / keep_as)
            self.say(f"its logs and data are kept in {self.directory / keep_as}")
        else:
            self.cluster.remove()
        self.cluster = None

    def nodes(self, port="http"):
        return {node["name"]: layout.at(node, port) for node in self.cluster.plan["nodes"]}

    def round(self, fault, number):
        name = f"{fault}-{number}-seed{self.told.seed}"
        self.say(f"round {number}, {fault}")
        path = self.directory / "histories" / f"{name}.ndjson"
        log = history.History(path)
        load = Load(self.nodes(), self.nodes("listen"), log, f"s{self.told.seed}-{fault}-{number}-", f"{self.told.seed}/{name}", self.told.rate)
        error = None
        counters = self.counters()
        self.cluster.restarts.clear()
        load.start()
        try:
            load.calm()
            def mark(name, **more):
                self.say(f"  {log.mark(name, **more):6.1f} s {more.get('what', name)}")
            self.do(fault, random.Random(f"{self.told.seed}/{fault}/{number}"), load, mark)
            self.cluster.wait_whole(WHOLE_WITHIN_S)
            self.say(f"  {log.mark('whole'):6.1f} s whole again")
            load.calm()
        except processes.NotInTime as why:
            error = "; ".join([str(why), *self.reasons()])
        finally:
            load.end()
        log.mark("calm")
        load.read_back(READ_WITHIN_S if error is None else READ_BROKEN_WITHIN_S)
        log.close()
        verdict = checker.check(log.lines, list(self.nodes()))
        waits = gaps.around(log.lines)
        given_up = sum(waits[kind]["givenUp"] for kind in gaps.KINDS)
        if fault in operators.ACTS and given_up and error is None:
            error = f"{given_up} calls were given up: planned work may delay a client, not fail him"
        result = {"seed": self.told.seed, "fault": fault, "round": number, "clean": verdict.clean and error is None,
                  "error": error, "what": next((line["what"] for line in log.lines if line.get("mark") == "fault"), fault),
                  "faultS": gaps.marked(log.lines, "fault"), "ledS": gaps.marked(log.lines, "led"), "healedS": gaps.marked(log.lines, "healed"),
                  "wholeS": gaps.marked(log.lines, "whole"), **verdict.as_dict(), "gaps": waits,
                  "steps": [line for line in log.lines if line.get("mark") == "step"],
                  "restarts": list(self.cluster.restarts), "counters": grown(counters, self.counters())}
        (self.directory / "histories" / f"{name}.svg").write_text(report.plot(log.lines, result), encoding="utf-8")
        with open(path, "rb") as plain, gzip.open(f"{path}.gz", "wb") as packed:
            shutil.copyfileobj(plain, packed)
        path.unlink()
        if not result["clean"]:
            self.end_cluster(keep_as=f"failed-{name}")
        elif fault in operators.ALONE_IN_A_CLUSTER:
            self.end_cluster()
        return result

    def do(self, fault, chance, load, mark):
        if fault in operators.ACTS:
            operators.ACTS[fault](self.cluster, chance, load, self.told, mark)
        else:
            hold_s = self.told.cut_seconds if fault in faults.OF_NETWORK else self.told.stop_seconds
            faults.FAULTS[fault](self.cluster, chance, hold_s, mark)

    def reasons(self):
        """Of every member that is not as it should be, what it says."""
        found = []
        for member in self.cluster.members():
            state = processes.state(member["process"])
            why = state if state != "running" else "" if self.cluster.is_broker(member) else member_http.why_not_ready(layout.at(member, "http"))
            if why:
                found.append(f"{member['name']}: {why}")
        return found

    def counters(self):
        """{node: {metric: value}} of what an operator would look at."""
        found = {}
        for name, address in self.nodes().items():
            reply = member_http.ask(address, "/metrics")
            lines = reply[1].splitlines() if reply and isinstance(reply[1], str) else ()
            found[name] = {line.split()[0]: float(line.split()[1]) for line in lines if line.split()[0] in WATCHED}
        return found

    def keep(self, result):
        with open(self.results_file, "a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        self.say("  " + report.sentence(result))


def grown(before, after):
    """By how much each metric grew, all nodes together; a node that began anew began at 0."""
    sums = {}
    for node, metrics in after.items():
        for metric, value in metrics.items():
            base = before.get(node, {}).get(metric, 0)
            grew = value - base if value >= base else value
            if grew:
                sums[metric] = sums.get(metric, 0) + grew
    return sums

"""A cluster of real brokers and nodes on this machine: started, looked at, hurt and ended.

Owns one directory: state.json (members and their processes), brokers/, nodes/. It touches no process but those that stand
in state.json with their start time, and removes no directory without such a file; nor a network namespace whose name does not
stand there (network.py). One command at a time: a lock.
"""

import concurrent.futures
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import broker_jars
import kafka_metadata
import layout
import member_http
import network
import processes

BROKERS_WITHIN_S, NODES_WITHIN_S = 180, 180  # a busy machine; a free one takes 10 to 20 s
DRAIN_WITHIN_S, CLASSES_WITHIN_S = 20, 60
RESTARTS_MAX = 5
LAST_LINES = 15
STATE_VERSION = 3


class Refused(Exception):
    """The command can not be done here; the text says why and what to do."""


class LocalCluster:
    def __init__(self, directory, programs, say=lambda text: None):
        self.directory, self.programs, self.say = pathlib.Path(directory).resolve(), pathlib.Path(programs).resolve(), say
        self.plan = None
        self.restarts = []  # names of nodes that did not get up at their first try
        if self.state_file.is_file():
            self.plan = json.loads(self.state_file.read_text())
            if self.plan.get("version") != STATE_VERSION:
                raise Refused(f"{self.state_file} is of another version of this tool; remove {self.directory}")
            if self.plan["boot"] != processes.boot():
                for member in self.everybody():
                    member["process"] = None
                if self.plan["network"]:
                    self.plan["network"]["wire"] = None
                self.plan["boot"] = processes.boot()

    @property
    def state_file(self):
        return self.directory / "state.json"

    @contextlib.contextmanager
    def alone(self):
        """No other command works on this directory meanwhile."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.directory / "lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Refused(f"another command works on {self.directory} now") from None
            try:
                yield
            finally:
                if not self.state_file.exists():
                    self.remove()  # of the lock itself

    def save(self):
        fresh = self.state_file.with_suffix(".new")
        fresh.write_text(json.dumps(self.plan, indent=1))
        os.replace(fresh, self.state_file)

    # ---- members ----

    def members(self):
        """Those that are to run."""
        return [*self.plan["brokers"], *self.plan["nodes"]] if self.plan else []

    def everybody(self):
        """Spares, too: nodes that the others know and that join later (enlist)."""
        return [*self.members(), *self.plan["spares"]] if self.plan else []

    def member(self, name):
        for member in self.members():
            if member["name"] == name:
                return member
        raise Refused(f"there is no member '{name}'; there are: {', '.join(m['name'] for m in self.members()) or 'none'}")

    @staticmethod
    def is_broker(member):
        return "controller" in member

    @property
    def network(self):
        """Of namespaces; None where all listen on loopback."""
        told = self.plan and self.plan["network"]
        return network.Network(told, self.everybody(), self.save) if told else None

    def folder(self, member):
        return self.directory / ("brokers" if self.is_broker(member) else "nodes") / member["name"]

    def log(self, member):
        return self.folder(member) / "log"

    def last_lines(self, member):
        try:
            return "\n".join(self.log(member).read_text("utf-8", "replace").splitlines()[-LAST_LINES:])
        except OSError:
            return "(nothing)"

    def running(self):
        return [member for member in self.everybody() if processes.state(member["process"]) != "ended"]

    # ---- starting ----

    def make(self, nodes, brokers, partitions, heap_mib, namespaces=False, spares=0):
        """Plans a new cluster and writes its files; starts nothing. Raises network.NotAllowed for namespaces that can not be."""
        if self.directory.exists() and any(entry.name != "lock" for entry in self.directory.iterdir()):
            raise Refused(f"{self.directory} holds something that is none of ours; name another directory")
        for program in ("kindred", "kindredctl"):
            if not os.access(self.programs / program, os.X_OK):
                raise Refused(f"{self.programs} has no {program}; ./dev build makes it, or name a folder in $KINDRED_BIN_DIR")
        wires = network.planned() if namespaces else None
        hosts = (lambda place: network.host(wires, place)) if namespaces else (lambda place: layout.HOST)
        self.directory.mkdir(parents=True, exist_ok=True)
        plan = layout.planned(nodes, brokers, partitions, heap_mib, layout.Ports(), hosts, spares)
        self.plan = {"version": STATE_VERSION, "boot": processes.boot(), "complete": False, "network": wires, **plan}
        self.save()
        nodes = [*self.plan["nodes"], *self.plan["spares"]]
        for node in nodes:
            self.folder(node).mkdir(parents=True)
            keys = subprocess.run([self.programs / "kindred", "keys", "--out", self.folder(node) / "node.key"],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if keys.returncode != 0:
                raise Refused(f"kindred keys failed: {keys.stderr.strip()}")
            node["publicKey"] = keys.stdout.split()[0]
        for node in nodes:
            (self.folder(node) / "node.toml").write_text(layout.node_settings(self.plan, node, self.folder(node)))
        for broker in self.plan["brokers"]:
            self.folder(broker).mkdir(parents=True)
            settings = layout.broker_settings(self.plan, broker, self.folder(broker) / "data")
            (self.folder(broker) / "broker.properties").write_text(settings)
        self.save()

    def java(self, heap_mib, *words, more=()):
        return ["java", f"-Xmx{heap_mib}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", *more,
                "-cp", f"{broker_jars.folder(self.say) / 'libs'}/*", *words]

    def classes(self, broker):
        """The archive of classes with which a broker starts in half of the time; the first one that ends in peace
        writes it down."""
        archive = broker_jars.archive()
        return f"-XX:SharedArchiveFile={archive}" if archive.exists() else f"-XX:ArchiveClassesAtExit={self.fresh(broker)}"

    @staticmethod
    def fresh(broker):
        return broker_jars.archive().with_suffix(f".{broker['port']}")

    def format(self, broker):
        """Prepares its disk, the first time."""
        folder = self.folder(broker)
        if (folder / "data" / "meta.properties").exists():
            return
        with open(self.log(broker), "ab") as says:
            done = subprocess.run(self.java(128, "kafka.tools.StorageTool", "format", "-t", layout.CLUSTER_ID, "-c",
                                            str(folder / "broker.properties")),
                                  stdin=subprocess.DEVNULL, stdout=says, stderr=says)
        if done.returncode != 0:
            raise Refused(f"the disk of {broker['name']} is not formatted:\n{self.last_lines(broker)}")

    def begin(self, member):
        """Starts its process, if it does not run; waits for nothing."""
        if processes.state(member["process"]) != "ended":
            return
        folder = self.folder(member)
        if self.is_broker(member):
            words = self.java(self.plan["heapMib"], "kafka.Kafka", str(folder / "broker.properties"),
                              more=[self.classes(member)])
        else:
            words = [self.programs_of(member) / "kindred", "serve", "--config", folder / "node.toml"]
        inside = self.network.inside(member["name"]) if self.network else []
        member["process"] = processes.start([*inside, *words], self.log(member), folder)
        self.save()

    def programs_of(self, node):
        return pathlib.Path(node["programs"] or self.programs)

    def wait(self, holds, what, within_s, needed):
        """Until it holds; not any longer than all `needed` members run. A node that did not get up (it says so when brokers
        are not there yet) is started again, as a service manager would, a few times."""
        def look():
            for member in needed:
                if processes.state(member["process"]) != "ended":
                    continue
                last = self.last_lines(member)
                if '"notStarted"' not in last.splitlines()[-1] or self.restarts.count(member["name"]) == RESTARTS_MAX:
                    raise processes.NotInTime(f"{member['name']} ended by itself; its last lines:\n{last}")
                self.restarts.append(member["name"])
                self.say(f"node {member['name']} did not get up ({self.log(member)} says why) and is started again")
                self.begin(member)
            return holds()
        processes.wait_until(look, what, within_s, pause_s=0.1)

    def brokers_settled(self):
        return all(kafka_metadata.settled(kafka_metadata.ask(layout.at(broker, "port")), len(self.plan["brokers"]), layout.PREFIX)
                   for broker in self.plan["brokers"])

    def nodes_settled(self):
        addresses = [layout.at(node, "http") for node in self.plan["nodes"]]
        return all(map(member_http.is_ready, addresses)) and member_http.agree(addresses, [n["name"] for n in self.plan["nodes"]])

    def caught_up(self):
        """Whether moreover everybody holds what the map says, and nothing else, as each of them knows it."""
        return self.nodes_settled() and all(member_http.moved(layout.at(node, "http")) for node in self.plan["nodes"])

    def start_all(self):
        """The network, brokers, then nodes; until every partition is in sync and all nodes are ready with one map."""
        if self.network and not self.network.there():
            self.network.make()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(self.format, self.plan["brokers"]))
        self.say(f"starting {len(self.plan['brokers'])} brokers (Kafka, KRaft)")
        for broker in self.plan["brokers"]:
            self.begin(broker)
        self.wait(self.brokers_settled, "all brokers know each other", BROKERS_WITHIN_S, self.plan["brokers"])
        self.say(f"starting {len(self.plan['nodes'])} nodes")
        for node in self.plan["nodes"]:
            self.begin(node)
        self.wait_whole()
        self.plan["complete"] = True
        self.save()

    def wait_whole(self, within_s=NODES_WITHIN_S):
        """Until everybody runs, is ready, and agrees."""
        self.wait(lambda: self.brokers_settled() and self.nodes_settled(),
                  "all brokers in sync, all nodes ready with one map", within_s, self.members())

    # ---- coming and going ----

    def enlist(self):
        """The first spare is a node like the others from now on; it does not run yet."""
        node = self.plan["spares"].pop(0)
        self.plan["nodes"].append(node)
        self.save()
        return node

    def dismiss(self, node):
        """A node that has ended is a spare again, without data."""
        shutil.rmtree(self.folder(node) / "data", ignore_errors=True)
        self.plan["nodes"].remove(node)
        self.plan["spares"].insert(0, node)
        self.save()

    def end_in_peace(self, member):
        """SIGTERM; how many seconds it took to end. Raises where it did not, and is killed."""
        began = time.monotonic()
        if not processes.end(member["process"], DRAIN_WITHIN_S):
            raise processes.NotInTime(f"{member['name']} did not end within {DRAIN_WITHIN_S} s of SIGTERM and was killed")
        return time.monotonic() - began

    def ctl(self, programs, node, *words, within_s):
        """What an operator asks of a node with kindredctl of these programs; raises where the answer is no."""
        command = [pathlib.Path(programs) / "kindredctl", "--endpoint", f"tcp://{layout.text_of(node, 'listen')}", *words]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within_s)
        except subprocess.TimeoutExpired:
            raise processes.NotInTime(f"not within {within_s} s: kindredctl {' '.join(words)}") from None
        if done.returncode != 0:
            raise processes.NotInTime(f"kindredctl {' '.join(words)} through {node['name']}: exit code {done.returncode}: "
                                      f"{done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    # ---- hurting and ending ----

    def give_small_disk(self, node, mib):
        """A tmpfs of its own for the data of a node that was not started yet. False where mounting is not allowed."""
        data = self.folder(node) / "data"
        data.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=700", "kindred-cluster", data],
                              stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            data.rmdir()
            return False
        return True

    def small_disks(self):
        """Data folders that are disks of their own."""
        return [path for node in (self.plan or {"nodes": ()})["nodes"] if os.path.ismount(path := self.folder(node) / "data")]

    def kill(self, member):
        processes.kill(member["process"])

    def freeze(self, member):
        processes.send(member["process"], signal.SIGSTOP)

    def thaw(self, member):
        processes.send(member["process"], signal.SIGCONT)

    def end_all(self, keep):
        """Ends what runs: nodes in peace; brokers by force unless their data is kept; then the network of namespaces."""
        if not self.plan:
            return
        nodes = [member for member in self.running() if not self.is_broker(member)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for node, peace in zip(nodes, pool.map(lambda m: processes.end(m["process"], DRAIN_WITHIN_S), nodes)):
                if not peace:
                    self.say(f"node {node['name']} did not end within {DRAIN_WITHIN_S} s and was killed")
            brokers = [member for member in self.running() if self.is_broker(member)]
            if brokers and not keep:
                self.let_classes_be_written(brokers[0])
                for broker in brokers:
                    self.kill(broker)
            # With its peers gone a broker waits for a quorum that does not come: its log is whole all the same.
            list(pool.map(lambda m: processes.end(m["process"], DRAIN_WITHIN_S), brokers))
        if self.network:
            self.network.remove()

    def let_classes_be_written(self, broker):
        if broker_jars.archive().exists() or not self.plan["complete"]:
            return
        if processes.end(broker["process"], CLASSES_WITHIN_S) and self.fresh(broker).exists():
            self.fresh(broker).replace(broker_jars.archive())

    def let_go_of_disks(self):
        for disk in self.small_disks():
            subprocess.run(["umount", disk], stdin=subprocess.DEVNULL, check=True)

    def remove(self):
        """Removes what this tool made; the directory too, where nothing else is in it."""
        self.let_go_of_disks()
        if self.network:
            self.network.remove()
        for name in ("brokers", "nodes"):
            shutil.rmtree(self.directory / name, ignore_errors=True)
        for name in ("state.json", "state.new", "lock"):
            (self.directory / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.directory.rmdir()
        self.plan = None

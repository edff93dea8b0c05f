"""What a cluster on this machine is made of, as values: names, ports, files, the text of every configuration.

Nothing here starts or asks anything, but that a port was free is tried by binding it.
"""

import json
import pathlib
import random
import re
import socket

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "deploy/kafka/broker.properties"
HOST = "127.0.0.1"
PORTS = range(20_000, 32_000)  # below those that the kernel gives to outgoing connections
NODES_MAX = BROKERS_MAX = 9
CLUSTER_ID = "a2luZHJlZC1vbi1vbmUtMQ"  # of the brokers: 16 bytes, base64url
PREFIX = "kindred."

# Brokers that share one machine: few threads and small index files, since each would take what a machine has.
ONE_MACHINE = """
# ---- several brokers on one machine ----
num.network.threads=2
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=1
log.index.size.max.bytes=262144
"""


class Ports:
    """Free loopback ports, none twice."""

    def __init__(self, chance=None):
        self.chance, self.given = chance or random.SystemRandom(), set()

    def take(self):
        for _ in range(200):
            port = self.chance.choice(PORTS)
            if port in self.given:
                continue
            with socket.socket() as one:
                try:
                    one.bind((HOST, port))
                except OSError:
                    continue
            self.given.add(port)
            return port
        raise RuntimeError("no free loopback port")


def planned(nodes, brokers, partitions, heap_mib, ports, host_of=lambda place: HOST, spares=0):
    """The members of a new cluster, without processes yet. `host_of`: the address of the member at this place. Spares are nodes
    that all others know and that nobody starts with the others. `programs` of a node: a folder other than the cluster's."""
    made = [{"name": chr(ord("a") + n), "host": host_of(brokers + n), "number": n + 1, "listen": ports.take(),
             "notify": ports.take(), "http": ports.take(), "link": ports.take(), "publicKey": None, "process": None,
             "programs": None}
            for n in range(nodes + spares)]
    return {
        "partitions": partitions,
        "heapMib": heap_mib,
        "brokers": [{"name": f"broker-{n}", "host": host_of(n - 1), "id": n, "port": ports.take(), "controller": ports.take(),
                     "process": None}
                    for n in range(1, brokers + 1)],
        "nodes": made[:nodes],
        "spares": made[nodes:],
    }


def at(member, port):
    """Where it listens: (host, port); `port` is the name of one."""
    return member["host"], member[port]


def text_of(member, port):
    return f"{member['host']}:{member[port]}"


def replication(plan):
    return min(3, len(plan["brokers"]))


def min_in_sync(plan):
    return min(2, replication(plan))


def bootstrap(plan):
    return ",".join(text_of(broker, "port") for broker in plan["brokers"])


def broker_settings(plan, broker, data, template=None):
    """The template with every @NAME@ filled in; a name that is not known is a mistake of the template."""
    values = {
        "node_id": broker["id"],
        "voters": ",".join(f"{one['id']}@{text_of(one, 'controller')}" for one in plan["brokers"]),
        "broker": text_of(broker, "port"),
        "controller": text_of(broker, "controller"),
        "data": data,
        "replication": replication(plan),
        "min_in_sync": min_in_sync(plan),
    }
    text = template if template is not None else TEMPLATE.read_text(encoding="utf-8")
    lines = [line if line.startswith("#") else re.sub(r"@(\w+)@", lambda name: str(values[name.group(1)]), line)
             for line in text.splitlines()]
    return "\n".join(lines) + "\n" + ONE_MACHINE


def node_settings(plan, node, folder):
    """The node's TOML; texts are written as JSON writes them, which TOML reads the same."""
    def text(value):
        return json.dumps(str(value), ensure_ascii=False)

    peers = "".join(f"  {{name = {text(one['name'])}, endpoint = \"tcp://{text_of(one, 'link')}\", "
                    f"public_key = {text(one['publicKey'])}}},\n" for one in [*plan["nodes"], *plan["spares"]])
    return f"""node = {node['number']}
data_dir = {text(folder / 'data')}
partitions = {plan['partitions']}
listen = "tcp://{text_of(node, 'listen')}"
notify = "tcp://{text_of(node, 'notify')}"
http = "{text_of(node, 'http')}"

[kafka]
bootstrap = {text(bootstrap(plan))}
prefix = "{PREFIX}"
replication = {replication(plan)}
min_in_sync = {min_in_sync(plan)}

[cluster]
name = {text(node['name'])}
id = "here"
zone = {text('zone-' + node['name'])}
listen = "tcp://{text_of(node, 'link')}"
secret_key_file = {text(folder / 'node.key')}
peers = [
{peers}]
"""

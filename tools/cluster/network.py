"""A network of its own for every member: cables that can be cut, in one direction or both, and slowed down.

Each member runs in a network namespace with one interface, whose other end is a port of a bridge in one more namespace, the
hub; the tool and its load are at the bridge by one interface of the machine, kd<id>. All names carry the cluster's id, which is
noted before anything is made: what `remove` takes away is exactly that, at any time, and nothing else.

Packets are dropped in the hub, as a switch would: no member notices but by silence. Without a route the member's own kernel
refuses at once instead. Slow is the cable of one member, by slow_wire.py.
"""

import ipaddress
import json
import re
import secrets
import subprocess
import sys

import layout
import processes

NAMED = "/run/netns"
BRIDGE, TO_TOOL, SLOW = "br0", "to-tool", "slow0"
TOOL, FIRST_MEMBER = 1, 11  # last byte of an address
SLOW_WIRE = layout.ROOT / "tools/cluster/slow_wire.py"
WIRE_WITHIN_S = 10


class NotAllowed(Exception):
    """No namespaces here; the text says why."""


def command(words, given=None):
    try:
        done = subprocess.run([str(word) for word in words], input=given, capture_output=True, text=True,
                              stdin=None if given is not None else subprocess.DEVNULL)
    except FileNotFoundError:
        raise NotAllowed(f"there is no {words[0]} (Debian: iproute2, util-linux, nftables)") from None
    if done.returncode != 0:
        raise NotAllowed(f"`{' '.join(map(str, words))}` failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def quietly(*words):
    subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True)


def planned():
    """An id, and a private /24 that this machine has no route to."""
    taken = [ipaddress.ip_network(route["dst"]) for route in json.loads(command(["ip", "-j", "-4", "route"]))
             if route["dst"] != "default"]
    for _ in range(100):
        subnet = f"10.{64 + secrets.randbelow(128)}.{secrets.randbelow(256)}"
        if not any(ipaddress.ip_network(f"{subnet}.0/24").overlaps(one) for one in taken):
            return {"id": secrets.token_hex(4), "subnet": subnet, "wire": None}
    raise NotAllowed("no private network is free")


def why_not():
    """Why there can be no namespaces here, or None. Makes a small network and takes it away again."""
    try:
        probe = Network(planned(), [{"name": "a", "host": None}], lambda: None)
    except NotAllowed as why:
        return str(why)
    try:
        probe.make()
        probe.cut([("a", "a")])
        return None
    except NotAllowed as why:
        return str(why)
    finally:
        probe.remove()


def host(plan, place):
    """The address of the member at this place."""
    return f"{plan['subnet']}.{FIRST_MEMBER + place}"


class Network:
    """Of one cluster. `plan` is what planned() said and what its state file keeps; `save` writes that file."""

    def __init__(self, plan, members, save):
        self.plan, self.save = plan, save
        self.hosts = {member["name"]: host(plan, place) for place, member in enumerate(members)}

    def namespace(self, name):
        return f"kindred-{self.plan['id']}-{name}"

    @property
    def hub(self):
        return self.namespace("hub")

    @property
    def cable(self):
        """The interface of the machine itself."""
        return f"kd{self.plan['id']}"

    def inside(self, name):
        """The words before a command that is to run in the namespace of a member; it stays the same process."""
        return ["nsenter", f"--net={NAMED}/{self.namespace(name)}"]

    # ---- made and removed ----

    def make(self):
        """Where it is not there yet, anew: what may be left of it (a machine that started anew) goes first."""
        self.remove()
        hub = ["ip", "-n", self.hub]
        command(["ip", "netns", "add", self.hub])
        command([*hub, "link", "add", BRIDGE, "type", "bridge"])
        command([*hub, "link", "set", BRIDGE, "up"])
        command(["ip", "link", "add", self.cable, "type", "veth", "peer", "name", TO_TOOL, "netns", self.hub])
        command(["ip", "address", "add", f"{self.plan['subnet']}.{TOOL}/24", "dev", self.cable])
        command(["ip", "link", "set", self.cable, "up"])
        self.plug(TO_TOOL)
        for name, address in self.hosts.items():
            mine = ["ip", "-n", self.namespace(name)]
            command(["ip", "netns", "add", self.namespace(name)])
            command([*hub, "link", "add", self.port(name), "type", "veth", "peer", "name", "eth0", "netns", self.namespace(name)])
            command([*mine, "address", "add", f"{address}/24", "dev", "eth0"])
            command([*mine, "link", "set", "lo", "up"])
            command([*mine, "link", "set", "eth0", "up"])
            self.plug(self.port(name))

    @staticmethod
    def port(name):
        return f"to-{name}"

    def plug(self, port, bridge=BRIDGE):
        command(["ip", "-n", self.hub, "link", "set", port, "master", bridge, "up"])

    def there(self):
        """Whether all of it is."""
        named = self.named()
        return all(self.namespace(name) in named for name in ("hub", *self.hosts))

    @staticmethod
    def named():
        """All namespaces with a name on this machine."""
        return {line.split()[0] for line in command(["ip", "netns", "list"]).splitlines() if line}

    def remove(self):
        """What runs inside has ended before. Says nothing where nothing is there."""
        self.end_wire()
        quietly("ip", "link", "delete", self.cable)
        try:
            named = self.named()
        except NotAllowed:
            return
        for name in (*self.hosts, "hub"):
            if self.namespace(name) in named:
                quietly("ip", "netns", "delete", self.namespace(name))

    # ---- cut ----

    def cut(self, pairs):
        """Drops from now on what goes from one member to another, for these (from, to) and no others."""
        rules = "".join(f"    ip saddr {self.hosts[one]} ip daddr {self.hosts[other]} counter drop\n" for one, other in pairs)
        self.heal()
        command([*self.inside("hub"), "nft", "-f", "-"],
                f"table bridge kindred {{\n  chain cut {{\n    type filter hook forward priority 0;\n{rules}  }}\n}}\n")

    def dropped(self):
        """Packets since the cut."""
        says = command([*self.inside("hub"), "nft", "list", "table", "bridge", "kindred"])
        return sum(map(int, re.findall(r"counter packets (\d+)", says)))

    def heal(self):
        quietly(*self.inside("hub"), "nft", "delete", "table", "bridge", "kindred")

    def take_routes(self, name, others):
        """The member's own kernel has no way to the others any more: its sends fail at once, and theirs are not answered."""
        for other in others:
            command(["ip", "-n", self.namespace(name), "route", "add", "blackhole", f"{self.hosts[other]}/32"])

    def give_routes(self, name, others):
        for other in others:
            quietly("ip", "-n", self.namespace(name), "route", "delete", "blackhole", f"{self.hosts[other]}/32")

    # ---- slow ----

    def slow(self, name, delay_ms, jitter_ms, log):
        """The member's cable takes so long, and a random time more for each packet, so that they overtake each other."""
        self.plan["wire"] = processes.start([*self.inside("hub"), sys.executable, SLOW_WIRE, "--delay-ms", delay_ms,
                                             "--jitter-ms", jitter_ms], log)
        self.save()
        processes.wait_until(lambda: "slow-b" in command(["ip", "-n", self.hub, "-br", "link"]), f"the slow wire ({log})",
                             WIRE_WITHIN_S)
        command(["ip", "-n", self.hub, "link", "add", SLOW, "type", "bridge"])
        command(["ip", "-n", self.hub, "link", "set", SLOW, "up"])
        self.plug("slow-a", SLOW)
        self.plug("slow-b")
        self.plug(self.port(name), SLOW)
        self.wait_until_forwarded("slow-a", "slow-b", self.port(name))

    def wait_until_forwarded(self, *ports):
        """A bridge drops what comes to a port until the kernel has told it, a moment later, that the cable is in."""
        def forwarded():
            told = command(["bridge", "-n", self.hub, "link"]).splitlines()
            return all(any(f" {port}@" in line or f" {port}:" in line for line in told if "state forwarding" in line)
                       for port in ports)
        processes.wait_until(forwarded, f"the bridge ports {', '.join(ports)}", WIRE_WITHIN_S)

    def quick(self, name):
        """The cable as it was."""
        self.plug(self.port(name))
        self.wait_until_forwarded(self.port(name))
        quietly("ip", "-n", self.hub, "link", "delete", SLOW)
        self.end_wire()

    def end_wire(self):
        if self.plan["wire"]:
            processes.end(self.plan["wire"], WIRE_WITHIN_S)
            self.plan["wire"] = None
            self.save()

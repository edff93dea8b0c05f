"""One question to a node over HTTP, for the tools that look after it. An address is (host, port)."""

import http.client
import json


def ask(address, path, timeout_s=5.0):
    """(status, JSON or text); None where nobody answers."""
    connection = http.client.HTTPConnection(*address, timeout=timeout_s)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        text = reply.read().decode("utf-8", "replace")
        return reply.status, json.loads(text) if "json" in reply.headers.get("Content-Type", "") else text
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def is_ready(address):
    reply = ask(address, "/readyz")
    return reply is not None and reply[0] == 200


def why_not_ready(address):
    """In words; empty where it is ready."""
    reply = ask(address, "/readyz")
    if reply is None:
        return "does not answer"
    if reply[0] == 200:
        return ""
    reasons = reply[1].get("notReadyBecause", reply[1]) if isinstance(reply[1], dict) else reply[1]
    return "not ready: " + ("; ".join(map(str, reasons)) if isinstance(reasons, list) else str(reasons))


def agree(addresses, names):
    """Whether the nodes at these addresses all see exactly these members present, and one and the same map over them."""
    digests = set()
    for address in addresses:
        reply = ask(address, "/v1/cluster")
        if reply is None or reply[0] != 200:
            return False
        present = [member["name"] for member in reply[1]["members"] if member["state"] == "present"]
        if present != list(names):
            return False
        digests.add(reply[1]["mapDigest"])
    return len(digests) == 1


def moved(address):
    """Whether, as the node at this address knows it, all present members have caught up with what the map has them for, and hold
    nothing more for others."""
    reply = ask(address, "/v1/cluster")
    return reply is not None and reply[0] == 200 and all(
        member["caughtUp"] == member["first"] + member["second"] for member in reply[1]["members"]
        if member["state"] in ("present", "draining"))


def fold_active(address):
    """The version of the fold that is active, as the node at this address knows it; None where nobody answers."""
    reply = ask(address, "/v1/cluster")
    return reply[1]["foldActive"] if reply is not None and reply[0] == 200 else None


def metric(address, name):
    """The sum of a series over its labels; None where nobody answers."""
    reply = ask(address, "/metrics")
    if reply is None or not isinstance(reply[1], str):
        return None
    return sum(float(line.rpartition(" ")[2]) for line in reply[1].splitlines() if line.partition(" ")[0].partition("{")[0] == name)

"""A client of the cluster over HTTP, as an application would be one: it asks some node, and the next one where that does not
answer; what may have been done is sent again with the same ids. Every try is written into the history.
"""

import datetime
import http.client
import json
import time

NOT_DONE = {"overloaded", "logUnavailable", "notReady", "draining", "positionNotReached", "foreignPosition"}
MAY_BE_DONE = {"unknownOutcome", "deadlineExceeded", "internal"}
TRY_WITHIN_S = {"track": 3.0, "read": 1.0, "decide": 1.0, "final": 10.0}
AVOID_FOR_S = 2.0  # a node that did not answer is asked last
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
PAUSE_S = 0.02  # before the nodes are asked all over again


class Caller:
    """One thread's connections to all nodes. `nodes`: {name: (host, HTTP port)}, to which others may come; `left`: names of
    those that are asked no more."""

    def __init__(self, nodes, history, numbers, chance, stop, left=()):
        self.nodes, self.history, self.numbers, self.chance, self.stop, self.left = nodes, history, numbers, chance, stop, left
        self.connections, self.avoided = {}, {}

    def ask(self, kind, user, method, path, body=None, within_s=90.0, via=None, base=0, **told):
        """The JSON of the answer; None where it was given up. `base`: the time of the user's event 0; `told` goes into the
        line of the invoke."""
        op, until, attempt = next(self.numbers), time.monotonic() + within_s, 0
        while True:
            for node in [via] if via else self.order():
                attempt += 1
                call = {"op": op, "try": attempt, "kind": kind, "user": user, "via": node}
                self.history.add(state="invoke", **call, **told)
                state, code, answer = self.once(node, method, path, body, TRY_WITHIN_S[kind])
                if state == "ok":
                    self.history.add(state="ok", **call, **seen(kind, answer, base))
                    return answer
                self.history.add(state=state, code=code, **call)
                if state == "refused":
                    return None
                self.avoided[node] = time.monotonic() + AVOID_FOR_S
                if time.monotonic() > until or self.stop.is_set() and kind != "track":
                    return None
            time.sleep(PAUSE_S)

    def order(self):
        """The nodes in a random order, those that lately did not answer last."""
        now, names = time.monotonic(), [name for name in list(self.nodes) if name not in self.left]
        self.chance.shuffle(names)
        return sorted(names, key=lambda name: self.avoided.get(name, 0) > now)

    def once(self, node, method, path, body, within_s):
        """(state, code, JSON)"""
        connection = self.connections.get(node)
        sent = False
        try:
            if connection is None or connection.sock is None:  # none yet, or the node said that it closes
                connection = http.client.HTTPConnection(*self.nodes[node], timeout=within_s)
                connection.connect()
                self.connections[node] = connection
            connection.sock.settimeout(within_s)
            sent = True
            connection.request(method, path, body, {"Kindred-Timeout-Ms": str(int(within_s * 1000))})
            reply = connection.getresponse()
            return judged(reply.status, json.loads(reply.read()))
        except (OSError, http.client.HTTPException, ValueError) as why:
            connection.close()
            self.connections.pop(node, None)
            return ("unknown" if sent else "fail"), type(why).__name__, None

    def hang_up(self):
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()


def judged(status, answer):
    """(state, code, JSON) of an answer that came."""
    error = answer.get("error") or next(iter(answer.get("errors", ())), None)
    if error is None and status == 200:
        return "ok", None, answer
    code = (error or {}).get("code", f"http {status}")
    if code == "notFound":
        return "ok", None, {}
    return "fail" if code in NOT_DONE else "unknown" if code in MAY_BE_DONE else "refused", code, None


def seen(kind, answer, base):
    """What the history keeps of an answer. An event's number stands in its time; of a user who is not known nothing was
    seen."""
    if kind not in ("read", "final"):
        return {}
    return {"events": answer.get("events", 0), "saw": [number_of(event["time"], base) for event in answer.get("history", ())]}


def number_of(text, base):
    """The number of the event with this time, of a user whose event 0 has the time `base` (ms since 1970)."""
    return (datetime.datetime.fromisoformat(text) - EPOCH) // datetime.timedelta(milliseconds=1) - base

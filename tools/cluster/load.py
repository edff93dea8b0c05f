"""Clients of a cluster, all the time until told to stop: they track events of known ids, read what they wrote through some
other node with the position carried, and ask for decisions. Others only read; one reads without a position and notes how
old the answer says to be.
"""

import itertools
import json
import random
import threading
import time

import wire_reader
from caller import Caller, TRY_WITHIN_S

EVENTS_MAX = 400  # of a user: all of them stay in the history that a profile shows (512)
USERS_PER_WRITER = 8
SHOWN = 16  # newest events that a read asks for
ITEMS = 200
DECIDE_EACH = 4  # events
GIVE_UP_AFTER_S = 60.0
AGED_EACH_S = 0.05
AVOID_FOR_S = 1.0  # a node that did not even connect
CALM_S, CALM_EVENTS, CALM_WITHIN_S = 5, 100, 60  # of load where nothing is done: so long and so much, if it comes in this time


class User:
    """One writer's. `known` is replaced as a whole, so that readers may look at it any time."""

    def __init__(self, name, base):
        self.name, self.base, self.sent = name, base, 0
        self.known = (0, -1, ())  # acknowledged: how many, the greatest, the positions that stand for them

    def profile(self, history):
        count, greatest, positions = self.known
        path = f"/v1/profiles/{self.name}?history={history}" + "".join(f"&position={text}" for text in positions)
        return path, {"count": count, "greatest": greatest}


class Load:
    """`nodes`: {name: (host, HTTP port)}; `links`: the same with the port of Kindred's own protocol."""

    def __init__(self, nodes, links, history, prefix, seed, rate, writers=6, readers=4):
        self.nodes, self.links, self.history, self.prefix, self.rate = nodes, links, history, prefix, rate
        self.seed, self.left = seed, set()  # left: nodes that are asked no more
        self.numbers, self.stop = itertools.count(), threading.Event()
        self.users, self.failures = [], []
        self.period_s, self.readers = writers / rate, readers
        self.threads = [threading.Thread(target=self.guarded, args=(self.write, random.Random(f"{seed}/w{n}")), daemon=True)
                        for n in range(writers)]
        self.threads += [threading.Thread(target=self.guarded, args=(self.read, random.Random(f"{seed}/r{n}")), daemon=True)
                         for n in range(readers)]
        self.threads += [self.asks_aged(name) for name in links]

    def asks_aged(self, name):
        return threading.Thread(target=self.guarded_aged, args=(name, random.Random(f"{self.seed}/{name}")), daemon=True)

    def start(self):
        for thread in self.threads:
            thread.start()

    def ask_also(self, name, http, link):
        """A node that was not there before; not one that left."""
        self.nodes[name], self.links[name] = http, link
        self.threads.append(self.asks_aged(name))
        self.threads[-1].start()

    def ask_no_more(self, name):
        """What is under way goes on."""
        self.left.add(name)

    def calm(self):
        """Lets it go on for a while."""
        begin, acked = time.monotonic(), self.acked()
        while not self.failures and time.monotonic() < begin + CALM_WITHIN_S:
            if time.monotonic() > begin + CALM_S and self.acked() >= acked + CALM_EVENTS:
                return
            time.sleep(0.1)

    def acked(self):
        return sum(user.known[0] for user in list(self.users))

    def end(self):
        """What is under way gets its verdict. Raises what a thread failed with."""
        self.stop.set()
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def guarded(self, work, chance):
        caller = Caller(self.nodes, self.history, self.numbers, chance, self.stop, self.left)
        try:
            work(caller, chance)
        except Exception as why:  # a mistake of ours: shown where the round is judged
            self.failures.append(why)
            self.stop.set()
        finally:
            caller.hang_up()

    def paced(self, period_s):
        """Comes back once per period until told to stop; what was missed is not made up for."""
        at = time.monotonic()
        while not self.stop.is_set():
            yield
            at = max(at + period_s, time.monotonic() - period_s)
            self.stop.wait(max(0.0, at - time.monotonic()))

    def new_user(self):
        user = User(f"{self.prefix}{len(self.users)}", int(time.time() * 1000) - EVENTS_MAX)
        self.users.append(user)
        return user

    def write(self, caller, chance):
        mine = [self.new_user() for _ in range(USERS_PER_WRITER)]
        for _ in self.paced(self.period_s):
            at = chance.randrange(len(mine))
            if mine[at].sent == EVENTS_MAX:
                mine[at] = self.new_user()
            user = mine[at]
            number, user.sent = user.sent, user.sent + 1
            if not self.track(caller, user, number, chance):
                continue
            path, must = user.profile(SHOWN)
            caller.ask("read", user.name, "GET", path, base=user.base, must=must)
            if number % DECIDE_EACH == 0:
                body = json.dumps({"userId": user.name, "count": 5, "positions": list(user.known[2])})
                caller.ask("decide", user.name, "POST", "/v1/decide", body)

    def track(self, caller, user, number, chance):
        body = json.dumps({"userId": user.name, "messageId": f"{user.name}-{number}", "event": "view",
                           "timestamp": user.base + number, "properties": {"item": f"item-{chance.randrange(ITEMS)}"}})
        answer = caller.ask("track", user.name, "POST", "/v1/track", body, within_s=GIVE_UP_AFTER_S, event=number)
        if answer is None:
            return False
        user.known = (user.known[0] + 1, number, tuple(answer["positions"]))
        return True

    def read(self, caller, chance):
        for _ in self.paced(self.readers / self.rate):
            user = chance.choice(self.users) if self.users else None
            if user is None or user.known[0] == 0:
                continue
            path, must = user.profile(SHOWN)
            caller.ask("read", user.name, "GET", path, base=user.base, must=must)

    def guarded_aged(self, node, chance):
        connection = None
        try:
            for _ in self.paced(AGED_EACH_S * len(self.links)):
                if node in self.left:
                    return
                user = chance.choice(self.users) if self.users else None
                if user is None or user.known[0] == 0:
                    continue
                connection = self.aged(connection, node, user)
        except Exception as why:
            self.failures.append(why)
            self.stop.set()
        finally:
            if connection:
                connection.close()

    def aged(self, connection, node, user):
        """One read of what the node has, no position carried, asked of this node alone. The connection, or None."""
        call = {"op": next(self.numbers), "try": 1, "kind": "aged", "user": user.name, "via": node}
        self.history.add(state="invoke", **call)
        try:
            connection = connection or wire_reader.Connection(self.links[node], TRY_WITHIN_S["read"])
            asked = wire_reader.profile_request(call["op"], user.name, SHOWN, int(TRY_WITHIN_S["read"] * 1000))
            answer = wire_reader.profile_answer(connection.ask(asked, TRY_WITHIN_S["read"]))
        except OSError as why:
            self.history.add(state="fail", code=type(why).__name__, **call)
            if connection:
                connection.close()  # a late answer would be taken for the next one's
            else:
                self.stop.wait(AVOID_FOR_S)
            return None
        if answer["code"] not in (None, wire_reader.NOT_FOUND):
            self.history.add(state="fail", code=f"code {answer['code']}", **call)
        else:
            self.history.add(state="ok", events=answer["events"], saw=[time_ms - user.base for time_ms in answer["times"]],
                             ageMs=answer["stalenessMs"], **call)
        return connection

    def read_back(self, within_s):
        """Everything of everybody, through every node; so long at most for one user of one node."""
        threads = [threading.Thread(target=self.guarded_read_back, args=(node, within_s), daemon=True) for node in self.nodes
                   if node not in self.left]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def guarded_read_back(self, node, within_s):
        caller = Caller(self.nodes, self.history, self.numbers, random.Random(0), threading.Event())
        try:
            for user in self.users:
                path, must = user.profile(history=512)
                caller.ask("final", user.name, "GET", path, within_s=within_s, base=user.base, must=must, via=node)
        except Exception as why:
            self.failures.append(why)
        finally:
            caller.hang_up()

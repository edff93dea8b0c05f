"""Users in groups that stay as they are, or drift, part and meet: what the benches of segments from one retraining to the next
tell a server. Pure; chance from a seed alone. Python's standard library only.

Lengths are in σ: how far users who have just come lie about the centre of their group, in each of DIMENSIONS traits. A trait
of a user is the mean of what his events say: of EVENTS when he comes, of a twentieth more with each step. One half of σ² is
what he is like himself, the other half is which events he happened to have; more of them take him nearer to what he is like.
"""

import dataclasses
import itertools
import math
import random

GROUPS = 10
DIMENSIONS = 8
APART = 4.0
EVENTS = 20  # of a user who comes
MORE = .05  # of his events, with each step
OWN = math.sqrt(.5)  # how far users lie about their centre, had they events without end
OF_EVENTS = math.sqrt(EVENTS / 2)  # how far the events of a user lie about him
REPLACED = .1  # of the users, with each step
DRIFT = .3  # of each centre, with each step
TRIES = 100_000  # to find room


@dataclasses.dataclass
class User:
    name: str
    group: int
    events: float
    own: list  # what he is like, less the centre of his group
    off: list  # the mean of his events, less that


class World:
    """`users` and `centres` (by group) as they are now. In the beginning each group has another APART from it, and none that
    is nearer; as many users are in each."""

    def __init__(self, seed, users):
        self.chance = random.Random(seed)
        self.came = 0
        self.centres, self.ways, self.groups = {}, {}, itertools.count()
        for number in range(GROUPS):
            self.found(self.roomy(self.beside_another if number else lambda: [0.0] * DIMENSIONS))
        self.users = [self.newcomer(number % GROUPS) for number in range(users)]

    def replace(self):
        """Some users leave: their names. As many come, to any of the groups."""
        places = self.chance.sample(range(len(self.users)), round(REPLACED * len(self.users)))
        left = [self.users[place].name for place in places]
        for place in places:
            self.users[place] = self.newcomer(self.chance.choice(list(self.centres)))
        return left

    def go_on(self):
        """More events of those who are here."""
        for user in self.users:
            spread = OF_EVENTS / math.sqrt(MORE * user.events)  # of the mean of those that are more
            user.off = [(old + MORE * self.chance.gauss(0, spread)) / (1 + MORE) for old in user.off]
            user.events *= 1 + MORE

    def drift(self):
        """Each centre moves on; it turns where it would come too near to another."""
        for group, centre in self.centres.items():
            others = [other for one, other in self.centres.items() if one != group]
            straight = moved(centre, self.ways[group], DRIFT)
            self.centres[group] = straight if roomy(straight, others) else self.roomy(
                lambda: moved(centre, self.turned(group), DRIFT), others)

    def part(self, group):
        """A half of the group's users goes APART from the others, both away from where they were: the number of theirs."""
        centre = self.centres.pop(group)
        here = self.roomy(lambda: moved(centre, self.direction(), APART / 2),
                          beside=lambda here: [2 * c - h for c, h in zip(centre, here)])
        self.centres[group] = here
        new = self.found([2 * c - h for c, h in zip(centre, here)])
        for user in [user for user in self.users if user.group == group][::2]:
            user.group = new
        return new

    def meet(self):
        """Of the groups of the beginning the two that are nearest to each other become one, in the middle between them: both
        numbers, the first is that of the one."""
        first = [group for group in self.centres if group < GROUPS]
        pair = min(itertools.combinations(first, 2), key=lambda two: math.dist(*(self.centres[one] for one in two)))
        kept, gone = pair
        self.centres[kept] = [(a + b) / 2 for a, b in zip(self.centres[kept], self.centres.pop(gone))]
        for user in self.users:
            user.group = kept if user.group == gone else user.group
        return pair

    def traits(self, user):
        return [sum(parts) for parts in zip(self.centres[user.group], user.own, user.off)]

    def newcomer(self, group):
        self.came += 1
        return User(f"user{self.came}", group, EVENTS, self.spread(OWN), self.spread(OF_EVENTS / math.sqrt(EVENTS)))

    def spread(self, sigma):
        return [self.chance.gauss(0, sigma) for _ in range(DIMENSIONS)]

    def found(self, centre):
        group = next(self.groups)
        self.centres[group], self.ways[group] = centre, self.direction()
        return group

    def beside_another(self):
        return moved(self.chance.choice(list(self.centres.values())), self.direction(), APART)

    def turned(self, group):
        self.ways[group] = self.direction()
        return self.ways[group]

    def direction(self):
        """Of length 1, none likelier than another."""
        way = [self.chance.gauss(0, 1) for _ in range(DIMENSIONS)]
        return [x / math.hypot(*way) for x in way]

    def roomy(self, place, others=None, beside=None):
        """The first of the places told that is far enough from all others, and so is the one beside it."""
        others = list(self.centres.values()) if others is None else others
        for _ in range(TRIES):
            centre = place()
            if roomy(centre, others) and (beside is None or roomy(beside(centre), others)):
                return centre
        raise RuntimeError("there is no room for a group")


def moved(centre, way, by):
    return [x + by * w for x, w in zip(centre, way)]


def roomy(centre, others):
    return all(math.dist(centre, other) > APART - 1e-9 for other in others)

"""Which faults come when: a pure function of the seed, so that a run can be had again by its number."""

import random
from dataclasses import dataclass

SESSION_S = 6.0
"""The services' SESSION_TIMEOUT_S in these runs: the shortest that is allowed."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault. `lasts_s`: least and most seconds; 0 where it is over at once. `once`: too long for more."""

    name: str
    part: str
    lasts_s: tuple[float, float] = (0.0, 0.0)
    once: bool = False
    forgets_topics: bool = False
    """It ends the broker's process: not for a broker that keeps its topics in memory."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`after_s`: seconds from the start of the round's load."""

    kind: str
    part: str
    after_s: float
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Profile:
    """How much of it. A round is a share of the load with one fault in it, or two at a time."""

    registrations: int
    rounds: int
    kinds: tuple[Kind, ...]
    pairs: float = 0.4
    """Share of rounds with two faults."""


LONGER_THAN_A_SESSION = (1.2 * SESSION_S, 1.6 * SESSION_S)
KINDS = (
    Kind("kill", "registration"),
    Kind("kill", "aggregator"),
    Kind("kill", "api"),
    Kind("kill", "broker", forgets_topics=True),
    Kind("kill", "clickhouse"),
    Kind("pause", "registration", (2, 8)),
    Kind("pause", "aggregator", LONGER_THAN_A_SESSION),
    Kind("pause", "broker", LONGER_THAN_A_SESSION),
    Kind("pause", "clickhouse", (2, 10)),
    Kind("away", "broker", (1, 5), forgets_topics=True),
    Kind("away", "clickhouse", (1, 5)),
    Kind("join", "workers", (1, 4)),
    Kind("join two, one is killed", "workers", (1, 4)),
    Kind("zombie", "aggregator", LONGER_THAN_A_SESSION),
    Kind("full disk", "clickhouse", (2, 8)),
    Kind("slow", "clickhouse", (2, 8)),
)
LONG_KINDS = (
    Kind("away", "clickhouse", (60, 60), once=True),
    Kind("away", "broker", (30, 30), once=True, forgets_topics=True),
    Kind("pause", "clickhouse", (35, 35), once=True),  # longer than the services wait for an answer
)
SHORT_KINDS = (
    Kind("kill", "registration"),
    Kind("kill", "aggregator"),
    Kind("kill", "broker", forgets_topics=True),
    Kind("kill", "clickhouse"),
    Kind("pause", "registration", (1, 2)),
    Kind("away", "clickhouse", (1, 3)),
    Kind("join", "workers", (1, 2)),
    Kind("full disk", "clickhouse", (1, 3)),
    Kind("slow", "clickhouse", (1, 3)),
)

SHORT = Profile(registrations=1_500, rounds=4, kinds=SHORT_KINDS)
WHOLE = Profile(registrations=10_000, rounds=26, kinds=KINDS + LONG_KINDS)
MANY = Profile(registrations=30_000, rounds=30, kinds=KINDS)
"""Without those that take a minute: for as many faults as there is time for."""


def plan(seed: int, profile: Profile, *, keeps_topics: bool = True) -> list[tuple[Fault, ...]]:
    """The rounds of a run. Every kind comes once before any comes twice, as far as there are rounds."""
    random_ = random.Random(f"faults/{seed}")
    kinds = [kind for kind in profile.kinds if keeps_topics or not kind.forgets_topics]
    hand: list[Kind] = []

    def draw(other: Kind | None = None) -> Kind | None:
        nonlocal hand
        if not hand:
            hand = [kind for kind in kinds if not (kind.once and kind in drawn)]
            random_.shuffle(hand)
        kind = next((k for k in hand if other is None or _together(k, other)), None)
        if kind is not None:
            hand.remove(kind)
            drawn.append(kind)
        return kind

    drawn: list[Kind] = []
    rounds = []
    for _ in range(profile.rounds):
        first = draw()
        second = draw(first) if random_.random() < profile.pairs else None
        rounds.append(tuple(_fault(kind, random_) for kind in (first, second) if kind is not None))
    return rounds


def _together(one: Kind, other: Kind) -> bool:
    """Whether two faults can be had at once: of different parts, and workers come and go one fault at a time."""
    groups = [{"workers", "aggregator"} if kind.name == "zombie" else {kind.part} for kind in (one, other)]
    return not (groups[0] & groups[1])


def _fault(kind: Kind, random_: random.Random) -> Fault:
    return Fault(kind.name, kind.part, round(random_.uniform(0, 1), 3), round(random_.uniform(*kind.lasts_s), 3))

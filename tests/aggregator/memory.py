"""What ClickHouse would hold after some batches, kept in memory."""

from collections import Counter
from itertools import pairwise

from services.aggregator.domain.plan import FLOWS, Plan, plan
from services.aggregator.domain.records import Arrival, PersonKey, Record, pack, unpack


class Memory:
    """Takes batches one after the other, as the plan says."""

    def __init__(self) -> None:
        self.sets: dict[PersonKey, list[Record]] = {}
        self.claims: dict[str, PersonKey] = {}
        self.counters: dict = {}
        self.refused: list = []

    def take(self, batch: list[Arrival]) -> Plan:
        result = plan(batch, self.sets, self.claims)
        for row in result.people:
            self.sets[row.key] = unpack(pack(row.records))
        for person, record in result.claims:
            self.claims[record.registration_id] = person
        for key, change in result.changes.items():
            self.counters[key] = [a + b for a, b in zip(self.counters.get(key, [0] * 5), change, strict=True)]
        self.refused += result.refusals
        return result

    def flows(self) -> Counter:
        flows: Counter = Counter()
        for key, counts in self.counters.items():
            for name, count in zip(FLOWS, counts, strict=True):
                flows[key.scheme, key.region, name] += count
        return Counter({key: n for key, n in flows.items() if n})


def batches_of(arrivals: list[Arrival], cuts: list[int]) -> list[list[Arrival]]:
    edges = [0, *sorted({c % (len(arrivals) + 1) for c in cuts}), len(arrivals)]
    return [arrivals[a:b] for a, b in pairwise(edges)]

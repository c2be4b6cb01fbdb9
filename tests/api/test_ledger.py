"""Sums in memory against plain arithmetic: any history, patched in any steps."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date as Day
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import Country, Level
from services.api.domain.tree import Place, Tree
from services.api.live.detail import NOTHING, Detail, Key, details_of
from services.api.live.kept_details import MOST_ROWS, KeptDetails
from services.api.live.ledger import NET, NEW, Ledger, Stretch
from services.api.queries.counters import days_since_1970

START = Day(2020, 1, 1)
PLACES = 12
TREE = Tree(
    Place(f"R{i:02d}", "", Country.VN, Level.GROUP, f"R{(i - 1) // 2:02d}" if i else "", "", "", "")
    for i in range(PLACES)
)

Counters = dict[tuple[int, int, int], tuple[int, int, int]]
"""By day, position and partition: net change, new, left."""

FLOWS = st.tuples(st.integers(-50, 50), st.integers(0, 50), st.integers(0, 50))
KEYS = st.tuples(st.integers(0, 5), st.integers(0, PLACES - 1), st.integers(0, 3))
BATCHES = st.lists(st.dictionaries(KEYS, FLOWS, max_size=8), min_size=1, max_size=6)


def table_of(counters: Counters) -> pa.Table:
    """Rows of `queries.counters.read_rows`, of one scheme."""
    rows = [
        ("health", days_since_1970(START) + d, TREE.places[p].id, partition, *flows)
        for (d, p, partition), flows in counters.items()
    ]
    names = ("scheme", "start", "region", "kafka_partition", "net_change", "people_new", "people_left")
    return pa.table({name: [row[n] for row in rows] for n, name in enumerate(names)})


def detail(counters: Counters, day: int) -> Detail:
    of_day = {key: flows for key, flows in counters.items() if key[0] == day}
    end = START + timedelta(days=day)
    return details_of(table_of(of_day), TREE, [end]).get(("health", end), NOTHING)


def total(counters: Counters, flow: int, position: int, days: range) -> int:
    end = TREE.end[position]
    return sum(flows[flow] for (d, p, _), flows in counters.items() if d in days and position <= p < end)


@given(BATCHES)
def test_patched_days_are_those_read_anew(batches: list[Counters]) -> None:
    counters: Counters = {}
    details: dict[int, Detail] = defaultdict(lambda: NOTHING)
    for batch in batches:
        counters |= batch
        for day in {d for d, _, _ in batch}:
            details[day] = details[day].patched(detail(batch, day))
    for day, patched in details.items():
        anew = detail(counters, day)
        assert patched.keys.tolist() == anew.keys.tolist()
        assert patched.flows.tolist() == anew.flows.tolist()


@given(BATCHES)
def test_totals_are_right_after_every_renewal(batches: list[Counters]) -> None:
    ends = [START + timedelta(days=n) for n in range(6)]
    counters: Counters = {}
    ledger = Ledger(TREE, ends, {})
    for batch in batches:
        counters |= batch
        changed: dict[Day, Stretch | None] = {ends[d]: detail(counters, d).stretch() for d, _, _ in batch}
        ledger = ledger.renewed(ends, changed)
        for last in (5, 0, 3):
            for position in (0, 1, PLACES - 1):
                for flow in (NET, NEW):
                    found = ledger.up_to(ends[last]).of(flow, position, TREE.end[position])
                    assert found == total(counters, flow, position, range(last + 1))
    series = dict(ledger.day_by_day(NEW, 1, ends))
    assert series == {ends[d]: total(counters, NEW, 1, range(d, d + 1)) for d in range(6)}


def test_a_day_that_is_no_end_of_a_stretch_is_refused() -> None:
    ledger = Ledger(TREE, [START, START + timedelta(days=9)], {})
    for day in (START - timedelta(days=1), START + timedelta(days=5), START + timedelta(days=10)):
        with pytest.raises(KeyError):
            ledger.up_to(day)


class Counted:
    """Stands in for ClickHouse: answers `read_rows` from counters, and counts how often."""

    def __init__(self) -> None:
        self.counters: Counters = {}
        self.asked = 0

    def arrow(self, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
        self.asked += 1
        ranges = [(parameters[f"a{n}"], parameters[f"b{n}"]) for n in range(sum(name[0] == "s" for name in parameters))]
        chosen = {
            key: flows
            for key, flows in self.counters.items()
            if any(first <= START + timedelta(days=key[0]) <= last for first, last in ranges)
        }
        return table_of(chosen)


STARTS = {
    START + timedelta(days=last): START + timedelta(days=first) for first, last in ((0, 2), (3, 3), (4, 4), (5, 5))
}
"""One stretch of three days, then days of their own."""


def renewed(kept: KeptDetails, counted: Counted, batch: Counters) -> dict[Key, Detail]:
    """What is found after a batch, checked against the counters."""
    counted.counters |= batch
    patches = details_of(table_of(batch), TREE, [*STARTS])
    found = kept.renewed(TREE, STARTS, {*patches}, set(), patches)
    for (_, end), patched in found.items():
        days = range((STARTS[end] - START).days, (end - START).days + 1)
        for position in range(PLACES):
            in_all = patched.stretch().of(NEW, position, TREE.end[position])
            assert in_all == total(counted.counters, NEW, position, days)
    return found


@given(BATCHES)
def test_stretches_that_are_kept_are_right_after_every_renewal(batches: list[Counters]) -> None:
    counted = Counted()
    kept = KeptDetails(counted)  # type: ignore[arg-type]
    for batch in batches:
        found = renewed(kept, counted, batch)
        assert {end for _, end in found} >= {START + timedelta(days=d) for d, _, _ in batch if d >= 3}


def test_an_earlier_stretch_that_changes_again_is_kept_and_not_read_any_more() -> None:
    counted = Counted()
    kept = KeptDetails(counted)  # type: ignore[arg-type]
    found = [renewed(kept, counted, {(n % 3, n, 0): (1, 1, 0)}) for n in range(4)]
    assert [len(each) for each in found] == [0, 1, 1, 1]
    assert counted.asked == 1


def test_an_earlier_stretch_of_too_many_counters_is_left_to_be_read_as_sums() -> None:
    counted = Counted()
    kept = KeptDetails(counted)  # type: ignore[arg-type]
    counted.counters = {(0, 1, partition): (1, 1, 0) for partition in range(MOST_ROWS + 1)}
    found = [renewed(kept, counted, {(1, n, 0): (1, 1, 0)}) for n in range(4)]
    assert not any(found)
    assert counted.asked == 1

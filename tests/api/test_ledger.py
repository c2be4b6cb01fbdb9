"""Sums in memory against plain arithmetic: any history, patched in any steps."""

from collections import defaultdict
from datetime import date as Day
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import Country, Level
from services.api.domain.tree import Place, Tree
from services.api.live.detail import NOTHING, PARTITION_BITS, Detail
from services.api.live.ledger import NET, NEW, Ledger, Stretch

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


def detail(counters: Counters, day: int) -> Detail:
    keys = sorted((p << PARTITION_BITS) + partition for d, p, partition in counters if d == day)
    flows = [counters[day, key >> PARTITION_BITS, key & 0xFFFF] for key in keys]
    return Detail(np.array(keys, np.int64), np.array(flows, np.int64).reshape(-1, 3).T)


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

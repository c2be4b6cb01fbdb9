"""The plan of faults is a pure function of the seed, and holds what it should."""

from collections import Counter

import pytest

from tests.chaos.plan import KINDS, MANY, SESSION_S, SHORT, WHOLE, plan

SEEDS = range(200)


@pytest.mark.parametrize("profile", [SHORT, MANY, WHOLE])
def test_the_same_seed_gives_the_same_plan_and_another_seed_another(profile) -> None:
    assert all(plan(seed, profile) == plan(seed, profile) for seed in SEEDS)
    assert len({tuple(plan(seed, profile)) for seed in SEEDS}) == len(SEEDS)


def test_a_whole_run_has_every_kind_of_fault_and_the_long_ones_once() -> None:
    for seed in SEEDS:
        faults = [fault for faults in plan(seed, WHOLE) for fault in faults]
        assert {(kind.name, kind.part) for kind in WHOLE.kinds} == {(fault.kind, fault.part) for fault in faults}
        long_ones = Counter((fault.part, fault.lasts_s) for fault in faults if fault.lasts_s >= 30)
        assert long_ones == {("clickhouse", 60): 1, ("broker", 30): 1, ("clickhouse", 35): 1}


def test_sleeping_aggregators_and_brokers_sleep_longer_than_the_session() -> None:
    faults = [fault for seed in SEEDS for faults in plan(seed, MANY) for fault in faults]
    slept = [
        f for f in faults if f.kind == "zombie" or (f.kind, f.part) in (("pause", "aggregator"), ("pause", "broker"))
    ]
    assert slept
    assert all(fault.lasts_s > SESSION_S for fault in slept)


def test_two_faults_at_once_are_of_different_parts() -> None:
    pairs = [faults for seed in SEEDS for faults in plan(seed, MANY) if len(faults) == 2]
    assert pairs
    assert all(one.part != other.part for one, other in pairs)
    assert not [pair for pair in pairs if {fault.kind for fault in pair} >= {"zombie", "join"}]


def test_a_broker_that_forgets_its_topics_is_never_ended() -> None:
    faults = [fault for seed in SEEDS for faults in plan(seed, WHOLE, keeps_topics=False) for fault in faults]
    assert {fault.kind for fault in faults if fault.part == "broker"} == {"pause"}
    assert {kind.part for kind in KINDS} == {fault.part for fault in faults}

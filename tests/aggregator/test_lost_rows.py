"""A ClickHouse that no longer has rows it had taken: what a recount cannot mend is read again from the topic."""

import pytest

from services.aggregator.reconciliation import AGAIN_AFTER_S, Differences
from tests.aggregator import oracle
from tests.aggregator.place import Place, assert_as_the_oracle_counts
from tests.support import counted
from tests.support.log_of_events import as_people, mixed_log
from tests.support.waiting import until_async


def test_a_difference_is_recounted_first_and_read_again_only_if_it_stays() -> None:
    time_s = 0.0
    differences = Differences(clock=lambda: time_s)
    assert differences.lost({1, 2}) == set()
    assert differences.lost({2}) == {2}
    assert differences.lost(set()) == set()
    assert differences.lost({1}) == set()
    assert differences.lost({1}) == {1}


def test_a_partition_that_still_differs_is_not_read_again_and_again() -> None:
    time_s = 0.0
    differences = Differences(clock=lambda: time_s)
    found = [differences.lost({3}) for _ in range(6)]
    assert found == [set(), {3}, set(), set(), set(), set()]
    time_s = AGAIN_AFTER_S + 1
    assert differences.lost({3}) == {3}


@pytest.mark.parametrize("table", ["enrollment_events", "participants"])
async def test_rows_that_clickhouse_has_lost_are_counted_again(place: Place, table: str) -> None:
    log = mixed_log(3_000, seed=41)
    await place.put_regions()
    await place.put_events(log[:2_000])
    place.worker.start(reconcile_interval_s=1)
    await place.until_counted(2_000)
    await place.until_reconciled()
    place.worker.stop()
    place.store.command(f"DELETE FROM {table} WHERE kafka_partition IN (1, 4) AND cityHash64(participant) % 3 = 0")
    await place.put_events(log[2_000:])
    place.worker.start(reconcile_interval_s=1)  # a worker that begins counts the counters anew
    stock, _ = oracle.totals(as_people(log))
    await until_async(lambda: counted.stock(place.store) == stock, "all are counted again", 60)
    await place.until_counted(len(log))
    assert_as_the_oracle_counts(place, log)
    await until_async(lambda: counted.difference(place.store) == 0, "no difference any more", 30)

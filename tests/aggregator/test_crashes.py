"""Kills at the worst moments: the totals stay those of the oracle, exactly, for every region and scheme."""

import random
from functools import partial

import pytest

from services.aggregator.counting import STEPS
from tests.aggregator.place import Place, assert_as_the_oracle_counts
from tests.support import counted
from tests.support.log_of_events import mixed_log
from tests.support.waiting import until_async

KILLS = 20


def killed_or_done(place: Place, records: int) -> bool:
    return not place.worker.running or place.uncounted(records) <= 0


@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_after_any_step_of_a_batch_loses_and_doubles_nothing(place: Place, step: str) -> None:
    log = mixed_log(600, seed=STEPS.index(step))
    await place.put_regions()
    await place.put_events(log[:300])
    place.worker.start(crash_after=step, crash_at_batch=2, batch_max_records=100)
    await until_async(lambda: not place.worker.running, f"killed after {step}", 90)
    await place.put_events(log[300:])
    place.worker.start(reconcile_interval_s=1)
    await place.until_counted(len(log))
    assert_as_the_oracle_counts(place, log)
    await place.until_reconciled()
    assert counted.difference(place.store) == 0


async def test_twenty_kills_at_random_during_20000_registrations_change_no_total(place: Place) -> None:
    seed = 20_251
    random_, log = random.Random(seed), mixed_log(20_000, seed)
    await place.put_regions()
    share = len(log) // KILLS + 1
    for kill in range(KILLS):
        await place.put_events(log[kill * share : (kill + 1) * share])
        place.worker.start(
            crash_after=random_.choice(STEPS),
            crash_at_batch=random_.randint(1, 3),
            batch_max_records=random_.choice([100, 300]),
        )
        await until_async(partial(killed_or_done, place, (kill + 1) * share), "killed, or done", 60)
        place.worker.kill()
    place.worker.start(reconcile_interval_s=1)
    await place.until_counted(len(log))
    assert_as_the_oracle_counts(place, log)
    await place.until_reconciled()
    assert counted.difference(place.store) == 0

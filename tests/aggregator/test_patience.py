"""Trying again while ClickHouse is away: nothing is skipped, and who takes over anew is not told to take over anew."""

from types import SimpleNamespace

import pytest

from services.aggregator.patience import Emptied, Patience
from services.aggregator.stall import Stall
from services.shared.clickhouse_store import UNKNOWN_TABLE
from services.shared.errors import StoreError, Unavailable

NO_TABLE = StoreError("no table people", UNKNOWN_TABLE)


async def at_once(_seconds: float) -> None:
    """No time passes between two tries."""


def patience(*, broken: bool = False) -> Patience:
    app = SimpleNamespace(should_stop=False, sleep=at_once)
    return Patience(SimpleNamespace(emptied_after=lambda error: broken), Stall(60), lambda: app)


class Failing:
    """An attempt that meets these errors, one after the other, and then works."""

    def __init__(self, *errors: Exception) -> None:
        self._errors, self.tries = list(errors), 0

    async def __call__(self) -> None:
        self.tries += 1
        if self._errors:
            raise self._errors.pop(0)


async def test_it_is_tried_until_it_works_whatever_went_wrong() -> None:
    attempt = Failing(Unavailable("away"), StoreError("too many parts", 252), ValueError("unheard of"))
    await patience().until_available(attempt)
    assert attempt.tries == 4


async def test_a_batch_that_finds_no_table_or_broken_parts_asks_for_a_refill() -> None:
    for waiting, error in ((patience(), NO_TABLE), (patience(broken=True), StoreError("broken part", 226))):
        attempt = Failing(error)
        with pytest.raises(Emptied):
            await waiting.until_available(attempt)
        assert attempt.tries == 1


async def test_a_take_over_that_finds_no_table_is_tried_again_because_it_makes_the_tables() -> None:
    attempt = Failing(NO_TABLE, StoreError("broken part", 226))
    await patience(broken=True).until_available(attempt, taking_over=True)
    assert attempt.tries == 3

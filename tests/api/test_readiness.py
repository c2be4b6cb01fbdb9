"""/readyz of the API says when what it serves is no longer renewed."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from services.api.routes.operate import OVERDUE_S, readyz
from services.shared.problems import ProblemError

NOW = datetime(2026, 5, 10, tzinfo=UTC)


def desk(*, age_s: float, trouble: str | None = None) -> SimpleNamespace:
    """A desk whose latest figures are so old."""

    async def reachable() -> None:
        """ClickHouse answers."""

    live = SimpleNamespace(latest=SimpleNamespace(as_of=NOW - timedelta(seconds=age_s)), trouble=trouble)
    return SimpleNamespace(live=live, questions=SimpleNamespace(reachable=reachable), now=lambda: NOW)


def missing(served: SimpleNamespace) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        asyncio.run(readyz(served))
    assert caught.value.status == 503
    return caught.value.extra["missing"]


def test_it_is_ready_while_the_figures_are_renewed() -> None:
    assert asyncio.run(readyz(desk(age_s=OVERDUE_S))).status_code == 200


def test_figures_that_stand_still_without_a_reason_are_missed() -> None:
    assert missing(desk(age_s=OVERDUE_S + 1)) == ["new figures: the latest are 31 s old, and nothing says why"]


def test_a_known_reason_is_told_instead() -> None:
    assert missing(desk(age_s=300, trouble="ClickHouse: away")) == ["new figures: ClickHouse: away"]

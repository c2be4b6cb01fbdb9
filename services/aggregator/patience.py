"""Trying again while ClickHouse is away, and noticing that it must be filled anew."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from services.aggregator import metrics
from services.aggregator.broken_parts import BrokenParts
from services.aggregator.stall import Stall
from services.shared.clickhouse_store import UNKNOWN_DATABASE, UNKNOWN_TABLE
from services.shared.errors import StoreError, Unavailable

log = structlog.get_logger()

LONGEST_PAUSE_S = 5.0


class Emptied(Exception):
    """ClickHouse does not hold what this worker has written: it was emptied or restored."""


class Patience:
    """`app`: the Faust app, whose stop ends every wait."""

    def __init__(self, broken_parts: BrokenParts, stall: Stall, app: Callable[[], Any]) -> None:
        self._broken_parts, self._stall, self._app = broken_parts, stall, app

    async def emptied_after(self, error: StoreError) -> bool:
        """Whether ClickHouse had broken parts and was emptied for it; False, too, where it is away just now."""
        try:
            return await asyncio.to_thread(self._broken_parts.emptied_after, error)
        except (Unavailable, StoreError) as again:
            log.error("tables_not_emptied", error=str(again))
            return False

    async def until_available(self, attempt: Callable[[], Awaitable[Any]], *, taking_over: bool = False) -> None:
        """Try until it works, with growing pauses. Nothing is skipped: an unknown error is retried, and logged.

        Raises Emptied where ClickHouse is to be filled again; not when taking over, which begins with that anyway.
        """
        pause = 0.1
        while not self._app().should_stop:
            try:
                await attempt()
                metrics.CLICKHOUSE_UP.set(1)
                return
            except Unavailable as error:
                metrics.CLICKHOUSE_UP.set(0)
                log.warning("clickhouse_away", error=str(error), next_try_s=pause)
            except StoreError as error:
                if error.code in (UNKNOWN_TABLE, UNKNOWN_DATABASE) and not taking_over:
                    raise Emptied from error
                log.error("clickhouse_refused", error=str(error), next_try_s=pause)
                if await self.emptied_after(error) and not taking_over:
                    raise Emptied from error
            except Emptied:
                raise
            except Exception:
                log.exception("batch_failed", next_try_s=pause)
            metrics.RETRIES.inc()
            self._stall.moved()
            await self._app().sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

"""Questions to ClickHouse that are not answered from memory: in threads, a few at once, each asked once at a time."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar, cast

import anyio.to_thread
from anyio import CapacityLimiter

from services.shared.clickhouse_store import ClickHouseStore
from services.shared.errors import CoverageError

T = TypeVar("T")
MOST_KEPT = 512


class Questions:
    """Asks ClickHouse; the same question within a short time gets the same answer."""

    def __init__(self, connect: Callable[[], ClickHouseStore], threads: int) -> None:
        self._connect = connect
        self._limiter = CapacityLimiter(threads)
        self._store: ClickHouseStore | None = None
        self._kept: OrderedDict[object, tuple[float, object]] = OrderedDict()
        self._asked: dict[object, asyncio.Task[object]] = {}

    async def ask(self, key: object, keep_s: float, answer: Callable[[ClickHouseStore], T]) -> T:
        """What `answer` finds, in a thread; kept for `keep_s` under `key`. Unavailable where ClickHouse is away."""
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() < kept[0]:
            return cast(T, kept[1])
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._ask(key, keep_s, answer))
            task.add_done_callback(lambda done: self._forget(key, done))
        # One who goes away must not take the answer from the others who wait for it.
        return cast(T, await asyncio.shield(task))

    def _forget(self, key: object, done: "asyncio.Task[object]") -> None:
        self._asked.pop(key, None)
        if not done.cancelled():
            done.exception()  # seen by whoever waits; nobody may be left

    async def _ask(self, key: object, keep_s: float, answer: Callable[[ClickHouseStore], T]) -> object:
        found = await anyio.to_thread.run_sync(self._in_thread, answer, limiter=self._limiter)
        if keep_s > 0:
            self._kept[key] = (time.monotonic() + keep_s, found)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _in_thread(self, answer: Callable[[ClickHouseStore], T]) -> T:
        if self._store is None:
            self._store = self._connect()
        return answer(self._store)

    def close(self) -> None:
        """Close the connections."""
        if self._store is not None:
            self._store.close()

    async def reachable(self) -> str | None:
        """None where ClickHouse answers, else what is wrong."""
        try:
            await anyio.to_thread.run_sync(
                self._in_thread, lambda store: store.query("SELECT 1"), limiter=self._limiter
            )
        except CoverageError as error:
            return str(error)
        return None

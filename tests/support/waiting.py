"""Waiting with a deadline, instead of sleeping and hoping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.02


def until(condition: Callable[[], T], what: str, deadline_s: float = 30.0) -> T:
    """The first true answer of `condition`; AssertionError naming `what`, and the last answer, after `deadline_s`."""
    end = time.monotonic() + deadline_s
    while not (answer := condition()):
        assert time.monotonic() < end, f"after {deadline_s:g} s: not {what} (last: {answer!r})"
        time.sleep(POLL_S)
    return answer


async def until_async(condition: Callable[[], T | Awaitable[T]], what: str, deadline_s: float = 30.0) -> T:
    """The same inside a loop; `condition` may be a coroutine function."""
    end = time.monotonic() + deadline_s
    while True:
        given = condition()
        answer: T = await given if inspect.isawaitable(given) else given
        if answer:
            return answer
        assert time.monotonic() < end, f"after {deadline_s:g} s: not {what} (last: {answer!r})"
        await asyncio.sleep(POLL_S)

"""Acknowledged registrations per second, by the number of concurrent connections."""

import asyncio
import itertools
import time
from typing import Any

from tests.bench.client import Connection, registration
from tests.bench.stack import BenchStack

SECONDS = 8.0


def measure(stack: BenchStack) -> dict[str, Any]:
    """201 per second at 1, 64 and 512 connections."""
    numbers = itertools.count()
    found = {n: asyncio.run(_run(stack, n, numbers)) for n in (1, 64, 512)}
    return {f"acked per second, {n} concurrent": round(rate) for n, rate in found.items()}


async def _run(stack: BenchStack, connections: int, numbers: "itertools.count[int]") -> float:
    end = time.monotonic() + SECONDS
    acked = 0

    async def one() -> None:
        nonlocal acked
        connection = Connection(stack.registration_port, stack.register_key)
        while time.monotonic() < end:
            status, body = await connection.request("POST", "/v1/registrations", registration(next(numbers), "health"))
            assert status == 201, body
            acked += 1
        connection.close()

    started = time.monotonic()
    await asyncio.gather(*(one() for _ in range(connections)))
    return acked / (time.monotonic() - started)

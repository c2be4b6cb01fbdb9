"""From the receipt of a registration until `/v1/coverage` shows it."""

import asyncio
import json
import statistics
import time
from typing import Any

from tests.bench.client import Connection, registration
from tests.bench.stack import BenchStack

SECONDS = 15.0
POLL_S = 0.02
CONNECTIONS = 64
PATH = "/v1/coverage?region=VN.91.913&scheme=unemployment"


def measure(stack: BenchStack) -> dict[str, Any]:
    """p50 and p99 in ms at 100 and 500 registrations a second.

    The n-th receipt is taken as visible when the served count has grown by n: which of the people are counted first
    does not matter to who looks at the total.
    """
    found: dict[str, Any] = {}
    first = 500_000
    for rate in (100, 500):
        delays = asyncio.run(_run(stack, rate, first))
        first += int(rate * SECONDS)
        cuts = statistics.quantiles(delays, n=100)
        found[f"receipt to visible at {rate}/s, p50 ms"] = round(cuts[49] * 1000)
        found[f"receipt to visible at {rate}/s, p99 ms"] = round(cuts[98] * 1000)
    return found


async def _run(stack: BenchStack, rate: int, first: int) -> list[float]:
    watcher = Connection(stack.api_port)
    base = await _participants(watcher)
    total, receipts, seen = int(rate * SECONDS), [], []
    due: asyncio.Queue[int | None] = asyncio.Queue()

    async def send() -> None:
        connection = Connection(stack.registration_port, stack.register_key)
        while (number := await due.get()) is not None:
            status, body = await connection.request("POST", "/v1/registrations", registration(number, "unemployment"))
            assert status == 201, body
            receipts.append(time.monotonic())
        connection.close()

    async def schedule() -> None:
        started = time.monotonic()
        for n in range(total):
            await asyncio.sleep(max(0.0, started + n / rate - time.monotonic()))
            due.put_nowait(first + n)
        for _ in range(CONNECTIONS):
            due.put_nowait(None)

    async def watch() -> None:
        deadline = time.monotonic() + SECONDS + 30
        while len(seen) < total and time.monotonic() < deadline:
            visible = await _participants(watcher) - base
            seen.extend([time.monotonic()] * (visible - len(seen)))
            await asyncio.sleep(POLL_S)

    await asyncio.gather(schedule(), watch(), *(send() for _ in range(CONNECTIONS)))
    watcher.close()
    assert len(seen) == total, f"only {len(seen)} of {total} became visible"
    return [max(0.0, visible - receipt) for receipt, visible in zip(sorted(receipts), seen, strict=True)]


async def _participants(connection: Connection) -> int:
    status, body = await connection.request("GET", PATH)
    assert status == 200, body
    return int(json.loads(body)["participants"])

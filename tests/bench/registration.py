"""Acknowledged registrations per second, by the number of concurrent connections."""

import asyncio
import itertools
import time
from typing import Any

from tests.bench.client import Connection, registration
from tests.bench.stack import ENGINES, SERVICES, BenchStack, cpu_s

SECONDS = 8.0


def measure(stack: BenchStack) -> dict[str, Any]:
    """201 per second at 1, 64 and 512 connections, and the CPU time that each of them took in every process.

    Clients, services and engines share the cores: a core's million us over the sum is what one core could do.
    """
    numbers = itertools.count()
    pids = {name: stack.pid(name) for name in (*SERVICES, *ENGINES)}
    found: dict[str, Any] = {}
    for connections in (1, 64, 512):
        before = {name: cpu_s(pid) for name, pid in pids.items()} | {"this client": time.process_time()}
        acked, seconds = asyncio.run(_run(stack, connections, numbers))
        found[f"acked per second, {connections} concurrent"] = round(acked / seconds)
        after = {name: cpu_s(pid) for name, pid in pids.items()} | {"this client": time.process_time()}
        if connections == 1:  # mostly waiting
            continue
        for name, spent in after.items():
            found[f"CPU of {name} per registration, {connections} concurrent, us"] = round(
                (spent - before[name]) / acked * 1e6
            )
    return found


async def _run(stack: BenchStack, connections: int, numbers: "itertools.count[int]") -> tuple[int, float]:
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
    return acked, time.monotonic() - started

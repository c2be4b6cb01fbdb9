"""The dashboard: how soon 1,000 screens on one API process hear of a registration, and what the first view weighs."""

import asyncio
import gzip
import re
import resource
import statistics
import time
from typing import Any

from tests.bench.client import Connection, registration
from tests.bench.stack import BenchStack

LISTENERS = 1_000
CHANGES = 10
PAUSE_S = 1.5
DEADLINE_S = 60.0
STREAM = "/v1/stream?region=VN.91.913&scheme=compulsory_si"
PARTICIPANTS = re.compile(rb'"participants":(\d+)')
LINKED = re.compile(r"""(?:href|src)="(/static/[^"]+)"|(?:import|from) "([^"]+)";""")
LATER = ("/static/vendor/uPlot.js", "/static/maps/VN-2025.json")
"""What the first view loads when its figures are there."""


def measure(stack: BenchStack) -> dict[str, Any]:
    """p50 and p99 in ms over all screens and changes; bytes of the first view as gzip makes them."""
    _allow_files(2 * LISTENERS + 256)
    from_receipt, from_first = asyncio.run(_run(stack))
    heard = statistics.quantiles(from_receipt, n=100)
    spread = statistics.quantiles(from_first, n=100)
    files, weight = asyncio.run(_first_view(stack.api_port))
    return {
        f"receipt to {LISTENERS:,} screens, p50 ms": round(heard[49] * 1000),
        f"receipt to {LISTENERS:,} screens, p99 ms": round(heard[98] * 1000),
        f"first screen to {LISTENERS:,} screens, p99 ms": round(spread[98] * 1000),
        "first view, files": files,
        "first view, gzipped kB": round(weight / 1000),
    }


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))


class _Screens:
    """When each screen first heard of each number of participants."""

    def __init__(self) -> None:
        self.heard: dict[int, list[float]] = {}
        self.changed = asyncio.Event()

    async def listen(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        writer.write(f"GET {STREAM} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        known = -1
        while line := await reader.readline():
            found = PARTICIPANTS.search(line) if line.startswith(b"data: ") else None
            if found and (now := int(found.group(1))) > known:
                known = now
                self.heard.setdefault(now, []).append(time.monotonic())
                self.changed.set()

    async def all_heard(self, participants: int) -> None:
        """Wait until every screen shows so many, or more: a slow one may be told of two changes at once."""
        async with asyncio.timeout(DEADLINE_S):
            while len(self.heard.get(participants, ())) < LISTENERS:
                self.changed.clear()
                await self.changed.wait()


async def _run(stack: BenchStack) -> tuple[list[float], list[float]]:
    screens = _Screens()
    listening = [asyncio.create_task(screens.listen(stack.api_port)) for _ in range(LISTENERS)]
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not screens.heard:
                await screens.changed.wait()
        base = min(screens.heard)
        await screens.all_heard(base)
        from_receipt, from_first = [], []
        for n in range(1, CHANGES + 1):
            receipt = await _register(stack, 900_000 + n)
            await screens.all_heard(base + n)
            moments = screens.heard[base + n]
            from_receipt += [max(0.0, at - receipt) for at in moments]
            from_first += [at - min(moments) for at in moments]
            await asyncio.sleep(PAUSE_S)
        return from_receipt, from_first
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)


async def _register(stack: BenchStack, number: int) -> float:
    """Register a person over a connection of its own, as idle ones are closed; when the receipt was there."""
    clerk = Connection(stack.registration_port, stack.register_key)
    status, body = await clerk.request("POST", "/v1/registrations", registration(number, "compulsory_si"))
    receipt = time.monotonic()
    clerk.close()
    assert status == 201, body
    return receipt


async def _first_view(port: int) -> tuple[int, int]:
    """How many files, and their bytes gzipped: the page, what it names, and what that imports."""
    connection = Connection(port)
    weights: dict[str, int] = {}
    wanted = ["/", *LATER]
    while wanted:
        path = wanted.pop()
        if path in weights:
            continue
        status, body = await connection.request("GET", path)
        assert status == 200, path
        weights[path] = len(gzip.compress(body))
        if path == "/" or (path.endswith(".js") and "vendor" not in path):
            for linked, imported in LINKED.findall(body.decode()):
                wanted.append(linked or _beside(path, imported))
    connection.close()
    return len(weights), sum(weights.values())


def _beside(path: str, imported: str) -> str:
    return imported if imported.startswith("/") else f"{path.rpartition('/')[0]}/{imported.removeprefix('./')}"

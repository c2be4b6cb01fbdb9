"""A burst of registrations at ten times what the service can take: 503 or 429, success after retry, bounded memory."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.stack import resident_mb
from tests.chaos.ledger import Ledger
from tests.chaos.registrations import registration_of
from tests.chaos.site import Site, running_site
from tests.chaos.verdict import Verdict, judge
from tests.support.made_up import event

BURST = 50_000
CONNECTIONS = 10_000
AT_ONCE = 500
"""Connections opened together: more than the service's queue of new ones would be turned away."""
WARM_UP_S = 5.0
WARM_UP_CONNECTIONS = 512
DEADLINE_S = 300.0


@dataclass
class Burst:
    """What the burst came to."""

    registrations: int = 0
    sustained_per_s: float = 0.0
    """With 512 counters that each wait for their receipt."""
    offered_per_s: float = 0.0
    """Rate at which the burst was written to the service's sockets."""
    statuses: dict[int, int] = field(default_factory=dict)
    """Answers; under 0 the connections that were closed under way."""
    all_kept_after_s: float = 0.0
    longest_retry_rounds: int = 0
    memory_before_mb: int = 0
    memory_peak_mb: int = 0
    verdict: Verdict = field(default_factory=Verdict)


class Connection:
    """One connection; several requests may be under way on it."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._head = f"POST /v1/registrations HTTP/1.1\r\nHost: chaos\r\nAuthorization: Bearer {key}\r\n".encode()

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    def write(self, body: bytes) -> None:
        """Send a registration without waiting for anything."""
        self._writer.write(b"%sContent-Length: %d\r\n\r\n%s" % (self._head, len(body), body))

    async def sent(self) -> None:
        """Wait until what was written is the kernel's."""
        await self._writer.drain()

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


def run(found: Burst, seed: int, folder: Path, count: int = BURST, connections: int = CONNECTIONS) -> None:
    """Do it on a site of its own."""
    ledger = Ledger()
    with running_site(folder, may_mount=False) as site:
        asyncio.run(_load(site, found, ledger, seed, count, connections))
        log = [event(number, seed=seed) for number in range(found.registrations)]
        judge(found.verdict, site, ledger, log, DEADLINE_S)


async def _load(site: Site, found: Burst, ledger: Ledger, seed: int, count: int, connections: int) -> None:
    port, key, pid = site.services.ports.registration, site.keys["REGISTER_KEY"], site.services.pid("registration")
    waiting = [Connection(port, key) for _ in range(WARM_UP_CONNECTIONS)]
    await asyncio.gather(*(connection.open() for connection in waiting))
    taken = await _sustained(waiting, found, ledger, seed)
    found.registrations = taken + count
    found.memory_before_mb = resident_mb(pid)
    await asyncio.to_thread(Path(f"/proc/{pid}/clear_refs").write_text, "5")  # the peak is measured from here on
    bodies = [_body(number, seed) for number in range(taken, taken + count)]
    await _burst([Connection(port, key) for _ in range(connections)], bodies, found, ledger)
    found.memory_peak_mb = resident_mb(pid, "VmHWM")


async def _sustained(connections: list[Connection], found: Burst, ledger: Ledger, seed: int) -> int:
    """How many were taken, by counters that wait for each receipt."""
    end, taken = time.monotonic() + WARM_UP_S, 0

    async def counter(connection: Connection) -> None:
        nonlocal taken
        while time.monotonic() < end:
            number, taken = taken, taken + 1
            connection.write(_body(number, seed))
            status, body = await connection.answer()
            assert status == 201, body
            ledger.keep(json.loads(body))

    await asyncio.gather(*map(counter, connections))
    for connection in connections:
        connection.close()
    found.sustained_per_s = round(taken / WARM_UP_S)
    return taken


async def _burst(connections: list[Connection], bodies: list[bytes], found: Burst, ledger: Ledger) -> None:
    """All at once, over fresh connections; then again what was put off, after a second as Retry-After asks for."""
    started, statuses = time.monotonic(), Counter[int]()
    while bodies:
        assert time.monotonic() < started + DEADLINE_S, f"{len(bodies)} not taken after {DEADLINE_S:.0f} s"
        used = connections[: len(bodies)]
        share = [bodies[n :: len(used)] for n in range(len(used))]
        for start in range(0, len(used), AT_ONCE):
            await asyncio.gather(*(connection.open() for connection in used[start : start + AT_ONCE]))
        offered_at = time.monotonic()
        for connection, mine in zip(used, share, strict=True):
            for body in mine:
                connection.write(body)
        await asyncio.gather(*(connection.sent() for connection in used))
        found.offered_per_s = found.offered_per_s or round(len(bodies) / (time.monotonic() - offered_at))
        put_off = await asyncio.gather(*(_answers(*pair, statuses, ledger) for pair in zip(used, share, strict=True)))
        bodies = [body for some in put_off for body in some]
        found.longest_retry_rounds += bool(bodies)
        await asyncio.sleep(1 if bodies else 0)
    found.all_kept_after_s = round(time.monotonic() - started, 1)
    found.statuses = dict(statuses)


async def _answers(connection: Connection, bodies: list[bytes], statuses: Counter[int], ledger: Ledger) -> list[bytes]:
    """Those that are to be sent again."""
    put_off = []
    for place, body in enumerate(bodies):
        try:
            status, answer = await connection.answer()
        except (OSError, asyncio.IncompleteReadError):  # closed under way: whatever has no answer is sent again
            statuses[0] += 1
            put_off += bodies[place:]
            break
        statuses[status] += 1
        if status in (200, 201):
            ledger.keep(json.loads(answer))
        elif status in (429, 503):
            put_off.append(body)
        else:
            ledger.note(str(status), f"{status}: {answer[:200]!r}")
    connection.close()
    return put_off


def _body(number: int, seed: int) -> bytes:
    return json.dumps(registration_of(event(number, seed=seed))).encode()

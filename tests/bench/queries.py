"""What the API's answers take at a million participants, 200 requests a second, while counts keep coming in."""

import asyncio
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from deploy.reference.files import regions
from services.shared.clickhouse_store import ClickHouseStore
from tests.bench.client import Connection
from tests.bench.large import fill, mark_as_written
from tests.bench.stack import BenchStack
from tests.support import counted
from tests.support.aggregator_process import AggregatorProcess
from tests.support.engines import own_place, settings_of
from tests.support.log_of_events import put
from tests.support.made_up import event, reference_event
from tests.support.ports import free_port
from tests.support.waiting import until

PEOPLE = 1_000_000
PER_SECOND = 200
SECONDS = 20.0
CONNECTIONS = 16
REFORM = "2025-07-01"
"""Before it the country had 63 provinces."""
COMMUNES_PER_PROVINCE = 5
NEW_PER_BEAT, BEAT_S = 25, 0.5
ROOT = Path(__file__).parents[2]


def measure(stack: BenchStack) -> dict[str, Any]:
    """p50 and p95 in ms of each kind of answer, from when it was due until it was there."""
    with stack.engines_alone(), own_place(stack.embedded) as environ, tempfile.TemporaryDirectory() as folder:
        store = ClickHouseStore(settings_of(environ), timeout_s=300)
        kafka, prefix = environ["KAFKA_BOOTSTRAP_SERVERS"], environ["TOPIC_PREFIX"]
        rows = [row for row in regions() if row["country"] == "VN" and row["valid_from"] < REFORM]
        places = _communes(rows)
        fill(store, PEOPLE, places)
        mark_as_written(store, f"{prefix}enrollment-events")
        asyncio.run(put(kafka, f"{prefix}reference-data", [_standing(row) for row in rows]))
        worker = AggregatorProcess(environ, Path(folder) / "worker.log")
        worker.start()
        try:
            until(lambda: sum(counted.stock(store).values()) == PEOPLE, "everyone counted", 120)
            with _api(environ) as port:
                until(lambda: asyncio.run(_participants(port)) == PEOPLE, "everyone served", 120)
                return asyncio.run(_run(port, kafka, f"{prefix}enrollment-events", places))
        finally:
            worker.stop()
            store.close()


def _standing(row: dict[str, Any]) -> tuple[bytes, bytes]:
    """The region without its end, so that people can still register in it."""
    return reference_event(
        "regions",
        row["id"],
        {name: text or None for name, text in row.items()} | {"code": row["code"], "valid_to": None},
    )


def _communes(rows: list[dict[str, Any]]) -> list[str]:
    """A few communes of each province."""
    of_province: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["level"] == "commune":
            of_province[".".join(row["id"].split(".")[:2])].append(row["id"])
    return [place for places in of_province.values() for place in places[:COMMUNES_PER_PROVINCE]]


@contextmanager
def _api(environ: dict[str, str]) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "services.api"],
        cwd=ROOT,
        env={**os.environ, **environ, "API_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


async def _participants(port: int) -> int:
    connection = Connection(port)
    try:
        status, body = await connection.request("GET", "/v1/coverage?region=VN&scheme=health")
        return int(orjson.loads(body)["participants"]) if status == 200 else -1
    except OSError:
        return -1
    finally:
        connection.close()


async def _run(port: int, kafka: str, topic: str, places: list[str]) -> dict[str, Any]:
    due: asyncio.Queue[tuple[str, str, float] | None] = asyncio.Queue()
    taken: dict[str, list[float]] = defaultdict(list)

    async def ask() -> None:
        connection = Connection(port)
        while (question := await due.get()) is not None:
            what, path, since = question
            status, body = await connection.request("GET", path)
            assert status == 200, body
            taken[what].append(time.monotonic() - since)
        connection.close()

    registering = asyncio.create_task(_register(kafka, topic, places))
    askers = [asyncio.create_task(ask()) for _ in range(CONNECTIONS)]
    started = time.monotonic()
    for number, (what, path) in enumerate(itertools.islice(_questions(places), int(PER_SECOND * SECONDS))):
        await asyncio.sleep(max(0.0, started + number / PER_SECOND - time.monotonic()))
        due.put_nowait((what, path, time.monotonic()))
    for _ in askers:
        due.put_nowait(None)
    await asyncio.gather(*askers)
    registering.cancel()
    return {figure: value for what, times in taken.items() for figure, value in _figures(what, times).items()}


def _questions(places: list[str]) -> Iterator[tuple[str, str]]:
    random_ = random.Random(1)
    while True:
        parts = random_.choice(places).split(".")
        region = ".".join(parts[: random_.randrange(1, 5)])
        yield "coverage of a region", f"/v1/coverage?region={region}&scheme=health"
        yield "a region with 63 children", "/v1/regions/VN?scheme=health"
        yield "leaderboard of provinces", "/v1/leaderboard?level=province&scheme=health&metric=participants"


async def _register(kafka: str, topic: str, places: list[str]) -> None:
    """A few new people twice a second, so that no answer can be kept for long."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for number in itertools.count():
            for each in range(NEW_PER_BEAT):
                body = event(number * NEW_PER_BEAT + each, scheme="health", region=random.choice(places))
                await producer.send(topic, orjson.dumps(body), body["participant"].encode())
            await asyncio.sleep(BEAT_S)
    finally:
        await producer.stop()


def _figures(what: str, times: list[float]) -> dict[str, int]:
    cuts = statistics.quantiles(times, n=100)
    return {f"{what}, p50 ms": round(cuts[49] * 1000), f"{what}, p95 ms": round(cuts[94] * 1000)}

"""Live streams over the real engine: how a region stands at once, then every change within a second."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually, served, settings
from tests.api.support import World, region_rows

TREE = {"VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.92": "province"}
SUBSCRIBERS = 1_000


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world = World(store)
    world.reference("regions", *region_rows(TREE))
    world.new("VN.91.913", datetime.now(UTC) - timedelta(days=2), 5)
    world.write()
    return world


@pytest.fixture(scope="module")
def ready(clickhouse_url: str, world: World) -> Iterator[Api]:
    with served(settings(clickhouse_url, world.store.database, stream_heartbeat_s=0.3, stream_freshness_s=0.5)) as api:
        eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
        eventually(lambda: api.coverage("VN")["participants"] == 5)
        yield api


class Listener:
    """One live stream, read line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, api: Api, region: str) -> "Listener":
        where = urlsplit(api.url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(f"GET /v1/stream?region={region}&scheme=voluntary_si HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        assert b"text/event-stream" in head
        return cls(reader, writer)

    async def lines(self, deadline_s: float = 10.0) -> list[str]:
        """The lines of the next event or comment."""
        async with asyncio.timeout(deadline_s):
            while True:
                block = (await self._reader.readuntil(b"\n\n")).decode()
                lines = [line for line in block.replace("\r", "").split("\n") if line]
                if not any(line.startswith("retry") for line in lines):
                    return [line for line in lines if not _is_chunk_size(line)]

    async def event(self, deadline_s: float = 10.0, name: str = "coverage") -> dict:
        """The data of the next event of that name, others and comments left out."""
        end = time.monotonic() + deadline_s
        while True:
            lines = await self.lines(end - time.monotonic())
            if f"event: {name}" in lines:
                return json.loads(next(line for line in lines if line.startswith("data: ")).removeprefix("data: "))

    async def end(self, deadline_s: float) -> None:
        """Read on until the server ends the stream."""
        async with asyncio.timeout(deadline_s):
            await self._reader.read()

    def close(self) -> None:
        self._writer.close()


def _is_chunk_size(line: str) -> bool:
    return len(line) < 6 and all(c in "0123456789abcdef" for c in line)


async def test_a_stream_says_at_once_how_the_region_stands(ready: Api) -> None:
    listener = await Listener.to(ready, "VN.91")
    event = await listener.event(1)
    assert (event["region"]["id"], event["participants"]) == ("VN.91", 5)
    listener.close()


async def test_a_change_arrives_within_a_second(ready: Api, world: World) -> None:
    listener = await Listener.to(ready, "VN.91")
    before = (await listener.event())["participants"]
    for step in range(1, 4):
        world.new("VN.91.913", datetime.now(UTC) - timedelta(minutes=5))
        await asyncio.to_thread(world.write)
        written = time.monotonic()
        while (await listener.event(1))["participants"] != before + step:
            pass
        assert time.monotonic() - written < 1
    listener.close()


async def test_a_region_where_nothing_happens_hears_only_that_the_stream_lives(ready: Api, world: World) -> None:
    quiet = await Listener.to(ready, "VN.92")
    assert (await quiet.event())["participants"] == 0
    world.new("VN.91.913", datetime.now(UTC) - timedelta(minutes=5))
    await asyncio.to_thread(world.write)
    heard = [(await quiet.lines())[0] for _ in range(5)]
    assert heard == [": still here", "event: freshness", ": still here", ": still here", "event: freshness"]
    quiet.close()


async def test_a_stream_on_which_nothing_changes_says_how_fresh_its_figures_are(ready: Api, world: World) -> None:
    listener = await Listener.to(ready, "VN.92")
    await listener.event()
    older, old = [await listener.event(2, "freshness") for _ in range(2)]
    assert old.keys() == {"as_of", "freshness_ms"}
    assert old["freshness_ms"] - older["freshness_ms"] > 300
    await asyncio.to_thread(world.beat)
    async with asyncio.timeout(5):
        while (fresh := await listener.event(2, "freshness"))["freshness_ms"] >= old["freshness_ms"]:
            pass
    assert fresh["freshness_ms"] < 1_500
    assert datetime.now(UTC) - datetime.fromisoformat(fresh["as_of"]) < timedelta(seconds=30)
    listener.close()


def test_the_document_says_what_a_stream_says(ready: Api) -> None:
    stream = ready.get("/openapi.json").json()["paths"]["/v1/stream"]["get"]
    for text in (stream["description"], stream["responses"]["200"]["description"]):
        assert "`freshness`" in text
        assert "`freshness_ms`" in text


async def test_a_new_denominator_is_news(ready: Api, world: World) -> None:
    listener = await Listener.to(ready, "VN.92")
    assert (await listener.event())["coverage_pct"] is None
    row = {"region": "VN.92", "scheme": "voluntary_si", "year": 2020, "eligible": 10, "source": "census"}
    await asyncio.to_thread(world.reference, "populations", row)
    assert (await listener.event(5))["coverage_pct"] == 0.0
    listener.close()


async def test_a_thousand_listeners_hear_of_a_change_within_a_second(ready: Api, world: World) -> None:
    listeners = [await Listener.to(ready, "VN.91") for _ in range(SUBSCRIBERS)]
    before = {(await listener.event())["participants"] for listener in listeners}
    assert len(before) == 1
    world.new("VN.91.913", datetime.now(UTC) - timedelta(minutes=5))
    await asyncio.to_thread(world.write)
    written = time.monotonic()
    after = await asyncio.gather(*(listener.event(5) for listener in listeners))
    assert {event["participants"] for event in after} == {before.pop() + 1}
    # A second for the server; the thousand readers share this very process with it.
    assert time.monotonic() - written < 2
    for listener in listeners:
        listener.close()
    await asyncio.to_thread(eventually, lambda: "api_streams 0.0" in ready.get("/metrics").text)


async def test_streams_end_when_the_service_stops(clickhouse_url: str, world: World) -> None:
    with served(settings(clickhouse_url, world.store.database)) as api:
        eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
        listener = await Listener.to(api, "VN.91")
        await listener.event()
        stopping = time.monotonic()
        api.stop()
        await listener.end(5)
        assert time.monotonic() - stopping < 5
        listener.close()


def test_no_more_streams_are_opened_than_allowed(clickhouse_url: str, world: World) -> None:
    with served(settings(clickhouse_url, world.store.database, stream_limit=1)) as api:
        eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
        path = "/v1/stream?region=VN&scheme=health"
        with api.client.stream("GET", path) as first:
            lines = first.iter_lines()
            assert next(lines) == "retry: 2000"
            assert api.get(path).status_code == 503

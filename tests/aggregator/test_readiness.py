"""/readyz names the part that is away, and a worker waits for what is not there yet."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.aggregator_process import AggregatorProcess
from tests.support.ports import free_port
from tests.support.slow_proxy import SlowProxy
from tests.support.waiting import until

Start = Callable[..., AggregatorProcess]


@pytest.fixture
def start(settings_env: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start a worker with some settings of its own."""
    started: list[AggregatorProcess] = []

    def start(**settings: str) -> AggregatorProcess:
        started.append(AggregatorProcess({**settings_env, **settings}, tmp_path / "worker.log"))
        started[-1].start()
        return started[-1]

    yield start
    for worker in started:
        worker.stop()


def missing(worker: AggregatorProcess) -> list[str] | None:
    """What /readyz says is missing; None where nobody answers yet."""
    try:
        return httpx.get(f"http://127.0.0.1:{worker.port}/readyz", timeout=10).json()["missing"]
    except httpx.TransportError:
        return None


def test_a_worker_started_while_the_broker_is_away_waits_for_it_and_says_so(kafka: str, start: Start) -> None:
    way = SlowProxy(int(kafka.rpartition(":")[2]))
    worker = start(KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{way.port}")
    until(lambda: missing(worker) == ["broker"], "waiting for the broker")
    way.start()
    try:
        until(worker.ready, "ready once the broker is there", 60)
    finally:
        way.stop()


def test_readyz_names_clickhouse_when_it_goes_away_and_is_ready_when_it_is_back(clickhouse, start: Start) -> None:
    target = int(clickhouse.url.rpartition(":")[2])
    way = SlowProxy(target)
    way.start()
    worker = start(CLICKHOUSE_URL=f"http://127.0.0.1:{way.port}")
    until(worker.ready, "ready", 60)
    way.stop()
    until(lambda: missing(worker) == ["clickhouse"], "ClickHouse is missed")
    back = SlowProxy(target, port=way.port)
    back.start()
    try:
        until(worker.ready, "ready again")
    finally:
        back.stop()


def test_readyz_names_both_engines_where_neither_is_there(start: Start) -> None:
    worker = start(CLICKHOUSE_URL=f"http://127.0.0.1:{free_port()}", KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}")
    until(lambda: missing(worker) == ["clickhouse", "broker"], "both are missed")

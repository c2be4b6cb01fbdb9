"""A worker with topics and tables of the test's own, on the session's broker and ClickHouse."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.shared.clickhouse_store import ClickHouseStore
from tests.aggregator.place import Place
from tests.support.aggregator_process import AggregatorProcess
from tests.support.engines import settings_of


@pytest.fixture
def place(settings_env: dict[str, str], tmp_path: Path) -> Iterator[Place]:
    """Nothing runs yet: the test starts the worker, as often as it likes."""
    store = ClickHouseStore(settings_of(settings_env))
    worker = AggregatorProcess(settings_env, tmp_path / "worker.log")
    yield Place(settings_env, store, worker)
    worker.stop()
    store.close()

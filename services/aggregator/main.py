"""Build the aggregator from its settings and run it until SIGTERM or Ctrl-C."""

import ctypes
import gc
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import faust
import pyarrow
import structlog

import services.shared.without_pandas  # noqa: F401  before anything that may import it
from services.aggregator.agent import Aggregator
from services.aggregator.readiness import Readiness
from services.aggregator.settings import AggregatorSettings
from services.aggregator.web import serve
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.errors import ConfigError, CoverageError, Unavailable
from services.shared.kafka_client import existing_topics
from services.shared.log_setup import set_up_logs
from services.shared.migrate import migrate

log = structlog.get_logger()
T = TypeVar("T")

M_ARENA_MAX = -8
"""mallopt(3)"""


def connect(settings: AggregatorSettings) -> ClickHouseStore:
    """Connect to ClickHouse and bring its tables up to date."""
    store = ClickHouseStore(settings)
    migrate(store, settings.clickhouse_cluster)
    return store


def patiently(trouble: str, attempt: Callable[[], T]) -> T:
    """Try until what is away has come, however long it takes."""
    pause = 0.2
    while True:
        try:
            return attempt()
        except Unavailable as error:
            log.warning(trouble, error=str(error), next_try_s=pause)
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def keep_memory_together() -> None:
    """Have all threads and pyarrow share the C library's memory: each would keep what a batch once needed, tens of MB."""
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    with suppress(OSError, AttributeError):  # other C libraries have no arenas
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def run(settings: AggregatorSettings, after: Callable[[str], None] = lambda step: None) -> None:
    """Run a worker; `after` is told each step of a batch that is done."""
    readiness = Readiness(settings)
    keep_memory_together()
    gc.freeze()
    gc.set_threshold(1_000_000, 20, 100)  # a batch makes hundreds of thousands of small tuples, and no cycles
    server = serve(settings.bind_host, settings.aggregator_port, readiness.missing)
    store = readiness.store = patiently("clickhouse_away", lambda: connect(settings))
    patiently("broker_away", lambda: existing_topics(settings))  # Faust would end at once where there is none
    aggregator = readiness.aggregator = Aggregator(settings, store, after)
    try:
        faust.Worker(
            aggregator.app, loglevel=settings.log_level, override_logging=False, quiet=True
        ).execute_from_commandline()
    finally:
        server.shutdown()
        store.close()


def main() -> int:
    """Exit 2 with one line where the settings are wrong."""
    try:
        settings = AggregatorSettings.from_environment()
        set_up_logs("aggregator", settings.log_level)
        run(settings)
    except ConfigError as error:
        print(f"aggregator: {error}", file=sys.stderr)
        return 2
    except CoverageError as error:
        print(f"aggregator: {error}", file=sys.stderr)
        return 1
    return 0

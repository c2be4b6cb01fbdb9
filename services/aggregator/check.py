"""Is everything there? Each missing thing is one line: topics, tables, keys, broker, ClickHouse, each service's /readyz."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.aggregator.settings import AggregatorSettings
from services.aggregator.store import DERIVED
from services.shared.auth import KeyRing
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.errors import CoverageError
from services.shared.kafka_client import existing_topics
from services.shared.migrate import pending
from services.shared.topics import cards

READY_TIMEOUT_S = 10.0
TABLES = "SELECT name FROM system.tables WHERE database = {d:String}"
Look = Callable[[], Iterator[str]]


def looks(settings: AggregatorSettings, services: Mapping[str, str]) -> dict[str, Look]:
    """What is looked at, by name; each look yields a line per missing thing. `services`: their URLs by name."""
    found: dict[str, Look] = {
        "broker and topics": lambda: _topics(settings),
        "ClickHouse and tables": lambda: _tables(settings),
        "keys": lambda: _keys(settings),
    }
    return found | {f"{name} at {url}": _service(name, url) for name, url in services.items()}


def missing(look: Look) -> list[str]:
    """The lines of one look; a part that is away is a line, too."""
    try:
        return list(look())
    except CoverageError as error:
        return [str(error)]


def _topics(settings: AggregatorSettings) -> Iterator[str]:
    present = existing_topics(settings)
    for card in cards():
        name = settings.topic(card.topic)
        partitions = present.get(name, [])
        if not partitions:
            yield f"topic {name} is not there; `python -m services.shared.topics` makes it"
        elif len(partitions) != card.partitions:
            yield f"topic {name} has {len(partitions)} partitions, its card says {card.partitions}"
        for number, state in enumerate(partitions):
            if state.leader < 0:
                yield f"topic {name}: partition {number} has no leader"
            elif state.in_sync < state.replicas:
                yield f"topic {name}: partition {number} has {state.in_sync} of {state.replicas} copies in sync"


def _tables(settings: AggregatorSettings) -> Iterator[str]:
    store = ClickHouseStore(settings)
    try:
        for name in pending(store, settings.clickhouse_cluster):
            yield f"tables of {name} are not in {store.database}; `python -m services.shared.migrate` makes them"
        tables = {name for (name,) in store.query(TABLES, {"d": store.database})}
        for table in (*DERIVED, "progress"):
            if table not in tables:
                yield f"table {table} is not in {store.database}"
    finally:
        store.close()


def _keys(settings: AggregatorSettings) -> Iterator[str]:
    scopes = KeyRing.from_file(settings.auth_keys_file).scopes
    for scope in ("register", "reference"):
        if scope not in scopes:
            yield f"no key in {settings.auth_keys_file} has the scope {scope}; `python -m services.shared.auth` makes one"


def _service(name: str, url: str) -> Look:
    def look() -> Iterator[str]:
        try:
            with urllib.request.urlopen(f"{url.rstrip('/')}/readyz", timeout=READY_TIMEOUT_S):  # noqa: S310 (the operator's own URL)
                return
        except urllib.error.HTTPError as error:
            yield f"{name} is not ready: {_why(error)}"
        except (OSError, ValueError) as error:
            yield f"{name} does not answer at {url}: {getattr(error, 'reason', None) or error}"

    return look


def _why(error: urllib.error.HTTPError) -> str:
    """What a service says is missing: a list, or the detail of its problem."""
    try:
        body: Any = json.loads(error.read())
        return "; ".join(body.get("missing") or [body["detail"]])
    except (ValueError, KeyError, AttributeError, TypeError):
        return f"status {error.code}"

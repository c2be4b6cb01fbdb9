"""The ClickHouse engine in this process: connections, queries, streams.

chDB's compiled module is used directly: its Python wrapper drops the head of an empty result (a CSV header, say).
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chdb import _chdb

from .errors import ClickHouseError
from .stats import Stats

__all__ = ["Engine", "Lease", "apply_settings", "quoted", "run", "stream"]

_CONFIG = Path(__file__).with_name("engine.xml")
_IDLE_CONNECTIONS = 64
# The disk is this machine's own: handing each read to a pool of threads costs more than reading.
_DEFAULTS = {"local_filesystem_read_method": "pread", "load_marks_asynchronously": "0"}
_ConnectionKey = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class Lease:
    """A connection for one statement. Set `spoilt` if its state is no longer what its key says."""

    connection: Any
    spoilt: bool = False


def quoted(value: str) -> str:
    """A ClickHouse string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def apply_settings(connection: Any, settings: Mapping[str, str]) -> None:
    """SET on one connection. Raises ClickHouseError for an unknown name or a bad value."""
    if not all(name.isidentifier() for name in settings):
        raise ClickHouseError.made_here(115, "UNKNOWN_SETTING", "Setting names are identifiers")
    if settings:
        assignments = ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items())
        run(connection, f"SET {assignments}".encode(), "Null", {}, Stats())


def run(connection: Any, sql: bytes, fmt: str, params: Mapping[str, str], stats: Stats) -> bytes:
    """Run one statement to its end and return its formatted result. Raises ClickHouseError."""
    try:
        result = connection.query(sql, fmt, params=params)
    except RuntimeError as error:
        _flush(connection)
        raise ClickHouseError.from_engine(error) from None
    stats.add(result)
    return result.bytes()


def _flush(connection: Any) -> None:
    """The rows a failed query had already produced would come out before the next one's: take them away."""
    connection.query("SELECT 1", "Null")


def stream(lease: Lease, sql: bytes, fmt: str, params: Mapping[str, str], stats: Stats) -> Iterator[bytes]:
    """Run a SELECT and yield its result chunk by chunk, each one a whole document in `fmt`. Raises ClickHouseError.

    Leaving early cancels the query.
    """
    connection = lease.connection
    finished = False
    try:
        handle = connection.send_query(sql, fmt, params=params)
    except RuntimeError as error:
        raise ClickHouseError.from_engine(error) from None
    try:
        while not finished:
            chunk = connection.streaming_fetch_result(handle)
            finished = chunk is None or chunk.rows_read() == 0  # the last chunk may be a head without rows
            if chunk is not None:
                stats.add(chunk)
                if data := chunk.bytes():
                    yield data
    except RuntimeError as error:
        finished = lease.spoilt = True
        raise ClickHouseError.from_engine(error) from None
    finally:
        if not finished:
            lease.spoilt = True
            connection.streaming_cancel_query(handle)


class Engine:
    """Owns the data directory. Connections are kept per (database, settings): making one costs as much as a query."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._path = f"{data_dir}?config-file={_CONFIG}"
        self._keeper = _chdb.connect(self._path)  # the engine lives as long as one connection is open
        self._idle: OrderedDict[_ConnectionKey, list[Any]] = OrderedDict()
        self._idle_count = 0
        self._lock = threading.Lock()
        about = self._keeper.query("SELECT version(), timezone()", "TSV").bytes().decode()
        self.version, self.timezone = about.strip().split("\t")

    def connect(self) -> Any:
        """A connection of one's own, with the settings that suit this place and else the engine's own."""
        connection = _chdb.connect(self._path)
        apply_settings(connection, _DEFAULTS)
        return connection

    def kind(self, sql: bytes) -> tuple[str, int]:
        """The engine's own class of a statement (READ_ONLY, MUTATING, CONTROL, ...) and how many there are in it."""
        found = self._keeper.classify_query(sql)
        return found["query_class"].name, found["statement_count"]

    @contextmanager
    def lease(self, database: str, settings: Mapping[str, str]) -> Iterator[Lease]:
        """A connection set to this database and these settings, alone in use for the time being."""
        key = (database, tuple(sorted(settings.items())))
        lease = Lease(self._take(key) or self._prepared(database, settings))
        try:
            yield lease
        except BaseException as error:
            lease.spoilt = lease.spoilt or not isinstance(error, ClickHouseError)
            raise
        finally:
            if lease.spoilt:
                lease.connection.close()
            else:
                self._give_back(key, lease.connection)

    def _prepared(self, database: str, settings: Mapping[str, str]) -> Any:
        connection = self.connect()
        try:
            if database not in ("", "default"):
                name = database.replace("\\", "\\\\").replace("`", "\\`")
                run(connection, f"USE `{name}`".encode(), "Null", {}, Stats())
            apply_settings(connection, settings)
        except ClickHouseError:
            connection.close()
            raise
        return connection

    def _take(self, key: _ConnectionKey) -> Any | None:
        with self._lock:
            idle = self._idle.get(key)
            if not idle:
                return None
            self._idle.move_to_end(key)
            self._idle_count -= 1
            return idle.pop()

    def _give_back(self, key: _ConnectionKey, connection: Any) -> None:
        with self._lock:
            self._idle.setdefault(key, []).append(connection)
            self._idle_count += 1
            surplus = self._least_used() if self._idle_count > _IDLE_CONNECTIONS else None
        if surplus is not None:
            surplus.close()

    def _least_used(self) -> Any:
        key = next(key for key, idle in self._idle.items() if idle)
        connection = self._idle[key].pop()
        self._idle_count -= 1
        for empty in [key for key, idle in self._idle.items() if not idle]:
            del self._idle[empty]
        return connection

    def close(self) -> None:
        """Close every idle connection and the engine with them."""
        with self._lock:
            for idle in self._idle.values():
                for connection in idle:
                    connection.close()
            self._idle.clear()
        self._keeper.close()

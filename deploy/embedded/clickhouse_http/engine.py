"""The ClickHouse engine in this process: connections, queries, streams, inserts.

chDB's compiled module is used directly: its Python wrapper drops the head of an empty result (a CSV header, say).
"""

import errno
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chdb import _chdb

from .errors import ClickHouseError
from .statement import InsertHead

__all__ = ["Engine", "Lease", "Stats", "apply_settings", "insert", "insert_in_memory", "quoted", "run", "stream"]

_IDLE_CONNECTIONS = 64
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_ConnectionKey = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class Stats:
    """What a statement read, returned and wrote so far."""

    read_rows: int = 0
    read_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0

    def add(self, result: Any) -> None:
        self.read_rows += result.storage_rows_read()
        self.read_bytes += result.storage_bytes_read()
        self.result_rows += result.rows_read()
        self.result_bytes += result.size()
        self.written_rows += result.rows_written()
        self.written_bytes += result.bytes_written()

    def summary(self, elapsed_ns: int) -> str:
        """The X-ClickHouse-Summary header: JSON whose values are all strings."""
        return (
            f'{{"read_rows":"{self.read_rows}","read_bytes":"{self.read_bytes}",'
            f'"written_rows":"{self.written_rows}","written_bytes":"{self.written_bytes}",'
            f'"total_rows_to_read":"{self.read_rows}","result_rows":"{self.result_rows}",'
            f'"result_bytes":"{self.result_bytes}","elapsed_ns":"{elapsed_ns}"}}'
        )


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


def insert(lease: Lease, head: InsertHead, pieces: Iterable[bytes], stats: Stats) -> None:
    """Insert rows once all of them are here. Raises ClickHouseError; if `pieces` raises, nothing of the insert is kept.

    They go through a file and the engine's own FROM INFILE: its streamed insert says that all is well where the disk is
    full (seen with chDB 26.9), and what was acknowledged is gone.
    """
    try:
        with tempfile.TemporaryFile() as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            infile = f"FROM INFILE '/dev/fd/{file.fileno()}' COMPRESSION 'none'"
            sql = f"{head.sql} {infile} {head.settings} FORMAT {head.fmt}"
            run(lease.connection, sql.encode(), "Null", {}, stats)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise ClickHouseError.made_here(243, "NOT_ENOUGH_SPACE", f"No room for the rows: {error.strerror}") from None


def insert_in_memory(lease: Lease, table: str, fmt: str, data: bytes) -> None:
    """Fill a temporary table, which is in memory. Raises ClickHouseError."""
    connection = lease.connection
    try:
        handle = connection.send_insert(f"INSERT INTO {table}", fmt)
        connection.insert_append(handle, data)
        connection.insert_done(handle)
    except RuntimeError as error:
        lease.spoilt = True
        raise ClickHouseError.from_engine(error) from None


class Engine:
    """Owns the data directory. Connections are kept per (database, settings): making one costs as much as a query."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._path = str(data_dir)
        self._keeper = _chdb.connect(self._path)  # the engine lives as long as one connection is open
        self._idle: OrderedDict[_ConnectionKey, list[Any]] = OrderedDict()
        self._idle_count = 0
        self._lock = threading.Lock()
        about = self._keeper.query("SELECT version(), timezone()", "TSV").bytes().decode()
        self.version, self.timezone = about.strip().split("\t")

    def connect(self) -> Any:
        """A connection of one's own, with the engine's defaults."""
        return _chdb.connect(self._path)

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

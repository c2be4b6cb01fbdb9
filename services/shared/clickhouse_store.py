"""The only file that imports clickhouse_connect: queries and inserts, its errors translated."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver import httputil
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError
from clickhouse_connect.driver.external import ExternalData
from urllib3.exceptions import HTTPError

from services.shared.errors import StoreError, Unavailable
from services.shared.settings import SharedSettings

RETRYABLE_CODES = frozenset({159, 164, 202, 209, 210, 236, 241, 242, 243, 252, 319, 425, 439, 999})
"""Timeouts, read-only, too many queries or parts, memory, disk: they pass. (ClickHouse ErrorCodes.cpp)"""

LARGE_LOOKUPS = {"max_query_size": 256 * 1024**2, "max_ast_elements": 5_000_000, "max_expanded_ast_elements": 5_000_000}
"""A batch is looked up in one statement that names all its keys; it goes in the body, so it may be long."""

UNKNOWN_TABLE, UNKNOWN_DATABASE = 60, 81
BROKEN_PART_CODES = frozenset({33, 40, 226, 246, 271})
"""Cannot read all data, checksum, file missing in a part, corrupted, cannot decompress. (ClickHouse ErrorCodes.cpp)"""


def analytics_database(database: str) -> str:
    """The database of the views for analysts: `analytics`, or beside a database with a name of its own `NAME_analytics`."""
    return "analytics" if database == "coverage" else f"{database}_analytics"


class ClickHouseStore:
    """One database of one server or cluster. Safe to use from several threads at once."""

    def __init__(self, settings: SharedSettings, *, connections: int = 8, timeout_s: float = 30.0) -> None:
        """Connect. Unavailable where the server does not answer."""
        self.database = settings.clickhouse_database
        self.analytics = analytics_database(self.database)
        ca_file = str(settings.clickhouse_ca_file) if settings.clickhouse_ca_file else None
        self._pool = httputil.get_pool_manager(ca_cert=ca_file, maxsize=connections, num_pools=2)
        with _translated():
            self._client = clickhouse_connect.get_client(
                dsn=settings.clickhouse_url,
                secure=settings.clickhouse_url.startswith("https:"),  # it looks at the port of a dsn, not at the scheme
                username=settings.clickhouse_user,
                password=settings.clickhouse_password.get_secret_value(),
                database="default",
                autogenerate_session_id=False,
                send_receive_timeout=timeout_s,
                connect_timeout=5,
                query_retries=0,
                tz_mode="aware",
                settings=LARGE_LOOKUPS,
                pool_mgr=self._pool,
            )
        self._client.database = self.database

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a SELECT; `parameters` are bound by the server (`{name:Type}`)."""
        with _translated():
            return list(self._client.query(sql, parameters=dict(parameters or {})).result_rows)

    def look_up(self, sql: str, wanted: Collection[str], kind: str = "String") -> list[tuple[Any, ...]]:
        """All rows of a SELECT that names the values `wanted`, of ClickHouse type `kind`, as the table `wanted`.

        They are sent beside the statement: as a part of it, they take longer to read than to look up.
        """
        keys = ExternalData(file_name="wanted", data="\n".join(wanted).encode(), fmt="TSV", structure=f"key {kind}")
        with _translated():
            return list(self._client.query(sql, external_data=keys).result_rows)

    def arrow(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """The result of a SELECT as an Arrow table."""
        with _translated():
            return self._client.query_arrow(sql, parameters=dict(parameters or {}))

    def raw_stream(self, sql: str, fmt: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """A readable stream of a SELECT in one of ClickHouse's formats; the caller closes it."""
        with _translated():
            return self._client.raw_stream(sql, parameters=dict(parameters or {}), fmt=fmt)

    def insert_arrow(self, table: str, rows: pa.Table) -> None:
        """Insert a table of columns, no key twice in it; returns when ClickHouse has accepted it. Null is the default."""
        if not rows.num_rows:
            return
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_table(rows)
        with _translated():
            self._client.raw_insert(
                f"{self.database}.{table}",
                rows.schema.names,
                sink.getvalue(),
                fmt="ArrowStream",
                # Nothing to replace within it, little to do.
                settings={"optimize_on_insert": 0, "max_threads": 1, "input_format_null_as_default": 1},
            )

    def insert_json(self, table: str, lines: Sequence[bytes]) -> None:
        """Insert rows given as JSON objects; returns when ClickHouse has accepted them."""
        if lines:
            with _translated():
                self._client.raw_insert(
                    f"{self.database}.{table}",
                    insert_block=b"\n".join(lines),
                    fmt="JSONEachRow",
                    settings={"input_format_null_as_default": 1, "date_time_input_format": "best_effort"},
                )

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """A statement without a result."""
        with _translated():
            self._client.command(sql, parameters=dict(parameters or {}))

    def create_database(self, on_cluster: str = "") -> None:
        """Create this store's database where there is none."""
        with _translated():
            self._client.command(f"CREATE DATABASE IF NOT EXISTS {self.database} {on_cluster}", use_database=False)

    def ping(self) -> bool:
        """Whether the server answers."""
        return bool(self._client.ping())

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._pool.clear()  # a pool that was given to the client stays open when the client is closed


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        code = getattr(error, "code", None) or _code_in(str(error))
        if isinstance(error, OperationalError) or code in RETRYABLE_CODES:
            raise Unavailable(f"ClickHouse: {_first_line(error)}") from error
        raise StoreError(f"ClickHouse: {_first_line(error)}", code) from error
    except (ClickHouseError, HTTPError, OSError) as error:
        raise Unavailable(f"ClickHouse: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:500]


def _code_in(message: str) -> int | None:
    """ClickHouse's error number, from messages such as `Code: 60. DB::Exception: ...` or `error code 60`."""
    for marker in ("Code: ", "code ", "error code: "):
        _, found, rest = message.partition(marker)
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        if found and digits:
            return int(digits)
    return None

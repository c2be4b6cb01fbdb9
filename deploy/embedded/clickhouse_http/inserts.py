"""Rows that came with a statement: an insert's, and those of tables sent along with a query."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from .engine import Lease, run
from .errors import ClickHouseError
from .multipart import ExternalTable
from .statement import InsertHead
from .stats import Stats

__all__ = ["external_tables", "insert"]

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
# Rows are gathered in memory up to this size: a file on disk for each small insert costs as much as a part of it.
_IN_MEMORY_BYTES = 8 * 1024 * 1024


def insert(lease: Lease, head: InsertHead, pieces: Iterable[bytes], stats: Stats) -> None:
    """Insert rows once all of them are here. Raises ClickHouseError; if `pieces` raises, nothing of the insert is kept.

    They go through a file and the engine's own FROM INFILE: its streamed insert says that all is well where the disk is
    full (seen with chDB 26.9), and what was acknowledged is gone.
    """
    try:
        with _file_of(pieces) as file:
            infile = f"FROM INFILE '/dev/fd/{file.fileno()}' COMPRESSION 'none'"
            sql = f"{head.sql} {infile} {head.settings} FORMAT {head.fmt}"
            run(lease.connection, sql.encode(), "Null", {}, stats)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise ClickHouseError.made_here(243, "NOT_ENOUGH_SPACE", f"No room for the rows: {error.strerror}") from None


@contextmanager
def _file_of(pieces: Iterable[bytes]) -> Iterator[BinaryIO]:
    """A file with all the pieces: in memory, and on disk if they are many. OSError where there is no room."""
    arriving = iter(pieces)
    with _file_in_memory() as small:
        for piece in arriving:
            small.write(piece)
            if small.tell() > _IN_MEMORY_BYTES:
                break
        else:
            small.flush()
            yield small
            return
        with tempfile.TemporaryFile() as large:
            small.seek(0)
            shutil.copyfileobj(small, large)
            small.truncate(0)
            large.writelines(arriving)
            large.flush()
            yield large


def _file_in_memory() -> BinaryIO:
    """Where the system has such a thing: Linux; elsewhere on disk."""
    return os.fdopen(os.memfd_create("rows"), "w+b") if hasattr(os, "memfd_create") else tempfile.TemporaryFile()


@contextmanager
def external_tables(lease: Lease, tables: list[ExternalTable]) -> Iterator[None]:
    """Temporary tables sent along with a query, there while it runs."""
    made: list[str] = []
    try:
        for table in tables:
            name = "`" + table.name.replace("`", "") + "`"
            create = f"CREATE TEMPORARY TABLE {name} ({table.structure})"
            run(lease.connection, create.encode(), "Null", {}, Stats())
            made.append(name)
            _fill(lease, name, table.fmt, table.data)
        yield
    finally:
        for name in made:
            run(lease.connection, f"DROP TEMPORARY TABLE IF EXISTS {name}".encode(), "Null", {}, Stats())


def _fill(lease: Lease, table: str, fmt: str, data: bytes) -> None:
    """Fill a temporary table, which is in memory. Raises ClickHouseError."""
    connection = lease.connection
    try:
        handle = connection.send_insert(f"INSERT INTO {table}", fmt)
        connection.insert_append(handle, data)
        connection.insert_done(handle)
    except RuntimeError as error:
        lease.spoilt = True
        raise ClickHouseError.from_engine(error) from None

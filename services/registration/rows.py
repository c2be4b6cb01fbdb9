"""Uploads as rows: NDJSON or CSV cut out of a stream of bytes, each row by itself, so that a bad one spoils no other."""

import csv
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import NamedTuple

from services.shared.problems import PLAIN_NAME

NDJSON = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq"})
CSV = frozenset({"text/csv", "application/csv"})


class TooLong(NamedTuple):
    """Stands for a row longer than allowed, of which nothing was kept."""

    limit: int


RawRow = bytes | TooLong


class RowCutter:
    """Cuts rows at line ends; in CSV a line end inside quotes is part of the row. Empty lines are no rows.

    A row that has not ended after `limit` bytes is refused once, and the next begins after its first line end: its
    quote may never be closed.
    """

    def __init__(self, limit: int, *, quoted: bool) -> None:
        self._limit, self._quoted = limit, quoted
        self._rest = b""
        self._skipping = False

    def feed(self, chunk: bytes) -> Iterator[RawRow]:
        """The rows completed by this chunk."""
        rest, start = self._rest + chunk, 0
        while True:
            end = rest.find(b"\n", start) if self._skipping else self._row_end(rest, start)
            if end >= 0:
                if not self._skipping:
                    yield from _not_empty(rest[start:end])
                self._skipping, start = False, end + 1
            elif self._skipping or len(rest) - start <= self._limit:
                break
            else:
                self._skipping = True
                yield TooLong(self._limit)
        self._rest = b"" if self._skipping else rest[start:]

    def _row_end(self, rest: bytes, start: int) -> int:
        """Where the row that begins at `start` ends; -1 where that is not seen within the limit."""
        last = start + self._limit + 1
        end = rest.find(b"\n", start, last)
        while self._quoted and end >= 0 and rest.count(b'"', start, end) % 2:
            end = rest.find(b"\n", end + 1, last)
        return end

    def finish(self) -> Iterator[RawRow]:
        """What is left where the upload has no line end at its end; an unclosed quote ends with its first line."""
        while self._rest:
            first, _, self._rest = self._rest.partition(b"\n")
            yield from _not_empty(first)
            yield from self.feed(b"")


def _not_empty(row: bytes) -> Iterator[bytes]:
    bare = row.strip(b"\r\x1e")
    if bare.strip():
        yield bare


async def cut(chunks: AsyncIterable[bytes], limit: int, *, quoted: bool) -> AsyncIterator[RawRow]:
    """The rows of a streamed upload."""
    cutter = RowCutter(limit, quoted=quoted)
    async for chunk in chunks:
        for row in cutter.feed(chunk):
            yield row
    for row in cutter.finish():
        yield row


class BadRow(Exception):
    """A row or header that cannot be read; the message may be shown, it holds nothing of the content."""


class CsvHeader:
    """The first row of a CSV upload: which column holds which field. `;` and tab are taken as separators, too."""

    def __init__(self, row: bytes, known: frozenset[str]) -> None:
        """Raises BadRow naming the columns that are not known; what is no plain name is named by its place."""
        text = decoded(row.removeprefix(b"\xef\xbb\xbf"))
        self._separator = max(",;\t", key=text.count)
        self.names = [name.strip() for name in self._split(text)]
        unknown = [shown_name(name, place) for place, name in enumerate(self.names, 1) if name not in known]
        if unknown:
            raise BadRow(f"the first row must name the columns; unknown: {', '.join(unknown[:20])}")
        twice = {name for name in self.names if self.names.count(name) > 1}
        if twice:
            raise BadRow(f"columns named twice: {', '.join(sorted(twice))}")

    def _split(self, text: str) -> list[str]:
        try:
            return next(csv.reader([text], delimiter=self._separator, strict=True))
        except csv.Error as error:
            raise BadRow(f"not CSV: {error}") from None

    def fields(self, row: bytes) -> dict[str, str]:
        """The fields of a row that are not empty. Raises BadRow."""
        cells = self._split(decoded(row))
        if len(cells) != len(self.names):
            raise BadRow(f"has {len(cells)} columns, the first row names {len(self.names)}")
        return {name: cell.strip() for name, cell in zip(self.names, cells, strict=True) if cell.strip()}


def decoded(row: bytes) -> str:
    """A row as text; BadRow where it is not UTF-8."""
    try:
        return row.decode()
    except UnicodeDecodeError as error:
        raise BadRow(f"not UTF-8: byte {error.start + 1} of the row") from None


def shown_name(name: str, place: int) -> str:
    """A column's name as it may be shown: what is no plain name may be an identity number."""
    return name if PLAIN_NAME.fullmatch(name) else f"column {place}"

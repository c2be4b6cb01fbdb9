"""How the engine's result chunks become one document.

The engine formats every chunk of a streamed result as a document of its own. For some formats documents in a row
are one longer document; some only repeat a head that can be cut off; the rest cannot be streamed and are made whole.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Join", "content_type", "join_for", "output_format"]

_COMMENT = rb"(?:\s|;|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_FORMAT_AT_END = re.compile(rb"\bFORMAT\s+(\w+)" + _COMMENT + rb"(?:SETTINGS\s[^()]*)?$", re.IGNORECASE | re.DOTALL)
_FORMAT_TAIL_BYTES = 4096

_TYPES = {
    "application/json": ("JSON", "JSONCompact", "JSONStrings", "JSONColumns", "JSONColumnsWithMetadata"),
    "application/x-ndjson": ("JSONEachRow", "JSONCompactEachRow", "JSONLines", "NDJSON"),
    "text/csv; charset=UTF-8; header=absent": ("CSV",),
    "text/csv; charset=UTF-8; header=present": ("CSVWithNames", "CSVWithNamesAndTypes"),
    "text/tab-separated-values; charset=UTF-8": ("TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw"),
    "application/xml; charset=UTF-8": ("XML",),
    "application/vnd.apache.parquet": ("Parquet",),
    "application/octet-stream": ("Native", "RowBinary", "RowBinaryWithNamesAndTypes", "Arrow", "ArrowStream"),
}
_CONTENT_TYPES = {name.lower(): kind for kind, names in _TYPES.items() for name in names}


def output_format(sql: bytes, default: str) -> str:
    """The format named at the end of a statement, else `default`."""
    found = _FORMAT_AT_END.search(sql[-_FORMAT_TAIL_BYTES:])
    return found[1].decode() if found else default


def content_type(fmt: str) -> str:
    return _CONTENT_TYPES.get(fmt.lower(), "text/plain; charset=UTF-8")


@dataclass(frozen=True, slots=True)
class Join:
    """How chunks of one format are joined: `cut_head` takes the repeated head off, `tail` ends the whole document."""

    cut_head: Callable[[bytes], bytes]
    tail: bytes = b""

    def piece(self, chunk: bytes, first: bool) -> bytes:
        body = chunk.removesuffix(self.tail) if self.tail else chunk
        return body if first else self.cut_head(body)


def join_for(fmt: str) -> Join | None:
    """The join for a format; None if a result in it must be made in one piece."""
    return _JOINS.get(fmt.lower())


def _without_lines(count: int, quoted: bool) -> Callable[[bytes], bytes]:
    """Cut `count` head lines; in CSV a quoted name may hold a line break."""
    line = rb'(?:[^"\n]|"(?:[^"]|"")*")*\n' if quoted else rb"[^\n]*\n"
    head = re.compile(b"(?:" + line + b"){%d}" % count)
    return lambda chunk: head.sub(b"", chunk, count=1)


def _without_binary_head(sections: int) -> Callable[[bytes], bytes]:
    """RowBinaryWithNames[AndTypes]: a varint count of columns, then for each section one string per column."""

    def cut(chunk: bytes) -> bytes:
        columns, at = _varint(chunk, 0)
        for _ in range(columns * sections):
            length, at = _varint(chunk, at)
            at += length
        return chunk[at:]

    return cut


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _without_arrow_schema(chunk: bytes) -> bytes:
    """An Arrow stream begins with its schema message: four bytes of 0xff, the length (int32) and the metadata."""
    return chunk[8 + int.from_bytes(chunk[4:8], "little") :]


_PLAIN = (
    "TabSeparated",
    "TSV",
    "TabSeparatedRaw",
    "TSVRaw",
    "Raw",
    "CSV",
    "TSKV",
    "LineAsString",
    "Native",
    "RowBinary",
)
_JSON_LINES = ("JSONEachRow", "JSONLines", "NDJSON", "JSONCompactEachRow", "JSONStringsEachRow")
_JOINS = {name.lower(): Join(lambda chunk: chunk) for name in _PLAIN + _JSON_LINES}
for _base in ("tabseparated", "tsv", "tabseparatedraw", "tsvraw", "jsoncompacteachrow", "csv"):
    _JOINS[_base + "withnames"] = Join(_without_lines(1, quoted=_base == "csv"))
    _JOINS[_base + "withnamesandtypes"] = Join(_without_lines(2, quoted=_base == "csv"))
_JOINS["rowbinarywithnames"] = Join(_without_binary_head(1))
_JOINS["rowbinarywithnamesandtypes"] = Join(_without_binary_head(2))
_JOINS["arrowstream"] = Join(_without_arrow_schema, tail=b"\xff\xff\xff\xff\x00\x00\x00\x00")

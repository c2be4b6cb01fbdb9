"""Native blocks as clients with a protocol revision expect them (clickhouse-go, and so dashboards built on it).

The engine writes Native without a revision. From revision 54454 on, a block begins with its *info* and every column has
a byte that says how it is serialized. Putting both in means finding where each column ends, type by type.
"""

import re

from .errors import ClickHouseError

__all__ = ["FIRST_REVISION", "with_revision"]

# DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION. Older revisions are answered without any: clickhouse-connect asks for
# one and takes what it gets.
FIRST_REVISION = 54454
_BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"  # no overflow rows, bucket -1
_DEFAULT_SERIALIZATION = b"\x00"

_WIDTHS = {
    **dict.fromkeys(("Int8", "UInt8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("Int16", "UInt16", "Enum16", "Date", "BFloat16"), 2),
    **dict.fromkeys(("Int32", "UInt32", "Float32", "Date32", "DateTime", "IPv4", "Decimal32", "Time"), 4),
    **dict.fromkeys(("Int64", "UInt64", "Float64", "DateTime64", "Decimal64", "Time64"), 8),
    **dict.fromkeys(("Int128", "UInt128", "UUID", "IPv6", "Decimal128"), 16),
    **dict.fromkeys(("Int256", "UInt256", "Decimal256"), 32),
}
_INDEX_WIDTHS = (1, 2, 4, 8)
_DECIMAL_WIDTHS = ((9, 4), (18, 8), (38, 16), (76, 32))
_TYPE = re.compile(r"(\w+)(?:\((.*)\))?$", re.DOTALL)
_NAMED = re.compile(r"(?:`(?:[^`\\]|\\.)*`|\w+) (?=\S)")


def with_revision(blocks: bytes) -> bytes:
    """The same blocks with block info and serialization bytes. Raises NOT_IMPLEMENTED for a type not known here."""
    out: list[bytes] = []
    at = 0
    while at < len(blocks):
        start = at
        columns, at = _varint(blocks, at)
        rows, at = _varint(blocks, at)
        out += [_BLOCK_INFO, blocks[start:at]]
        for _ in range(columns):
            start = at
            at = _string_end(blocks, at)
            length, named = _varint(blocks, at)
            at = named + length
            column_type = blocks[named:at].decode()
            out += [blocks[start:at], _DEFAULT_SERIALIZATION]
            start = at
            if rows:
                at = _data_end(column_type, blocks, rows, _prefix_end(column_type, at))
            out.append(blocks[start:at])
    return b"".join(out)


def _split(text: str) -> tuple[str, list[str]]:
    """`Map(String, Array(UInt8))` -> `Map`, [`String`, `Array(UInt8)`]."""
    found = _TYPE.match(text)
    if not found:
        raise ClickHouseError.made_here(48, "NOT_IMPLEMENTED", f"Native with a revision: type {text}")
    arguments, depth, quoted, start = [], 0, "", 0
    inner = found[2] or ""
    for at, mark in enumerate(inner):
        if quoted:
            quoted = "" if mark == quoted and inner[at - 1] != "\\" else quoted
        elif mark in "'`":
            quoted = mark
        elif mark == "," and depth == 0:
            arguments.append(inner[start:at].strip())
            start = at + 1
        else:
            depth += (mark == "(") - (mark == ")")
    return found[1], [*arguments, inner[start:].strip()] if inner else []


def _elements(name: str, arguments: list[str]) -> list[str]:
    """Types of what a tuple or map holds; tuple elements may have names."""
    return [_NAMED.sub("", a, count=1) if name == "Tuple" else a for a in arguments]


def _prefix_end(column_type: str, at: int) -> int:
    """State that comes before a column's data: eight bytes for every LowCardinality in it."""
    name, arguments = _split(column_type)
    if name == "LowCardinality":
        return at + 8
    if name in ("Array", "Nullable"):
        return _prefix_end(arguments[0], at)
    if name == "SimpleAggregateFunction":
        return _prefix_end(arguments[1], at)
    if name in ("Tuple", "Map"):
        for element in _elements(name, arguments):
            at = _prefix_end(element, at)
    return at


def _data_end(column_type: str, data: bytes, rows: int, at: int) -> int:
    """Where `rows` values of a type end."""
    if rows == 0:
        return at
    name, arguments = _split(column_type)
    if name in _WIDTHS:
        return at + rows * _WIDTHS[name]
    if name == "String":
        for _ in range(rows):
            at = _string_end(data, at)
        return at
    if name == "FixedString":
        return at + rows * int(arguments[0])
    if name == "Decimal":
        precision = int(arguments[0])
        return at + rows * next(width for limit, width in _DECIMAL_WIDTHS if precision <= limit)
    if name == "SimpleAggregateFunction":
        return _data_end(arguments[1], data, rows, at)
    if name == "Nullable":
        return _data_end(arguments[0], data, rows, at + rows)
    if name == "LowCardinality":
        return _low_cardinality_end(arguments[0], data, at)
    if name == "Tuple":
        for element in _elements(name, arguments):
            at = _data_end(element, data, rows, at)
        return at
    if name in ("Array", "Map"):
        inner = int.from_bytes(data[at + 8 * (rows - 1) : at + 8 * rows], "little")
        at += 8 * rows
        for element in arguments:
            at = _data_end(element, data, inner, at)
        return at
    if name.startswith("Interval"):
        return at + 8 * rows
    raise ClickHouseError.made_here(48, "NOT_IMPLEMENTED", f"Native with a revision: type {column_type}")


def _low_cardinality_end(inner: str, data: bytes, at: int) -> int:
    """Flags, the dictionary's size and values, the rows' count and indexes into it."""
    width = _INDEX_WIDTHS[data[at]]
    keys = int.from_bytes(data[at + 8 : at + 16], "little")
    name, arguments = _split(inner)
    at = _data_end(arguments[0] if name == "Nullable" else inner, data, keys, at + 16)
    return at + 8 + width * int.from_bytes(data[at : at + 8], "little")


def _string_end(data: bytes, at: int) -> int:
    length, at = _varint(data, at)
    return at + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7

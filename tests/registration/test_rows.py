"""Cutting uploads into rows."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.registration.rows import BadRow, CsvHeader, RowCutter, TooLong

KNOWN = frozenset({"id", "name", "from"})
cells = st.text(st.characters(exclude_characters="\r\x00\x1e", exclude_categories=["Cs"]), min_size=1, max_size=12)


def cut(data: bytes, sizes: list[int], *, limit: int = 1000, quoted: bool = False) -> list[object]:
    cutter, rows, start = RowCutter(limit, quoted=quoted), [], 0
    for size in sizes:
        rows += cutter.feed(data[start : start + size])
        start += size
    return [*rows, *cutter.feed(data[start:]), *cutter.finish()]


@given(st.lists(st.binary(max_size=30)), st.lists(st.integers(1, 20)), st.booleans(), st.integers(1, 40))
@example([b'"a', b"b"], [], True, 40)
@example([b'"aaaa', b"b", b'c"', b"d"], [3, 4], True, 4)
def test_how_an_upload_is_divided_into_chunks_changes_nothing(lines, sizes, quoted, limit):
    data = b"\n".join(lines)
    assert cut(data, sizes, limit=limit, quoted=quoted) == cut(data, [], limit=limit, quoted=quoted)


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b""))))
def test_rows_are_the_lines_that_are_not_empty(lines):
    expected = [line.strip(b"\r\x1e") for line in lines if line.strip(b"\r\x1e").strip()]
    assert cut(b"\n".join(lines), []) == expected


@given(st.lists(st.tuples(cells, cells), min_size=1), st.lists(st.integers(1, 20)), st.sampled_from(",;\t"))
def test_csv_comes_back_as_it_was_written_whatever_is_in_the_cells(rows, sizes, separator):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows([("id", "name"), *rows])
    header, *raw = cut(text.getvalue().encode(), sizes, limit=10_000, quoted=True)
    read = [CsvHeader(header, KNOWN).fields(row) for row in raw]
    kept = [row for row in rows if _is_a_row(row, separator)]
    assert read == [{n: c.strip() for n, c in zip(("id", "name"), row, strict=True) if c.strip()} for row in kept]


def _is_a_row(row: tuple[str, str], separator: str) -> bool:
    return bool("".join(row).strip() or separator.strip() or any('"' in cell or "\n" in cell for cell in row))


def test_a_row_that_is_too_long_is_refused_once_and_the_next_is_read():
    data = b"a" * 50 + b"\n" + b"b" * 10 + b"\n" + b"c" * 11
    for sizes in ([], [1] * 80, [51], [50]):
        assert cut(data, sizes, limit=10) == [TooLong(10), b"b" * 10, TooLong(10)]


def test_a_quote_that_is_never_closed_spoils_one_row():
    data = b'1,a\n2,"b\n3,c\n' + b"4,d\n" * 10
    rows = cut(data, [], limit=20, quoted=True)
    assert rows[:2] == [b"1,a", TooLong(20)]
    assert rows[2:] == [b"3,c"] + [b"4,d"] * 10


def test_a_quote_not_closed_at_the_end_spoils_one_row():
    assert cut(b'1,a\n2,"b\n3,c\n', [], quoted=True) == [b"1,a", b'2,"b', b"3,c"]
    with pytest.raises(BadRow, match="not CSV"):
        CsvHeader(b"id,name", KNOWN).fields(b'2,"b')


def test_a_byte_order_mark_and_other_separators_are_taken():
    for header, row in ((b"\xef\xbb\xbfid,name", b"1,b"), (b"id;name", b"1;b"), (b"id\tname", b"1\tb")):
        assert CsvHeader(header, KNOWN).fields(row) == {"id": "1", "name": "b"}


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"id,surname", "unknown: surname"),
        (b"id,091185900123", "unknown: column 2"),
        (b"id,name,id", "named twice: id"),
        (b"id,\xff", "not UTF-8"),
        (b'id,"name', "not CSV"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused_without_showing_what_may_be_a_number(header, why):
    with pytest.raises(BadRow, match=why):
        CsvHeader(header, KNOWN)


def test_a_row_of_another_width_is_refused():
    with pytest.raises(BadRow, match="has 3 columns, the first row names 2"):
        CsvHeader(b"id,name", KNOWN).fields(b"1,2,3")

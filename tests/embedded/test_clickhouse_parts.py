"""The endpoint's own decisions, without the engine."""

import pytest

from deploy.embedded.clickhouse_http.encoding import Encoder, choose_encoding, decode_body
from deploy.embedded.clickhouse_http.errors import ClickHouseError
from deploy.embedded.clickhouse_http.formats import output_format
from deploy.embedded.clickhouse_http.lanes import Lanes
from deploy.embedded.clickhouse_http.statement import changes_session, insert_head, is_select


@pytest.mark.parametrize(
    ("text", "sql", "settings", "fmt", "data"),
    [
        (b"INSERT INTO t FORMAT CSV\n1,2\n", "INSERT INTO t ", "", "CSV", b"1,2\n"),
        (b"insert into t (a, `format`) format Native\r\n\x00\n", "insert into t (a, `format`) ", "", "Native", b"\x00\n"),
        (b'-- x\nINSERT INTO "select" SETTINGS a=1 FORMAT RowBinary ', '-- x\nINSERT INTO "select" ', "SETTINGS a=1 ", "RowBinary", b""),
        (b"INSERT INTO settings FORMAT CSV\n1", "INSERT INTO settings ", "", "CSV", b"1"),
        (b"INSERT INTO t FORMAT JSONEachRow {}", "INSERT INTO t ", "", "JSONEachRow", b"{}"),
    ],
)  # fmt: skip
def test_an_insert_is_split_into_head_and_data(text: bytes, sql: str, settings: str, fmt: str, data: bytes) -> None:
    head = insert_head(text)
    assert head is not None
    assert (head.sql, head.settings, head.fmt, text[head.data_at :]) == (sql, settings, fmt, data)


@pytest.mark.parametrize(
    "text",
    [
        b"INSERT INTO t VALUES (1)",
        b"INSERT INTO t SELECT 1 FORMAT Null",
        b"INSERT INTO t WITH 1 AS x SELECT x",
        b"INSERT INTO {name:Identifier} FORMAT CSV\n1",
        b"SELECT 'INSERT INTO t FORMAT CSV'",
        b"INSERT INTO t",
    ],
)
def test_other_statements_are_left_whole(text: bytes) -> None:
    assert insert_head(text) is None


def test_the_format_is_read_from_the_end_of_a_statement() -> None:
    assert output_format(b"SELECT 1 FORMAT JSON", "TSV") == "JSON"
    assert output_format(b"SELECT 1 format CSV ; -- done\n", "TSV") == "CSV"
    assert output_format(b"SELECT 1 FORMAT CSV SETTINGS max_threads = 1", "TSV") == "CSV"
    assert output_format(b"SELECT ' FORMAT CSV'", "TSV") == "TSV"
    assert output_format(b"SELECT a AS format FROM t", "TSV") == "TSV"


def test_selects_and_session_changes_are_told_apart() -> None:
    assert is_select(b"/* c */ WITH 1 AS x SELECT x")
    assert is_select(b"((SELECT 1))")
    assert not is_select(b"SHOW TABLES")
    assert changes_session(b"-- c\n use x")
    assert not changes_session(b"SELECT 1")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd"])
def test_what_is_encoded_piece_by_piece_decodes_to_the_same(encoding: str) -> None:
    encoder = Encoder(encoding)
    pieces = [encoder.encode(b"one " * 100), encoder.encode(b"two"), encoder.finish()]
    assert all(pieces[:2])  # every piece comes out at once
    assert b"".join(decode_body(pieces, encoding)) == b"one " * 100 + b"two"


@pytest.mark.parametrize("encoding", ["gzip", "lz4", "zstd"])
def test_a_damaged_or_cut_body_is_refused(encoding: str) -> None:
    encoder = Encoder(encoding)
    whole = encoder.encode(b"x" * 1000) + encoder.finish()
    for body in (b"not compressed", whole[: len(whole) // 2]):
        with pytest.raises(ClickHouseError):
            list(decode_body([body], encoding))


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(ClickHouseError, match="UNKNOWN_COMPRESSION_METHOD"):
        list(decode_body([b"x"], "br"))


def test_the_cheapest_encoding_offered_is_chosen() -> None:
    assert choose_encoding("gzip, deflate;q=0.5, zstd, lz4") == "lz4"
    assert choose_encoding("br, identity") is None


def test_a_shape_of_query_is_remembered_without_its_literals() -> None:
    lanes = Lanes()
    with lanes.ride(b"SELECT * FROM t WHERE name = 'a' LIMIT 10", {}) as ride:
        assert not ride.small
        ride.result_bytes = 10
    with lanes.ride(b"SELECT * FROM t WHERE name = 'other' LIMIT 20", {}) as ride:
        assert ride.small
    with lanes.ride(b"SELECT * FROM t WHERE name = 'a' LIMIT 1000000", {}) as ride:
        assert not ride.small


def test_a_shape_that_read_few_rows_is_light_the_next_time() -> None:
    lanes = Lanes()
    light = []
    for read_rows in (1_000, 10_000_000, 1_000):
        with lanes.ride(b"SELECT * FROM t", {}) as ride:
            light.append(ride.light)
            ride.read_rows = read_rows
    assert light == [False, True, False]

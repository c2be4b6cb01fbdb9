"""clickhouse-connect and curl's way of asking, against the real engine."""

import gzip
import json
from datetime import UTC, datetime

import clickhouse_connect
import lz4.frame
import pyarrow.parquet
import pytest
from backports import zstd
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.external import ExternalData

from deploy.embedded.clickhouse_http.native import with_revision

from .conftest import Endpoint

PEOPLE = """CREATE TABLE people (
    number UInt64, name String, joined DateTime64(3, 'UTC'), left Nullable(DateTime('UTC')),
    schemes Array(LowCardinality(String)), marks Map(String, UInt8)
) ENGINE = ReplacingMergeTree ORDER BY number"""
COLUMNS = ["number", "name", "joined", "left", "schemes", "marks"]
JOINED = datetime(2020, 5, 10, 2, 0, tzinfo=UTC)


def _people(count: int) -> list[list[object]]:
    return [[n, f"người {n}", JOINED, None, ["health", "voluntary_si"], {"new": n % 2}] for n in range(count)]


def _naive(row: list[object]) -> tuple[object, ...]:
    return tuple(value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row)


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip", False])
def test_rows_come_back_as_they_were_inserted(endpoint: Endpoint, compression: str | bool) -> None:
    client = endpoint.client(compress=compression)
    client.command(PEOPLE)
    summary = client.insert("people", _people(500), column_names=COLUMNS)
    assert summary.written_rows == 500
    assert client.query("SELECT * FROM people ORDER BY number").result_rows == [_naive(row) for row in _people(500)]
    client.close()


def test_bound_parameters_reach_the_engine_unharmed(client: Client) -> None:
    values = {"text": "it's \t a \\ \n line", "list": ["a'b", "ế"], "at": datetime(2020, 5, 10), "number": 7}
    sql = "SELECT {text:String}, {list:Array(String)}, {at:DateTime}, {number:UInt8}"
    assert client.query(sql, parameters=values).result_rows == [tuple(values.values())]


def test_a_parameter_too_long_for_a_url_is_sent_as_a_form(endpoint: Endpoint) -> None:
    client = endpoint.client(form_encode_query_params=True)
    text = "x" * 200_000
    assert client.query("SELECT {text:String}", parameters={"text": text}).result_rows == [(text,)]
    client.close()


def test_a_table_can_be_sent_along_with_a_query(client: Client) -> None:
    wanted = ExternalData(file_name="wanted.csv", data=b"1\n3\n", fmt="CSV", structure=["number UInt64"])
    for _ in range(2):  # it is gone after the query, so that the same name can be used again
        rows = client.query("SELECT sum(number) FROM wanted", external_data=wanted).result_rows
        assert rows == [(4,)]


def test_settings_hold_for_one_query_only(client: Client) -> None:
    asked = "SELECT getSetting('max_block_size')"
    default = client.query(asked).result_rows
    assert client.query(asked, settings={"max_block_size": 1234}).result_rows == [(1234,)]
    assert client.query(asked).result_rows == default


async def test_the_async_client_works_alike(endpoint: Endpoint) -> None:
    client = await clickhouse_connect.get_async_client(
        host="127.0.0.1", port=endpoint.port, password=endpoint.password, database=endpoint.database
    )
    await client.command(PEOPLE)
    assert (await client.insert("people", _people(10), column_names=COLUMNS)).written_rows == 10
    assert (await client.query("SELECT count() FROM people")).result_rows == [(10,)]
    await client.close()


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("lz4", lz4.frame.compress), ("zstd", zstd.compress)]
)
def test_a_compressed_body_may_come_in_several_frames(endpoint: Endpoint, encoding: str, compress) -> None:
    endpoint.request("CREATE TABLE t (a UInt64, b String) ENGINE = MergeTree ORDER BY a")
    body = compress(b"1,one\n") + compress(b"2,two\n")
    headers = {**endpoint.auth, "Content-Encoding": encoding}
    status, answer, _ = endpoint.request(body, headers, query="INSERT INTO t (a, b) FORMAT CSV")
    assert status == 200
    assert json.loads(answer["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert endpoint.request("SELECT * FROM t ORDER BY a FORMAT CSV")[2] == b'1,"one"\n2,"two"\n'


def test_a_body_sent_as_urlencoded_is_still_a_statement(endpoint: Endpoint) -> None:
    headers = {**endpoint.auth, "Content-Type": "application/x-www-form-urlencoded"}
    assert endpoint.request("SELECT 'a=b&c' FORMAT TSV", headers)[2] == b"a=b&c\n"


def test_get_reads_but_changes_nothing(endpoint: Endpoint) -> None:
    assert endpoint.request(method="GET", query="SELECT 1")[2] == b"1\n"
    status, headers, _ = endpoint.request(method="GET", query="CREATE TABLE t (a Int8) ENGINE = Memory")
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (500, "164")


def test_results_are_compressed_when_asked_for(endpoint: Endpoint) -> None:
    headers = {**endpoint.auth, "Accept-Encoding": "gzip"}
    sql = "SELECT number FROM numbers(2000) FORMAT CSV"
    _, answer, body = endpoint.request(sql, headers, enable_http_compression=1)
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).count(b"\n") == 2000
    assert "Content-Encoding" not in endpoint.request(sql, headers)[1]


def test_every_format_is_one_document_however_large(endpoint: Endpoint, client: Client, tmp_path) -> None:
    sql = "SELECT number, toString(number) AS text FROM numbers(300000)"
    assert client.raw_query(sql, fmt="CSVWithNames").count(b'"number"') == 1
    assert client.raw_query(sql, fmt="TSVWithNamesAndTypes").count(b"UInt64") == 1
    assert len(json.loads(client.raw_query(sql, fmt="JSON"))["data"]) == 300_000
    assert client.query_arrow(sql).num_rows == 300_000
    with client.query_arrow_stream(sql) as batches:
        assert sum(batch.num_rows for batch in batches) == 300_000
    binary = client.raw_query("SELECT number FROM numbers(300000)", fmt="RowBinaryWithNamesAndTypes")
    assert len(binary) == 300_000 * 8 + len(b"\x01\x06number\x06UInt64")
    (tmp_path / "rows.parquet").write_bytes(client.raw_query(sql, fmt="Parquet"))
    assert pyarrow.parquet.read_table(tmp_path / "rows.parquet").num_rows == 300_000
    assert client.raw_query(f"{sql} WHERE number < 0", fmt="CSVWithNames") == b'"number","text"\n'


NATIVE_TYPES = """SELECT number, toString(number), toLowCardinality(toString(number % 7)), toNullable(number),
    [toLowCardinality('a')], CAST([] AS Array(LowCardinality(String))), map('k', [number]), NULL, [],
    CAST((1, 'x') AS Tuple(a UInt8, `b, c` String)), toDecimal64(1.5, 3), CAST(1 AS Decimal(38, 2)), now64(3),
    generateUUIDv4(), toIPv6('::1'), CAST('(b' AS Enum8('a,' = 1, '(b' = 2)), toFixedString('abc', 5), INTERVAL 1 DAY
    FROM numbers(1000) FORMAT Native"""


def test_native_is_given_in_the_revision_a_client_asks_for(endpoint: Endpoint) -> None:
    """Revision 54454 and later (clickhouse-go): info before a block, a byte before each column's data."""
    plain, revised = (
        endpoint.request("SELECT 1 AS a, 'x' AS b FORMAT Native", client_protocol_version=v)[2] for v in (0, 54460)
    )
    assert plain == b"\x02\x01\x01a\x05UInt8\x01\x01b\x06String\x01x"
    assert revised == b"\x01\0\x02\xff\xff\xff\xff\0\x02\x01\x01a\x05UInt8\0\x01\x01b\x06String\0\x01x"


def test_the_end_of_every_native_column_is_found(endpoint: Endpoint) -> None:
    _, headers, plain = endpoint.request(NATIVE_TYPES)
    assert headers["X-ClickHouse-Format"] == "Native"
    columns = plain[0]
    assert len(with_revision(plain)) == len(plain) + 8 + columns
    status, _, answer = endpoint.request("SELECT CAST(1 AS Dynamic) FORMAT Native", client_protocol_version=54460)
    assert (status, b"NOT_IMPLEMENTED" in answer) == (501, True)


def test_ping_needs_no_password(endpoint: Endpoint) -> None:
    assert endpoint.request(path="/ping", method="GET", headers={})[2] == b"Ok.\n"
    assert endpoint.request(path="/nowhere", method="GET", headers={})[0] == 404

"""Errors have ClickHouse's code, name and text, before and in the middle of an answer."""

import base64
import http.client

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from .conftest import Endpoint

FAILS_LATE = "SELECT number, throwIf(number = 2000000, 'too far') FROM numbers(3000000)"


@pytest.mark.parametrize(
    ("sql", "status", "code", "name"),
    [
        ("SELECT nope", 404, "47", "UNKNOWN_IDENTIFIER"),
        ("SELECT * FROM nowhere", 404, "60", "UNKNOWN_TABLE"),
        ("SELEC 1", 400, "62", "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", 400, "62", "SYNTAX_ERROR"),
        ("SELECT {missing:UInt8}", 404, "456", "UNKNOWN_QUERY_PARAMETER"),
        ("INSERT INTO nowhere FORMAT CSV\n1\n", 404, "60", "UNKNOWN_TABLE"),
    ],
)
def test_an_error_has_code_name_and_status(endpoint: Endpoint, sql: str, status: int, code: str, name: str) -> None:
    answered, headers, body = endpoint.request(sql)
    assert (answered, headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert body.startswith(f"Code: {code}. DB::Exception: ".encode())
    assert f"({name})".encode() in body


def test_an_unknown_setting_or_database_is_refused(endpoint: Endpoint) -> None:
    assert endpoint.request("SELECT 1", no_such_setting=1)[1]["X-ClickHouse-Exception-Code"] == "115"
    assert endpoint.request("SELECT 1", database="nowhere")[1]["X-ClickHouse-Exception-Code"] == "81"


def test_a_bad_row_refuses_the_whole_insert(endpoint: Endpoint) -> None:
    endpoint.request("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    status, _, body = endpoint.request("INSERT INTO t FORMAT CSV\n1\nnot a number\n")
    assert status == 400
    assert b"(at row 2)" in body
    assert endpoint.request("SELECT count() FROM t")[2] == b"0\n"


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip", False])
def test_an_error_in_mid_stream_reaches_the_client(endpoint: Endpoint, compression: str | bool) -> None:
    client = endpoint.client(compress=compression)
    for _ in range(2):
        with pytest.raises(DatabaseError, match="too far"):
            client.query(FAILS_LATE)
        assert client.query("SELECT 1").result_rows == [(1,)]
    client.close()


def test_an_error_in_mid_stream_cuts_the_answer(endpoint: Endpoint) -> None:
    """A client that knows nothing of ClickHouse's markers must not take the part for the whole."""
    with pytest.raises(http.client.IncompleteRead) as cut:
        endpoint.request(FAILS_LATE)
    assert b"__exception__" in cut.value.partial
    assert b"FUNCTION_THROW_IF_VALUE_IS_NON_ZERO" in cut.value.partial


def test_waiting_for_the_end_gives_an_error_its_own_status(endpoint: Endpoint) -> None:
    status, headers, body = endpoint.request(FAILS_LATE, wait_end_of_query=1)
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (500, "395")
    assert body.startswith(b"Code: 395.")


def test_rows_of_a_failed_query_do_not_come_out_of_the_next(client: Client) -> None:
    """The engine keeps what a failed query had produced, and would send it before the next result."""
    for _ in range(3):
        with pytest.raises(DatabaseError):
            client.query("SELECT throwIf(number = 20000) FROM numbers(30000) SETTINGS max_block_size = 1000")
        assert client.query("SELECT 1").result_rows == [(1,)]


def test_the_password_may_come_in_any_of_clickhouses_ways(endpoint: Endpoint) -> None:
    basic = base64.b64encode(f"{endpoint.user}:{endpoint.password}".encode()).decode()
    assert endpoint.request("SELECT 1", {"Authorization": f"Basic {basic}"})[0] == 200
    assert endpoint.request("SELECT 1", {}, user=endpoint.user, password=endpoint.password)[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-ClickHouse-User": "default", "X-ClickHouse-Key": "wrong"},
        {"X-ClickHouse-User": "nobody", "X-ClickHouse-Key": ""},
        {"Authorization": "Basic " + base64.b64encode(b"default:wrong").decode()},
    ],
)
def test_a_wrong_password_is_refused(endpoint: Endpoint, headers: dict[str, str]) -> None:
    status, answer, body = endpoint.request("SELECT 1", headers)
    assert (status, answer["X-ClickHouse-Exception-Code"]) == (403, "516")
    assert b"AUTHENTICATION_FAILED" in body


def test_native_block_compression_is_refused_by_name(endpoint: Endpoint) -> None:
    assert endpoint.request("SELECT 1", compress=1)[0] == 501

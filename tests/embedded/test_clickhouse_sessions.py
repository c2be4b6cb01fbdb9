"""Sessions keep temporary tables, SET and USE; without one nothing is kept."""

from concurrent.futures import ThreadPoolExecutor

from tests.support.waiting import until

from .conftest import Endpoint


def _rows(endpoint: Endpoint, sql: str, **arguments: object) -> str:
    status, _, body = endpoint.request(sql, **arguments)
    assert status == 200, body
    return body.decode().strip()


def test_a_session_keeps_its_temporary_table(endpoint: Endpoint) -> None:
    _rows(endpoint, "CREATE TEMPORARY TABLE mine (a UInt8)", session_id="s1")
    _rows(endpoint, "INSERT INTO mine FORMAT CSV\n1\n2\n", session_id="s1")
    assert _rows(endpoint, "SELECT sum(a) FROM mine", session_id="s1") == "3"
    assert endpoint.request("SELECT * FROM mine", session_id="s2")[0] == 404
    assert endpoint.request("SELECT * FROM mine")[0] == 404


def test_set_lasts_in_a_session_and_nowhere_else(endpoint: Endpoint) -> None:
    asked = "SELECT getSetting('max_block_size')"
    default = _rows(endpoint, asked)
    _rows(endpoint, "SET max_block_size = 777", session_id="s3")
    _rows(endpoint, "SET max_block_size = 777")
    assert _rows(endpoint, asked, session_id="s3") == "777"
    assert _rows(endpoint, asked, session_id="s3", max_block_size=5) == "5"
    assert _rows(endpoint, asked, session_id="s3") == "777"
    assert _rows(endpoint, asked) == default


def test_use_lasts_in_a_session(endpoint: Endpoint) -> None:
    asked = "SELECT currentDatabase()"
    _rows(endpoint, f"USE {endpoint.database}", session_id="s4", database="")
    assert _rows(endpoint, asked, session_id="s4", database="") == endpoint.database
    assert _rows(endpoint, asked, session_id="s4", database="system") == "system"
    assert _rows(endpoint, asked, session_id="s4", database="") == endpoint.database
    assert _rows(endpoint, asked, database="") == "default"


def test_a_session_is_one_clients_at_a_time(endpoint: Endpoint) -> None:
    with ThreadPoolExecutor(2) as clients:
        asked = [clients.submit(endpoint.request, "SELECT sleep(2)", session_id="s5") for _ in range(2)]
    codes = [answer.result()[1].get("X-ClickHouse-Exception-Code") for answer in asked]
    assert sorted(codes, key=str) == ["373", None]


def test_a_session_asked_for_by_check_must_exist(endpoint: Endpoint) -> None:
    headers = endpoint.request("SELECT 1", session_id="never", session_check=1)[1]
    assert headers["X-ClickHouse-Exception-Code"] == "372"


def test_a_session_ends_after_its_timeout(endpoint: Endpoint) -> None:
    _rows(endpoint, "SELECT 1", session_id="s6", session_timeout=0)
    until(
        lambda: endpoint.request("SELECT 1", session_id="s6", session_check=1, session_timeout=0)[0] == 500,
        "the session forgotten",
    )

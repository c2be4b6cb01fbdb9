"""Large results and inserts in bounded memory, quick queries beside slow ones, kill -9."""

import http.client
import statistics
import threading
import time
from pathlib import Path

import psutil

from deploy.embedded.stack import EmbeddedStack
from tests.support.waiting import until

from .conftest import Endpoint

MIB = 1024 * 1024


def test_a_large_result_is_streamed_in_bounded_memory(clickhouse: EmbeddedStack, endpoint: Endpoint) -> None:
    process = psutil.Process(clickhouse.pid("clickhouse"))
    before = process.memory_info().rss
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=60)
    sql = "SELECT number, repeat('x', 100) FROM numbers(10000000) FORMAT TSV"
    connection.request("POST", "/", body=sql, headers=endpoint.auth)
    response = connection.getresponse()
    size = peak = 0
    while piece := response.read(4 * MIB):
        size += len(piece)
        peak = max(peak, process.memory_info().rss)
    connection.close()
    assert size > 1000 * MIB
    assert peak - before < 600 * MIB


def test_a_large_insert_is_streamed_in_bounded_memory(clickhouse: EmbeddedStack, endpoint: Endpoint) -> None:
    endpoint.request("CREATE TABLE t (a UInt64, b String) ENGINE = Null")
    process = psutil.Process(clickhouse.pid("clickhouse"))
    before = process.memory_info().rss
    row = b"1," + b"x" * 100 + b"\n"
    block = row * (4 * MIB // len(row))
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=60)
    target = f"/?database={endpoint.database}&query=INSERT+INTO+t+FORMAT+CSV"
    peak = 0

    def blocks():
        nonlocal peak
        for _ in range(128):
            yield block
            peak = max(peak, process.memory_info().rss)

    connection.request("POST", target, body=blocks(), headers=endpoint.auth, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()
    assert peak - before < 400 * MIB


def test_a_client_that_leaves_stops_its_query(endpoint: Endpoint) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=60)
    sql = "SELECT number, repeat('abandoned', 10) FROM system.numbers FORMAT TSV"
    connection.request("POST", "/", body=sql, headers=endpoint.auth)
    connection.getresponse().read(MIB)
    connection.close()
    running = "SELECT count() FROM system.processes WHERE query LIKE '%abandoned%' AND query NOT LIKE '%processes%'"
    until(lambda: endpoint.request(running)[2] == b"0\n", "the query gone")


def test_quick_queries_do_not_wait_for_slow_ones(endpoint: Endpoint) -> None:
    slow_sql = "SELECT uniqExact(cityHash64(number)) FROM numbers(3000000)"
    endpoint.request(slow_sql)  # now its shape is known to be slow
    threads = [threading.Thread(target=endpoint.request, args=(slow_sql,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    waits = []
    while any(thread.is_alive() for thread in threads):
        started = time.perf_counter()
        assert endpoint.request("SELECT 1")[2] == b"1\n"
        waits.append(time.perf_counter() - started)
    for thread in threads:
        thread.join()
    assert statistics.median(waits) < 0.25


def test_acknowledged_rows_survive_kill_9(tmp_path: Path) -> None:
    """Rows are sent until the process is killed; every one that was acknowledged is there when it is back."""
    lines: list[str] = []
    with EmbeddedStack(tmp_path, only={"clickhouse"}, say=lines.append) as stack:
        endpoint = Endpoint(stack, "default")
        endpoint.request("CREATE TABLE kept (a UInt64) ENGINE = MergeTree ORDER BY a")
        acknowledged: set[int] = set()
        inserting = threading.Thread(target=_insert_until_it_breaks, args=(endpoint, acknowledged))
        inserting.start()
        until(lambda: len(acknowledged) > 50, "rows acknowledged")
        stack.kill("clickhouse")
        inserting.join()
        until(lambda: lines, "the death reported")
        stack.wait_ready("clickhouse")
        present = {int(line) for line in endpoint.request("SELECT a FROM kept")[2].split()}
    assert acknowledged <= present
    assert len(present - acknowledged) <= 1  # the one under way when it was killed
    assert "SIGKILL" in lines[0]


def _insert_until_it_breaks(endpoint: Endpoint, acknowledged: set[int]) -> None:
    while True:
        number = len(acknowledged)
        try:
            status = endpoint.request(f"INSERT INTO kept FORMAT CSV\n{number}\n")[0]
        except (OSError, http.client.HTTPException):
            return
        assert status == 200
        acknowledged.add(number)


def test_a_light_statement_runs_in_one_thread_unless_it_is_asked_otherwise(endpoint: Endpoint) -> None:
    threads = "SELECT getSetting('max_threads') FORMAT TSV"
    assert [endpoint.request(threads)[2] for _ in range(2)][-1] == b"1\n"
    assert endpoint.request(threads, max_threads=3)[2] == b"3\n"
    for _ in range(2):
        endpoint.request("SET max_threads = 5", session_id="own")
        assert endpoint.request(threads, session_id="own")[2] == b"5\n"


def test_the_engine_has_this_places_settings(endpoint: Endpoint) -> None:
    sql = "SELECT value FROM system.merge_tree_settings WHERE name = 'min_parts_to_merge_at_once' FORMAT TSV"
    assert endpoint.request(sql)[2] == b"10\n"
    assert endpoint.request("SELECT getSetting('local_filesystem_read_method') FORMAT TSV")[2] == b"pread\n"

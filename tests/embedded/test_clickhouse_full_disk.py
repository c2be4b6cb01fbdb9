"""A disk without room: what was not kept is not acknowledged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.stack import EmbeddedStack
from tests.chaos.full_disk import Disk, disk_of

from .conftest import Endpoint

TABLE = "CREATE TABLE rows_kept (id UInt32, text String) ENGINE = MergeTree ORDER BY id"
NOT_ENOUGH_SPACE = b"(NOT_ENOUGH_SPACE)"


@pytest.fixture(params=["mounted", "limited"])
def on_a_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Endpoint, Disk]]:
    """ClickHouse with a disk of its own that can be filled; by a limit on writing where none can be mounted."""
    may_mount = request.param == "mounted"
    with (
        disk_of(tmp_path / "clickhouse", lambda: stack.pid("clickhouse"), may_mount=may_mount) as disk,
        EmbeddedStack(tmp_path, only={"clickhouse"}) as stack,
    ):
        yield Endpoint(stack, "default"), disk


def rows(first: int, count: int) -> bytes:
    return b"".join(b'{"id": %d, "text": "a row"}\n' % number for number in range(first, first + count))


def test_every_acknowledged_row_is_there_after_the_disk_was_full(on_a_disk: tuple[Endpoint, Disk]) -> None:
    endpoint, disk = on_a_disk
    assert endpoint.request(TABLE)[0] == 200
    kept = refused = 0
    for turn in range(12):
        if turn in (3, 8):
            disk.fill()
        if turn in (6, 10):
            disk.empty()
        status, _, answer = endpoint.request(b"INSERT INTO rows_kept FORMAT JSONEachRow\n" + rows(100 * turn, 100))
        kept += status == 200
        refused += NOT_ENOUGH_SPACE in answer
        assert status == 200 or NOT_ENOUGH_SPACE in answer, answer
    assert refused, "the disk was never full"
    assert endpoint.request("SELECT count() FROM rows_kept FORMAT TSV")[2] == b"%d\n" % (100 * kept)

"""A part that ClickHouse cannot read, as it leaves one when its disk becomes full in a merge, stops nothing for long."""

from pathlib import Path

import pytest

from services.aggregator.broken_parts import SET_ASIDE
from services.shared.clickhouse_store import BROKEN_PART_CODES
from services.shared.errors import StoreError
from tests.aggregator.place import Place, assert_as_the_oracle_counts
from tests.support import counted
from tests.support.log_of_events import mixed_log
from tests.support.waiting import until


def break_merged_part(place: Place, table: str) -> None:
    """Merge the table into one part and leave its marks file empty."""
    store = place.store
    store.command(f"OPTIMIZE TABLE {table} FINAL")
    where = "database = {d:String} AND table = {t:String} AND active AND level > 0"
    parts = store.query(f"SELECT path FROM system.parts WHERE {where}", {"d": store.database, "t": table})
    marks = [file for (path,) in parts for file in Path(path).glob("*mrk*")]
    assert marks, f"{table} has a merged part"
    for file in marks:
        file.write_bytes(b"")
    store.command("SYSTEM DROP MARK CACHE")


def refusal(place: Place, table: str) -> int | None:
    """ClickHouse's error number when the whole table is read."""
    try:
        place.store.query(f"SELECT count() FROM {table} FINAL WHERE NOT ignore(*)")
    except StoreError as error:
        return error.code
    return None


def settled(place: Place, sql: str) -> int:
    """The figure; 0 while the tables cannot be read."""
    try:
        return place.store.query(sql)[0][0]
    except StoreError:
        return 0


def reopen(place: Place, table: str) -> None:
    """What ClickHouse does at a start: it sets aside what it cannot read."""
    place.store.command(f"DETACH TABLE {table} SYNC")
    place.store.command(f"ATTACH TABLE {table}")


def set_aside(place: Place) -> list[tuple[str, str]]:
    return place.store.query(SET_ASIDE, {"d": place.store.database})


@pytest.mark.parametrize(("table", "started_again"), [("participants", False), ("enrollment_events", True)])
async def test_parts_broken_by_a_full_disk_are_filled_again_from_the_topics(
    place: Place, engines, table: str, started_again: bool
) -> None:
    if "clickhouse" not in {part.name for part in engines.parts}:
        pytest.skip("the files of a ClickHouse elsewhere cannot be reached")
    log = mixed_log(600, seed=246)
    await place.put_regions()
    await place.put_events(log[:300])
    place.worker.start(reconcile_interval_s=1, batch_max_records=50)
    await place.until_counted(300)
    place.worker.stop()
    break_merged_part(place, table)
    assert refusal(place, table) in BROKEN_PART_CODES
    if started_again:
        reopen(place, table)
    await place.put_events(log[300:])
    place.worker.start(reconcile_interval_s=1)
    until(lambda: refusal(place, table) is None, "readable again", 60)
    until(
        lambda: not set_aside(place), "emptied for the part set aside", 60
    )  # its sources may still be there, and count
    entries = "SELECT uniqExact(registration_id) FROM enrollment_events FINAL"
    until(lambda: settled(place, entries) == 600, "all of it is there again", 90)
    await place.until_counted(len(log))
    assert_as_the_oracle_counts(place, log)
    await place.until_reconciled()
    assert counted.difference(place.store) == 0

"""A worker on the real broker and engine: junk, replays, rebuilds, conflicts, an emptied ClickHouse."""

import subprocess
import sys

import orjson

from tests.aggregator.place import Place, assert_as_the_oracle_counts
from tests.support import counted
from tests.support.log_of_events import mixed_log, put
from tests.support.made_up import event, reference_event
from tests.support.waiting import until_async

OTHER_REGION = {"id": "VN.99", "code": "99", "country": "VN", "level": "province", "parent": "VN"}
OTHER_REGION |= {f"name_{language}": "Elsewhere" for language in ("vi", "th", "en")}


def command(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the operator's commands."""
    return subprocess.run(
        [sys.executable, "-m", "services.aggregator", *arguments],
        env={**place.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


async def test_junk_goes_to_the_dead_letters_with_its_reason_and_the_rest_is_counted(place: Place) -> None:
    good = [event(number) for number in range(50)]
    junk = {
        b"{not json": "malformed",
        b"\x00\xff\xfe\x01binary": "malformed",
        orjson.dumps({**event(900), "schema_version": 7}): "unsupported_version",
        orjson.dumps({**event(901), "region": "VN.99"}): "unknown_region",
        orjson.dumps({**event(902), "scheme": "dental"}): "invalid",
        orjson.dumps(event(903))[:-40] + b"x" * 900_000: "malformed",
    }
    await place.put_regions()
    await place.put_events(good[:25])
    await place.put_raw(list(junk))
    await place.put_events(good[25:])
    place.worker.start()
    await place.until_counted(len(good) + len(junk))
    assert_as_the_oracle_counts(place, good)
    assert counted.rejected(place.store) == {
        "malformed": 3,
        "unsupported_version": 1,
        "unknown_region": 1,
        "invalid": 1,
    }

    listed = command(place, "dead-letters", "list")
    assert all(reason in listed.stdout for reason in junk.values())
    await put(place.kafka, f"{place.prefix}reference-data", [reference_event("regions", "VN.99", OTHER_REGION)])
    replayed = command(place, "dead-letters", "replay", "--reason", "unknown_region")
    assert replayed.returncode == 0, replayed.stderr
    await until_async(lambda: sum(counted.stock(place.store).values()) == len(good) + 1, "the replayed one counted")
    assert "unknown_region" not in command(place, "dead-letters", "list").stdout


async def test_a_rebuild_from_the_topics_gives_the_same_totals(place: Place) -> None:
    log = mixed_log(800, seed=5)
    await place.put_regions()
    await place.put_events(log)
    place.worker.start(reconcile_interval_s=1)
    await place.until_counted(len(log))
    assert_as_the_oracle_counts(place, log)
    rebuilt = command(place, "rebuild", "--yes")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert_as_the_oracle_counts(place, log)
    assert place.store.query("SELECT count() FROM regions FINAL")[0][0] > 60


async def test_a_clickhouse_that_lost_its_tables_is_filled_again_by_itself(place: Place) -> None:
    log = mixed_log(400, seed=6)
    await place.put_regions()
    await place.put_events(log)
    place.worker.start()
    await place.until_counted(len(log))
    place.store.command(f"DROP DATABASE {place.store.database} SYNC")
    place.store.create_database()

    def filled() -> bool:
        there = place.store.query(
            "SELECT count() FROM system.tables WHERE database = {d:String} AND name = 'progress'",
            {"d": place.store.database},
        )
        return bool(there[0][0]) and place.uncounted(len(log)) == 0

    await until_async(filled, "filled again", 90)
    assert_as_the_oracle_counts(place, log)


async def test_one_registration_id_for_two_people_counts_the_first_also_after_a_rebuild(place: Place) -> None:
    first = [event(number) for number in range(12)]
    second = [
        {**event(100 + n), "registration_id": taken["registration_id"], "event_id": event(100 + n)["event_id"]}
        for n, taken in enumerate(first)
    ]
    await place.put_regions()
    await place.put_events(first)
    place.worker.start()
    await place.until_counted(len(first))
    await place.put_events(second)
    await place.until_counted(len(first) + len(second))
    assert_as_the_oracle_counts(place, first)
    assert counted.rejected(place.store) == {"conflicting_registration": len(second)}
    assert command(place, "rebuild", "--yes").returncode == 0
    assert_as_the_oracle_counts(place, first)


async def test_a_void_of_another_persons_record_that_came_first_is_refused_once_known(place: Place) -> None:
    target = event(1)
    void = event(2, kind="voided", refers_to=target["registration_id"], reason="made up")
    await place.put_regions()
    await place.put_events([void])
    place.worker.start(reconcile_interval_s=1)
    await place.until_counted(1)
    await place.put_events([target])
    await until_async(lambda: counted.rejected(place.store) == {"correction_mismatch": 1}, "refused", 40)
    assert_as_the_oracle_counts(place, [target])

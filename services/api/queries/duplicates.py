"""Records that may be of one person, and what reviewers decided."""

from collections.abc import Collection, Sequence
from typing import Any

from services.api.queries import SUBTREE
from services.shared.clickhouse_store import ClickHouseStore

COLUMNS = (
    "registration_id", "scheme", "participant", "country", "region", "occurred_at", "recorded_at", "day", "office", "agent",
    "channel", "birth_year", "sex", "kind", "status", "effect", "from_region", "to_region",
)  # fmt: skip
RECORDS = f"SELECT {', '.join(COLUMNS)} FROM enrollment_events FINAL WHERE "
CAME = "kind IN ('enrolled', 'renewed') AND status IN ('counted', 'no_effect')"
ALIKE = "scheme, day, office, agent, birth_year, sex, region"
NEW_AND_KNOWN = "effect = 'new' AND birth_year != 0 AND sex != ''"
LATEST = "ORDER BY occurred_at DESC LIMIT {most:UInt32}"

AT_TWO_OFFICES = f"""{RECORDS} {CAME} AND region GLOBAL IN {SUBTREE} AND (scheme, participant) GLOBAL IN (
    SELECT scheme, participant FROM enrollment_events FINAL WHERE {CAME}
    GROUP BY scheme, participant HAVING uniqExact(office) > 1
) {LATEST}"""
ALIKE_AT_ONE = f"""{RECORDS} {NEW_AND_KNOWN} AND region GLOBAL IN {SUBTREE} AND ({ALIKE}) GLOBAL IN (
    SELECT {ALIKE} FROM enrollment_events FINAL WHERE {NEW_AND_KNOWN}
    GROUP BY {ALIKE} HAVING uniqExact(participant) > 1
) {LATEST}"""
BY_ID = f"{RECORDS} toString(registration_id) IN {{ids:Array(String)}}"
OF_PEOPLE = f"""{RECORDS} participant IN {{people:Array(String)}} AND status != 'voided' AND kind NOT IN ('voided', 'corrected')
ORDER BY occurred_at, registration_id"""
REVIEWS = """
SELECT id, toString(decision), reviewer, note, decided_at FROM duplicate_reviews FINAL ORDER BY decided_at DESC, id
"""
Row = dict[str, Any]


def read_at_two_offices(store: ClickHouseStore, region: str, most: int) -> list[Row]:
    """Records by which people came who came at more than one office, the latest first."""
    return _rows(store, AT_TWO_OFFICES, {"region": region, "most": most})


def read_alike(store: ClickHouseStore, region: str, most: int) -> list[Row]:
    """Records of new people who share office, agent, day, region, birth year and sex with another, the latest first."""
    return _rows(store, ALIKE_AT_ONE, {"region": region, "most": most})


def read_by_id(store: ClickHouseStore, ids: Collection[str]) -> list[Row]:
    """These records, whatever became of them."""
    return _rows(store, BY_ID, {"ids": list(ids)}) if ids else []


def read_of_people(store: ClickHouseStore, people: Collection[str]) -> list[Row]:
    """Everything these people have on record that is not taken back."""
    return _rows(store, OF_PEOPLE, {"people": list(people)}) if people else []


def read_reviews(store: ClickHouseStore) -> list[Sequence[Any]]:
    """Pair, decision, reviewer, note, when; the latest first."""
    return list(store.query(REVIEWS))


def _rows(store: ClickHouseStore, sql: str, bound: dict[str, Any]) -> list[Row]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in store.query(sql, bound)]

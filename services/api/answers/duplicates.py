"""`/v1/possible-duplicates`: pairs of records that may be of one person, why, and what deciding so would do."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Literal

from schemas.duplicates import PossibleDuplicate, Reason, RecordOfPair, RecordSeen, TotalsOfDecision
from schemas.vocabulary import Scheme
from services.api.answers.explain import cutoffs
from services.api.live.snapshot import Snapshot
from services.api.queries.duplicates import (
    Row,
    read_alike,
    read_at_two_offices,
    read_by_id,
    read_of_people,
    read_reviews,
)
from services.shared.clickhouse_store import ClickHouseStore

TWO_OFFICES_WITHIN = timedelta(days=1)
ALIKE_WITHIN = timedelta(minutes=15)
MOST_LOOKED_AT = 5_000
"""Records of each kind of pair; the latest are looked at."""
ALIKE = ("scheme", "office", "agent", "birth_year", "sex", "region", "day")
Pair = tuple[Row, Row]


def possible_duplicates(
    store: ClickHouseStore, live: Snapshot, position: int, state: Literal["open", "reviewed"], limit: int
) -> tuple[list[PossibleDuplicate], bool]:
    """The latest pairs of a region and all below it, and whether there are more."""
    reviews = {review[0]: review for review in read_reviews(store)}
    region = live.reference.tree.places[position].id
    found = _reviewed(store, live, position, reviews) if state == "reviewed" else _open(store, region, reviews)
    pairs = sorted(found, key=lambda pair: (pair[1]["occurred_at"], pair_id(pair)), reverse=True)
    page = pairs[:limit]
    two = [later["participant"] for earlier, later in page if earlier["participant"] != later["participant"]]
    records: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in read_of_people(store, two) if state == "open" else ():
        records[row["scheme"], row["participant"]].append(row)
    served = [
        _served(pair, reviews.get(pair_id(pair)), records[pair[1]["scheme"], pair[1]["participant"]], live, position)
        for pair in page
    ]
    return served, len(pairs) > limit


def pair_id(pair: Pair) -> str:
    """What the pair is called."""
    return f"{pair[0]['registration_id']}_{pair[1]['registration_id']}"


def _open(store: ClickHouseStore, region: str, reviews: dict[str, Any]) -> list[Pair]:
    pairs = {
        pair_id(pair): pair
        for rows, key in (
            (read_at_two_offices(store, region, MOST_LOOKED_AT), ("scheme", "participant")),
            (read_alike(store, region, MOST_LOOKED_AT), ALIKE),
        )
        for pair in _neighbours(rows, key)
        if reasons(pair)
    }
    return [pair for name, pair in pairs.items() if name not in reviews]


def _neighbours(rows: Iterable[Row], key: Sequence[str]) -> Iterator[Pair]:
    """Of the rows that agree in the key, each with the one after it."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["occurred_at"], str(row["registration_id"]))):
        groups[tuple(row[name] for name in key)].append(row)
    for group in groups.values():
        yield from itertools.pairwise(group)


def _reviewed(store: ClickHouseStore, live: Snapshot, position: int, reviews: Iterable[str]) -> list[Pair]:
    ids = [tuple(name.split("_")) for name in reviews]
    rows = {str(row["registration_id"]): row for row in read_by_id(store, [one for pair in ids for one in pair])}
    tree = live.reference.tree
    return [
        (rows[first], rows[second])
        for first, second in ids
        if first in rows and second in rows
        if position <= tree.index.get(rows[second]["region"], -1) < tree.end[position]
    ]


def reasons(pair: Pair) -> list[Reason]:
    """Why two records may be one too many; none where they are not."""
    earlier, later = pair
    apart = later["occurred_at"] - earlier["occurred_at"]
    if earlier["participant"] == later["participant"]:
        elsewhere = earlier["office"] != later["office"] and apart <= TWO_OFFICES_WITHIN
        return ["same_person_two_offices"] if elsewhere else []
    alike = all(earlier[name] == later[name] for name in ALIKE)
    return ["alike_at_one_office"] if alike and apart <= ALIKE_WITHIN else []


def _served(pair: Pair, review: Any, records: Sequence[Row], live: Snapshot, position: int) -> PossibleDuplicate:
    _, decision, reviewer, note, decided_at = review or (None,) * 5
    return PossibleDuplicate(
        id=pair_id(pair),
        scheme=pair[0]["scheme"],
        reasons=reasons(pair),
        state="reviewed" if review else "open",
        decision=decision,
        reviewer=reviewer,
        note=note or None,
        decided_at=decided_at,
        earlier=_seen(pair[0]),
        later=_seen(pair[1]),
        totals=None if review else _totals(records, Scheme(pair[0]["scheme"]), live, position),
        void=[_of_pair(row) for row in records],
    )


def _totals(records: Sequence[Row], scheme: Scheme, live: Snapshot, position: int) -> TotalsOfDecision:
    """The stock of the region, and what it is without these records: those a baseline holds already change nothing."""
    figures = live.of(position, scheme)
    tree, covered = figures.tree, cutoffs(live, position, scheme, figures.calendar.today)

    def counts(region: str, row: Row) -> bool:
        since = covered.get((scheme, region))
        inside = position <= tree.index.get(region, -1) < tree.end[position]
        return inside and row["day"] <= figures.calendar.today and (since is None or row["day"] > since)

    change = sum(counts(row["to_region"], row) - counts(row["from_region"], row) for row in records)
    now = figures.participants(position)
    return TotalsOfDecision(
        participants=now,
        participants_if_same=now - change,
        new_people_fewer=sum(row["effect"] == "new" for row in records),
    )


def _seen(row: Row) -> RecordSeen:
    seen = {name: row[name] for name in RecordSeen.model_fields} | {"registration_id": str(row["registration_id"])}
    return RecordSeen(**seen | {name: row[name] or None for name in ("agent", "channel", "birth_year", "sex")})


def _of_pair(row: Row) -> RecordOfPair:
    needed = {name: row[name] for name in RecordOfPair.model_fields}
    return RecordOfPair.model_validate(needed | {"registration_id": str(row["registration_id"])})

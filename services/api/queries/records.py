"""Records one by one, chosen by what they say, in pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.vocabulary import Scheme, recorded_schemes
from services.api.queries import SUBTREE
from services.api.queries.events import microseconds
from services.shared.clickhouse_store import ClickHouseStore

COLUMNS = (
    "registration_id", "kind", "scheme", "participant", "occurred_at", "day", "recorded_at", "region", "office", "agent",
    "channel", "outreach", "campaign", "group", "sponsor", "birth_year", "sex", "refers_to", "reason", "status", "effect",
    "from_region", "to_region", "corrected_by",
)  # fmt: skip
SELECTED = ", ".join(f"`{name}`" for name in COLUMNS)
PAGE = f"""
SELECT {SELECTED} FROM enrollment_events FINAL WHERE CONDITIONS
ORDER BY occurred_at DESC, registration_id DESC LIMIT {{most:UInt32}}
"""
OF_REGION = f"""(to_region GLOBAL IN {SUBTREE} OR from_region GLOBAL IN {SUBTREE}
    OR (effect = 'none' AND region GLOBAL IN {SUBTREE}))"""
BEFORE = """day <= toDate32(fromUnixTimestamp64Micro({at:Int64}, 'UTC') + INTERVAL 1 DAY)
    AND (occurred_at, registration_id) < (fromUnixTimestamp64Micro({at:Int64}, 'UTC'), {id:UUID})"""
REFERRING = """
SELECT refers_to, registration_id, kind, occurred_at, recorded_at, reason, status FROM enrollment_events FINAL
PREWHERE refers_to IN {ids:Array(UUID)} ORDER BY occurred_at, registration_id
"""
EXACT = ("scheme", "kind", "office", "agent", "channel", "outreach", "campaign", "group", "sponsor", "status", "effect",
         "participant")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended."""

    occurred_at: datetime
    registration_id: UUID


@dataclass(frozen=True)
class Wanted:
    """Which records: of a region with all below it, of some days (both included), with exactly these values."""

    region: str | None = None
    first: Day | None = None
    last: Day | None = None
    registration: UUID | None = None
    """This record, and those that refer to it."""
    exactly: Mapping[str, str] = field(default_factory=dict)
    """Of columns in `EXACT`."""

    def conditions(self) -> tuple[str, dict[str, Any]]:
        """As SQL, and the values it binds."""
        found = [f"`{name}` IN {{{name}_is:Array(String)}}" for name in EXACT if name in self.exactly]
        bound: dict[str, Any] = {f"{name}_is": [value] for name, value in self.exactly.items()}
        if "scheme" in self.exactly:
            bound["scheme_is"] = list(recorded_schemes(Scheme(self.exactly["scheme"])))
        for condition, name, value in (
            (OF_REGION, "region", self.region),
            ("day >= {first:Date32}", "first", self.first),
            ("day <= {last:Date32}", "last", self.last),
            ("(registration_id = {of:UUID} OR refers_to = {of:UUID})", "of", self.registration),
        ):
            if value is not None:
                found.append(condition)
                bound[name] = str(value) if isinstance(value, UUID) else value
        return " AND ".join(found) or "1", bound


def read_page(store: ClickHouseStore, wanted: Wanted, after: Place | None, most: int) -> list[dict[str, Any]]:
    """At most so many records that happened before `after`, the latest first; those of the same moment by their id."""
    conditions, bound = wanted.conditions()
    if after is not None:
        conditions += f" AND {BEFORE}"
        bound |= {"at": microseconds(after.occurred_at), "id": str(after.registration_id)}
    rows = store.query(PAGE.replace("CONDITIONS", conditions), {**bound, "most": most})
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def read_referring(store: ClickHouseStore, ids: Sequence[UUID]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """For those registrations: the voids and corrections of them, the oldest first."""
    names = ("registration_id", "kind", "occurred_at", "recorded_at", "reason", "status")
    for refers_to, *values in store.query(REFERRING, {"ids": list(map(str, ids))}) if ids else ():
        yield refers_to, dict(zip(names, values, strict=True))

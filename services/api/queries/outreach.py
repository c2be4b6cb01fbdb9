"""Outreach activities of a subtree, and the people new in a scheme whose record names them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Day
from decimal import Decimal

from services.api.queries import SUBTREE
from services.shared.clickhouse_store import ClickHouseStore

ACTIVITIES = f"""
SELECT id, region, kind, audience, partner, `from`, `to`, sessions, attendees, cost, currency
FROM outreach FINAL WHERE region GLOBAL IN {SUBTREE} AND `from` <= {{last:Date32}} ORDER BY `from`, id
"""
ENROLMENTS = """
SELECT outreach, scheme, count() FROM enrollment_events FINAL
WHERE effect = 'new' AND day <= {last:Date32} AND outreach IN {ids:Array(String)}
GROUP BY outreach, scheme
"""

NO_END = Day(2299, 12, 31)
"""Later than every day there is."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of the reference data."""

    id: str
    region: str
    kind: str
    audience: str
    partner: str
    from_: Day
    to: Day
    sessions: int
    attendees: int
    cost: Decimal | None
    currency: str


def read_activities(store: ClickHouseStore, region: str, last: Day) -> list[Activity]:
    """The activities of a region and all below it that begin on the day `last` or before."""
    return [Activity(*row) for row in store.query(ACTIVITIES, {"region": region, "last": last})]


def read_enrolments(store: ClickHouseStore, ids: Sequence[str], last: Day) -> list[tuple[str, str, int]]:
    """Activity, scheme, people new up to and with the day `last`."""
    return store.query(ENROLMENTS, {"ids": list(ids), "last": last}) if ids else []

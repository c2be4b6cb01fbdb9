"""What was reached, when, and what was taken back."""

from datetime import date as Day
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from schemas.milestones import MilestoneKind
from schemas.vocabulary import Scheme
from services.api.queries import SUBTREE
from services.shared.clickhouse_store import ClickHouseStore

HISTORY = f"""
SELECT id, kind, status, region, scheme, target, threshold_pct, needed, reached_on, reached_at FROM milestones FINAL
WHERE region GLOBAL IN {SUBTREE} ORDER BY reached_at DESC, id
"""


class Milestone(NamedTuple):
    """A row of `milestones`."""

    id: UUID
    kind: MilestoneKind
    status: Literal["reached", "retracted"]
    region: str
    scheme: Scheme
    target: str
    threshold_pct: float
    needed: int
    reached_on: Day
    reached_at: datetime


def read_history(store: ClickHouseStore, region: str) -> list[Milestone]:
    """The milestones of a region and all below it, the latest first."""
    return [Milestone(*row[:4], Scheme(row[4]), *row[5:]) for row in store.query(HISTORY, {"region": region})]

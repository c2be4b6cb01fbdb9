"""What the API serves beside coverage itself: leaderboards, the search for regions, plans, outreach."""

from datetime import date as Day
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.coverage import FRESHNESS, Headline, RegionRef, Served, TargetProgress
from schemas.milestones import MilestoneKind
from schemas.vocabulary import Level, Scheme


class Leader(Served):
    """A region in a leaderboard. Equal figures share a rank; a region without the figure has none."""

    rank: int | None
    value: float | None = Field(description="The figure ranked by; null where it cannot be said")
    coverage: Headline


class Leaderboard(Served):
    """`GET /v1/leaderboard`: regions of a level, the greatest figure first."""

    level: Level
    scheme: Scheme
    metric: str
    within: str | None
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    as_: Literal["was", "now"] | None = Field(None, alias="as", description="In which units; null: where recorded")
    leaders: list[Leader]


class RegionFound(Served):
    """A region that answers a search, and where it lies, from the top."""

    region: RegionRef
    path: list[RegionRef]


class RegionSearch(Served):
    """`GET /v1/regions?q=`."""

    query: str
    regions: list[RegionFound]


class TargetPage(Served):
    """`GET /v1/targets/{id}`: how a plan stands, and for a plan about each region of a level, region by region."""

    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    target: TargetProgress
    region: RegionRef
    regions: list[TargetProgress] = Field(description="Of a plan for each region of a level: one row per region")


class OutreachYield(Served):
    """What sessions brought: people new in a scheme whose record names the session."""

    sessions: int
    attendees: int = Field(description="Attendances")
    cost: dict[str, float] = Field(description="By currency")
    enrolments: dict[Scheme, int]
    enrolments_total: int
    per_session: float | None
    per_100_attendees: float | None
    cost_per_enrolment: dict[str, float | None] = Field(
        description="By currency, over the activities that have a cost in it"
    )


class OutreachActivity(OutreachYield):
    """One outreach activity."""

    id: str
    region: RegionRef | None
    kind: str
    audience: str | None
    partner: str | None
    from_: Day = Field(alias="from")
    to: Day


class OutreachPage(Served):
    """`GET /v1/outreach?region=`: the activities of a region and all below it, and what they brought together."""

    region: RegionRef
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    total: OutreachYield
    activities: list[OutreachActivity]


class CompletePlace(Served):
    """A village or group in which everyone eligible is covered."""

    region: RegionRef
    scheme: Scheme
    participants: int
    eligible: int
    coverage_pct: float
    reached_at: datetime | None = Field(
        None, description="When it was first complete; null until that has been looked at"
    )


class MilestoneReached(Served):
    """A milestone of the history: the same as on the topic coverage-milestones."""

    id: UUID
    kind: MilestoneKind
    status: Literal["reached", "retracted"] = Field(description="`retracted`: a void or correction took it back")
    region: RegionRef | None
    scheme: Scheme
    target: str | None
    threshold_pct: float
    needed: int = Field(description="People that the threshold asks for")
    reached_on: Day
    reached_at: datetime


class MilestonesPage(Served):
    """`GET /v1/milestones`: what a region and all below it have reached as of now, and when, the latest first."""

    region: RegionRef
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    complete: list[CompletePlace] = Field(description="Villages and groups with a coverage of 100 % or more")
    targets_met: list[TargetProgress] = Field(description="Plans of regions that are met")
    history: list[MilestoneReached] = Field(
        default_factory=list,
        description="Everything that was ever reached, by the records as they stand; who left later takes nothing back",
    )

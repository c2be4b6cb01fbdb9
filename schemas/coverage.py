"""What the API serves about coverage. Every number comes with what explains it."""

from datetime import date as Day
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.vocabulary import Country, Level, Scheme

FRESHNESS: Any = Field(
    description="Age of the oldest moment up to which every record is counted; null while nothing is known of it"
)


Amount = int | float
"""People, whole, or percentage points, in hundredths."""


class Served(BaseModel):
    """Common to all answers."""

    model_config = ConfigDict(populate_by_name=True)


class Names(Served):
    """A name in the three languages."""

    vi: str
    th: str
    en: str


class RegionRef(Served):
    """A region as answers name it."""

    id: str
    code: str
    level: Level
    country: Country
    name: Names
    parent: str | None = None
    valid_from: Day | None = None
    valid_to: Day | None = Field(None, description="The first day the region no longer is")


class BaselineUsed(Served):
    """The official stock a figure starts from: the region's own, the sum of its children's, or (of a total) its components'."""

    count: int = 0
    date: Day | None = None
    source: str | None = None
    of: Literal["own", "children", "components", "carried", "none"] = Field(
        "none", description="`carried`: over from units of before, with `as=was` or `as=now`"
    )
    unattributed: int = Field(0, description="What the region's own baseline holds beyond its children's")


class Kin(Served):
    """A region before or after a change of boundaries, and the part of the earlier one that became the later one."""

    region: RegionRef
    weight: float
    effective_on: Day


class EstimatedShare(Served):
    """A divided region of which a share, by the weights of the lineage, is counted in another."""

    region: RegionRef
    weight: float


class Units(Served):
    """In which units figures are: people counted in units that ended are carried onto those that followed."""

    as_: Literal["was", "now"] = Field(alias="as")
    on: Day = Field(description="The units are those of this day")
    estimated: bool = Field(description="Whether people of divided regions are in it, by weight")
    parts: list[EstimatedShare] = Field(description="Those regions and the share that is counted here")


class EligibleUsed(Served):
    """The denominator."""

    count: int | None = None
    year: int | None = None
    source: str | None = None


class Windows(Served):
    """A flow in the windows that end at the as-of moment."""

    h1: int = Field(0, alias="1h")
    h24: int = Field(0, alias="24h")
    d7: int = Field(0, alias="7d")
    d30: int = Field(0, alias="30d")


class MilestoneProgress(Served):
    """A part of a target due by a day."""

    on: Day
    pct: float
    needed: Amount
    reached_on: Day | None = None
    status: Literal["met", "missed", "ahead", "open"]


TargetStatus = Literal["met", "on_track", "behind", "missed", "not_started", "unknown"]
"""`on_track`: at least the elapsed share of the way is gone; `unknown`: a denominator is missing, see `reason`."""


class TargetProgress(Served):
    """How a plan stands. Over-achievement is served as it is."""

    id: str
    name: str | None = None
    region: str
    scheme: Scheme
    kind: Literal["new_count", "participants", "coverage_pct"]
    per: str = "region"
    owner: str | None = None
    from_: Day = Field(alias="from")
    to: Day
    target: Amount
    achieved: Amount | None
    achieved_pct: float | None
    remaining: Amount | None = Field(description="In the target's own unit: people, or percentage points")
    remaining_people: int | None = Field(None, description="The same in whole people")
    per_day_needed: Amount | None = None
    expected_on: Day | None = None
    status: TargetStatus
    milestones: list[MilestoneProgress] = Field(default_factory=list)
    regions: int | None = Field(None, description="Of a plan for each region of a level: how many it applies to")
    regions_met: int | None = Field(None, description="... and how many of them have met it")
    reason: str | None = Field(None, description="Why a figure is null")


BasisOf = Literal["records", "baseline", "both", "none"]
"""What a figure rests on: individual records, an official stock, both, or nothing that is known."""


class YearOnYear(Served):
    """The same date a year before; null where nothing is known of it."""

    date: Day
    participants: int | None
    participants_pct: float | None = Field(description="Growth of the stock in %")
    new_pct: float | None = Field(description="Growth of the new participants of the last 30 days in %")
    basis: BasisOf = "none"


class Coverage(Served):
    """`GET /v1/coverage`: how many are covered out of how many, and how the plans stand."""

    region: RegionRef
    scheme: Scheme
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    participants: int
    active_by_record: int = Field(description="People active by record, whatever the baseline")
    baseline: BaselineUsed
    eligible: EligibleUsed
    coverage_pct: float | None
    coverage_reason: str | None
    new: Windows
    left: Windows
    targets: list[TargetProgress]
    yoy: YearOnYear
    units: Units | None = Field(None, description="With `as`; else everything is where it was recorded")


class PlanShort(Served):
    """The plan a list shows of a region: the open one that ends first, else the one that ended last."""

    id: str
    achieved_pct: float | None
    status: TargetStatus


class Headline(Served):
    """Coverage of one region as lists show it."""

    region: RegionRef
    participants: int
    active_by_record: int
    eligible: EligibleUsed
    coverage_pct: float | None
    coverage_reason: str | None
    new: Windows
    left: Windows
    plan: PlanShort | None = Field(None, description="Only in the children of a region page")
    estimated: bool = Field(False, description="Whether people of divided regions are in it, by weight")


class RegionPage(Served):
    """`GET /v1/regions/{id}`: the region, its ancestors from the top, and its children with their coverage."""

    region: RegionRef
    ancestors: list[RegionRef]
    scheme: Scheme
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    coverage: Headline
    at_region_itself: int = Field(description="People active by record at the region itself, not in a child")
    children: list[Headline]
    predecessors: list[Kin] = Field(default_factory=list, description="What it was made of, by weight")
    successors: list[Kin] = Field(default_factory=list, description="What became of it, by weight")
    units: Units | None = Field(None, description="With `as`; else everything is where it was recorded")


class Bucket(Served):
    """One step of a series; starts inclusive, ends exclusive."""

    bucket_start: datetime
    bucket_end: datetime
    new: int
    returned: int
    left: int
    moved_in: int
    moved_out: int
    participants: int = Field(description="Stock at the end of the bucket")


class Series(Served):
    """`GET /v1/regions/{id}/series`."""

    region: RegionRef
    scheme: Scheme
    grain: Literal["hour", "day", "month"]
    time_zone: str
    buckets: list[Bucket]
    units: Units | None = Field(None, description="With `as`; else everything is where it was recorded")


class ReceiptState(Served):
    """`GET /v1/receipts/{registration_id}`: what became of a registration."""

    registration_id: str
    state: Literal["counted", "pending", "rejected"]
    why: str
    effect: str | None = None
    region: str | None = None
    scheme: Scheme | None = None
    occurred_at: datetime | None = None


class PartitionFreshness(Served):
    """How far one partition is counted."""

    topic: str
    partition: int
    next_offset: int
    end_offset: int
    lag: int
    watermark: datetime | None = Field(description="recorded_at of the last counted event")
    complete_up_to: datetime = Field(description="Every event recorded before this moment is counted")
    difference: int | None = Field(description="Sum over regions and schemes of |counters - participants|")
    reconciled_at: datetime | None = None


class Freshness(Served):
    """`GET /v1/freshness`."""

    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    lag: int
    difference: int | None
    partitions: list[PartitionFreshness]
    rejected: dict[str, int] = Field(description="Dead letters by reason")

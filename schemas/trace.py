"""What lies behind a number: its arithmetic, the records it is made of, and the pages of those records."""

from datetime import date as Day
from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.coverage import FRESHNESS, Coverage, RegionRef, Served
from schemas.vocabulary import Scheme

Status = Literal["counted", "no_effect", "voided", "applied", "waiting", "cannot_refer"]
"""What became of a record; `applied`: a void or correction that does what it says."""
Effect = Literal["new", "returned", "left", "moved", "none"]
"""What a record did to the numbers."""


class Chain(Served):
    """`participants = baseline + new + returned + moved_in - left - moved_out`, exactly.

    Flows are those after the baseline that covers the place they happened in: earlier ones are inside the baseline.
    A move inside the region is no flow of it, unless only one of its two ends lies after a baseline.
    """

    baseline: int = Field(description="The official stock, the sum of the stocks below, or 0")
    new: int
    returned: int
    moved_in: int
    left: int
    moved_out: int
    participants: int
    text: str = Field(description="The sum as one line")


class PartOfChange(Served):
    """What the records of an office or channel add to the baseline; the `net` of all parts and it are the participants."""

    id: str | None = Field(description="Null: records that name none; `(others)`: the rest of a long list, added up")
    name: str | None = None
    records: int
    new: int
    returned: int
    moved_in: int
    left: int
    moved_out: int
    net: int


class PartOfTree(Served):
    """A child, the region itself, or what the region's own baseline holds beyond these; they add up to the region."""

    part: Literal["child", "itself", "unattributed"]
    region: RegionRef | None = None
    participants: int
    baseline: int = Field(
        description="The official stock within `participants`, less what was by record when it was taken"
    )


class RecordsBehind(Served):
    """The records up to the as-of day that are of the region, each in exactly one place of `outcomes`."""

    total: int
    by_kind: dict[str, int] = Field(description="enrolled, renewed, withdrawn, transferred, corrected, voided")
    outcomes: dict[str, int] = Field(
        description="new, returned, left, moved_in, moved_out, moved_within; inside_baseline: before the baseline, and "
        "so in it; no_effect: repeats; voided: taken back by a void; void, correction: the records that take back or "
        "correct others; waiting: for what they refer to; cannot_refer: refused"
    )
    corrected: int = Field(description="Records some of whose fields come from a correction")
    recorded_after_days: dict[str, int] = Field(
        description="Days from the day it happened to the day it was recorded: 0, 1-7, 8-30, 31+"
    )
    first_day: Day | None
    last_day: Day | None
    last_recorded_at: datetime | None


class CountersCompared(Served):
    """The live counters beside the records: they may differ only while a batch is being written."""

    active_by_record: int = Field(description="People active by record, by the counters, read right after the records")
    difference: int = Field(description="Counters less records")
    reconciliation: int | None = Field(
        description="The last comparison of all counters with all people, see /v1/freshness"
    )
    reconciled_at: datetime | None


class Explanation(Served):
    """`GET /v1/coverage/{region}/{scheme}/explain`: what is behind the number, counted anew from the records."""

    coverage: Coverage = Field(description="The body of /v1/coverage, made from the same reading of the records")
    chain: Chain
    records: RecordsBehind
    by_office: list[PartOfChange] = Field(description="The greatest change first")
    by_channel: list[PartOfChange] = Field(description="The greatest change first")
    by_region: list[PartOfTree]
    counters: CountersCompared
    events: str = Field(description="Where the records are, page by page")


class Referring(Served):
    """A record that takes back or corrects another."""

    registration_id: str
    kind: Literal["corrected", "voided"]
    occurred_at: datetime
    recorded_at: datetime
    reason: str | None
    status: str = Field(description="applied, or why it is without effect")


class TracedEvent(Served):
    """One accepted record, its fields after corrections, and what it did. Of the person only the pseudonym."""

    registration_id: str
    kind: str
    scheme: Scheme
    participant: str = Field(description="Pseudonym of the person")
    occurred_at: datetime
    day: Day = Field(description="Day of occurred_at in the country's time zone")
    recorded_at: datetime
    region: str
    office: str
    agent: str | None
    channel: str | None
    outreach: str | None
    campaign: str | None
    group: str | None
    sponsor: str | None
    birth_year: int | None
    sex: str | None
    refers_to: str | None = Field(description="The registration it voids or corrects")
    reason: str | None = Field(description="Why it voids or corrects")
    status: Status
    effect: Effect
    from_region: str | None = Field(description="Where the person was before: of left and moved")
    to_region: str | None = Field(description="Where the person is after: of new, returned and moved")
    corrected_by: str | None = Field(description="The correction that stands")
    referred_by: list[Referring] = Field(description="The voids and corrections of it, the oldest first")


class EventsPage(Served):
    """`GET /v1/events`: records, the latest to have happened first."""

    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    events: list[TracedEvent]
    next: str | None = Field(description="Where the next page is; null on the last one")

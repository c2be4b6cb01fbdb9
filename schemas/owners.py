"""What the API serves about those who register people, and those they register them for: offices, agents, groups, sponsors."""

from datetime import date as Day
from datetime import datetime

from pydantic import Field

from schemas.coverage import FRESHNESS, RegionRef, Served, TargetProgress, Windows
from schemas.vocabulary import Scheme


class YearCounts(Served):
    """What an office's or agent's own records came to since 1 January of the as-of day's year."""

    records: int = Field(0, description="Records of every kind")
    new: int = 0
    returned: int = 0
    left: int = 0
    moved: int = 0
    no_effect: int = Field(0, description="Records that changed nothing: the person's state was already so")
    voided: int = Field(0, description="Records that were taken back")
    corrected: int = Field(0, description="Records of which a field was corrected")


class OwnFlows(Served):
    """People who came and went by an owner's own records, wherever they live: in the windows up to the as-of moment."""

    new: Windows
    returned: Windows
    left: Windows
    year: YearCounts


class SchemeFlows(OwnFlows):
    """The same in one scheme."""

    scheme: Scheme


class OfficeSync(Served):
    """What an office still holds, and up to when its records are in."""

    unsynced_count: int | None = Field(description="As it last reported; null if it never did")
    oldest_unsynced_at: datetime | None
    reported_at: datetime | None
    complete_up_to: datetime | None = Field(description="Every record the office made before this moment is counted")
    reason: str | None = Field(None, description="Why that is not known")
    silent_since: datetime | None = Field(description="Its last report or record; of records, those of this year")


class OfficeRow(OwnFlows):
    """An office in a list."""

    id: str
    name: str | None
    kind: str | None
    region: RegionRef | None
    sync: OfficeSync


class OfficesPage(Served):
    """`GET /v1/offices?region=`: the offices of a region and all below it, the busiest this year first."""

    region: RegionRef
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    offices: list[OfficeRow]


class OfficePage(OfficeRow):
    """`GET /v1/offices/{id}`: an office with its schemes and plans."""

    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    schemes: list[SchemeFlows]
    targets: list[TargetProgress]


class AgentRow(OwnFlows):
    """An agent in a list."""

    id: str
    offices: list[str] = Field(description="Offices named in the agent's records of this year")
    targets: list[TargetProgress]


class AgentsPage(Served):
    """`GET /v1/agents?region=`: agents with a plan in a region or below it, or with records there this year."""

    region: RegionRef
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    agents: list[AgentRow]
    left_out: int = Field(description="Agents beyond the limit, the least busy ones")


class AgentPage(AgentRow):
    """`GET /v1/agents/{id}`: an agent's own progress."""

    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    schemes: list[SchemeFlows]


class GroupRow(Served):
    """A group: how many of its members are enrolled now."""

    id: str
    name: str
    kind: str
    region: RegionRef | None
    members: int
    enrolled: int = Field(description="People active now whose latest record with a group names this one, each once")
    enrolled_pct: float | None = Field(description="Null where the number of members is 0")
    complete: bool = Field(description="Every member is enrolled")
    schemes: dict[Scheme, int] = Field(description="The same by scheme; a person may be in several")


class GroupTotals(Served):
    """All groups of the list together."""

    groups: int
    complete: int
    members: int
    enrolled: int
    enrolled_pct: float | None


class GroupsPage(Served):
    """`GET /v1/groups?region=`: the mutual-help groups of a region and all below it."""

    region: RegionRef
    scheme: Scheme | None = Field(description="Only people of this scheme; null: of any")
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    groups: list[GroupRow]
    totals: GroupTotals


class SponsorRow(Served):
    """A donor, and the people new whose record names it."""

    id: str
    enrolled: int
    schemes: dict[Scheme, int]


class SponsorsPage(Served):
    """`GET /v1/sponsors`: enrolments that donors paid for, the greatest number first."""

    region: RegionRef | None = Field(description="Only people registered there or below; null: everywhere")
    scheme: Scheme | None
    from_: Day | None = Field(alias="from", description="The first day on which they were new; null: any")
    to: Day | None
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    sponsors: list[SponsorRow]
    enrolled: int = Field(description="All of them together")

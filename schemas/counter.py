"""What the registration service tells a counter: what its key may do, regions, offices, and what a registration may name."""

from datetime import date as Day

from pydantic import Field

from schemas.coverage import Names, Served
from schemas.vocabulary import Country, Level, Scheme


class KeyHolder(Served):
    """What the key that was sent is for."""

    office: str | None = Field(description="The office it registers for; null where the body may name any")


class FoundRegion(Served):
    """A region with the names and ids of what it lies in, from the nearest up."""

    id: str
    level: Level
    country: Country
    name: Names
    within: list[Names]
    path: list[str]


class FoundOffice(Served):
    """A place where people register, and where it is."""

    id: str
    name: str
    kind: str
    region: FoundRegion | None = Field(description="Null while its region is not known")


class CampaignChoice(Served):
    """A campaign that a registration may name."""

    id: str
    name: str
    schemes: list[Scheme]
    regions: list[str]
    from_: Day = Field(serialization_alias="from")
    to: Day = Field(description="Its last day, days of grace included")


class OutreachChoice(Served):
    """An outreach activity that a registration may come from."""

    id: str
    kind: str
    audience: str | None
    partner: str | None
    region: FoundRegion | None
    from_: Day = Field(serialization_alias="from")
    to: Day


class GroupChoice(Served):
    """A mutual-help group that a registration may belong to."""

    id: str
    kind: str
    name: str
    region: FoundRegion | None


class Choices(Served):
    """What a registration in or around a region may name on a day; of each kind the nearest to that day or place."""

    campaigns: list[CampaignChoice]
    outreach: list[OutreachChoice]
    groups: list[GroupChoice]

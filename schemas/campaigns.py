"""What the API serves about campaigns: the running figure, and the closing figure that never changes any more."""

from datetime import date as Day
from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.coverage import FRESHNESS, RegionRef, Served
from schemas.pages import OutreachYield
from schemas.vocabulary import Scheme

CampaignStatus = Literal["not_started", "running", "grace", "closed"]
"""`grace`: the window is over, but records that were made in it may still come in."""


class CampaignPeople(Served):
    """People new on the days of the window."""

    named: int = Field(0, description="Whose record names the campaign")
    in_scope: int = Field(0, description="In the campaign's schemes and regions, whether or not a record names it")


class CampaignRow(Served):
    """A campaign in a list."""

    id: str
    name: str
    schemes: list[Scheme]
    regions: list[RegionRef]
    from_: Day = Field(alias="from")
    to: Day
    grace_days: int
    closes_at: datetime = Field(
        description="Records that come in from this moment on are too late for the closing figure"
    )
    status: CampaignStatus
    running: CampaignPeople = Field(description="By all records up to now, late ones, voids and corrections included")
    closing: CampaignPeople | None = Field(
        description="By the records recorded before closes_at alone: fixed from then on, whatever comes later"
    )
    closing_reason: str | None = Field(description="Why there is no closing figure yet")


class CampaignsPage(Served):
    """`GET /v1/campaigns`: all campaigns, or those that concern a region; the latest first."""

    region: RegionRef | None
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    campaigns: list[CampaignRow]


class CampaignRegion(Served):
    """A part of the campaign's area; the parts add up to the whole."""

    part: Literal["below", "itself", "elsewhere"] = Field(
        description="A region right below one of the campaign's, with all below it; that region itself; or anywhere else"
    )
    region: RegionRef | None
    running: CampaignPeople
    closing: CampaignPeople | None


class CampaignOffice(Served):
    """What one office brought."""

    id: str
    name: str | None
    running: CampaignPeople
    closing: CampaignPeople | None


class CampaignPage(CampaignRow):
    """`GET /v1/campaigns/{id}`: a campaign by scheme, region and office, and what its outreach brought."""

    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    days: int = Field(description="Of the window, both ends included")
    days_gone: int = Field(description="Today included")
    named_per_day: float | None = Field(description="Running, over the days gone")
    late_after_close: CampaignPeople = Field(description="Of the running figure: people whose record came in too late")
    changed_since_close: CampaignPeople | None = Field(
        description="running - closing - late_after_close: what later voids, corrections and earlier records changed"
    )
    by_scheme: dict[Scheme, CampaignPeople]
    by_region: list[CampaignRegion]
    by_office: list[CampaignOffice] = Field(description="The office with most people first; past 200 as `(others)`")
    outreach: OutreachYield = Field(
        description="Activities in the campaign's regions on any of its days, its schemes only"
    )

"""Reference data: one model per kind of `PUT /v1/reference/{kind}`, and which fields are its key.

Rows come as NDJSON or CSV; in CSV a list is written with `|` between its items and milestones as `2020-06-30:50`.
Dates are days of the region's country, both ends included, unless a field says otherwise.
"""

from datetime import UTC, datetime, time, timedelta
from datetime import date as Day
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from schemas.vocabulary import TIME_ZONES, Code, Country, Level, RegionId, Scheme

Name = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Count = Annotated[int, Field(ge=0, le=10_000_000_000)]


def _listed(value: Any) -> Any:
    return [item for item in value.split("|") if item] if isinstance(value, str) else value


def _milestones(value: Any) -> Any:
    listed = _listed(value)
    if not isinstance(listed, list):
        return listed
    return [
        dict(zip(("on", "pct"), item.split(":", 1), strict=False)) if isinstance(item, str) else item for item in listed
    ]


class ReferenceRow(BaseModel):
    """What every kind has: a key that names the row, so that sending it again replaces it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    key_fields: ClassVar[tuple[str, ...]] = ("id",)

    @property
    def key(self) -> str:
        """The row's name within its kind, `/` between the parts."""
        return "/".join(str(getattr(self, name)) for name in self.key_fields)


def _ordered(first: Day | None, last: Day | None, what: str) -> None:
    if first is not None and last is not None and last < first:
        raise ValueError(f"{what}: ends ({last}) before it starts ({first})")


class Region(ReferenceRow):
    """A region at one time: `valid_from` is its first day, `valid_to` the first day it no longer is (empty: still is)."""

    id: RegionId
    code: str = Field("", max_length=40, description="The official code; may be reused, never a key")
    country: Country
    level: Level
    parent: RegionId | None = None
    name_vi: Name
    name_th: Name
    name_en: Name
    valid_from: Day | None = None
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _is_a_place_in_a_tree(self) -> Self:
        if self.parent == self.id:
            raise ValueError("parent: a region cannot be its own parent")
        if (self.level == Level.COUNTRY) != (self.parent is None):
            raise ValueError("parent: required below a country, and empty for a country")
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError(f"valid_to: {self.valid_to} is not after valid_from {self.valid_from}")
        return self


class Lineage(ReferenceRow):
    """What became of a region: `weight` of `from` went to `to` on that day; the weights of one `from` sum to 1."""

    key_fields = ("from_", "to", "effective_on")
    from_: RegionId = Field(alias="from")
    to: RegionId
    weight: Decimal = Field(gt=0, le=1, decimal_places=6)
    effective_on: Day


class Population(ReferenceRow):
    """The people eligible for a scheme in a region in a year, and who says so."""

    key_fields = ("region", "scheme", "year")
    region: RegionId
    scheme: Scheme
    year: int = Field(ge=1990, le=2100)
    eligible: Count
    source: Name


class Baseline(ReferenceRow):
    """An official stock of participants at the end of a day, into which the records up to that day are already counted."""

    key_fields = ("region", "scheme", "date")
    region: RegionId
    scheme: Scheme
    date: Day
    count: Count
    source: Name


class Milestone(BaseModel):
    """A part of a target to be reached by a day."""

    model_config = ConfigDict(frozen=True)
    on: Day
    pct: Decimal = Field(gt=0, le=1000)


class Target(ReferenceRow):
    """A plan: so many new participants, a stock, or a coverage %, for a region, office or agent, in a window of days."""

    id: Code
    region: RegionId
    scheme: Scheme
    kind: Literal["new_count", "participants", "coverage_pct"]
    from_: Day = Field(alias="from")
    to: Day
    target: Decimal = Field(gt=0)
    per: Annotated[
        str, StringConstraints(pattern=r"^(region|office|agent|each:(province|district|commune|village|group))$")
    ] = "region"
    owner: Code | None = Field(None, description="The office or agent whose target it is")
    milestones: Annotated[list[Milestone], BeforeValidator(_milestones)] = Field(
        default_factory=list, description="Parts of the target due by a day within its window"
    )
    name: Name | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        _ordered(self.from_, self.to, "to")
        if self.per in ("office", "agent") and not self.owner:
            raise ValueError(f"owner: required when per is {self.per}")
        if self.kind == "coverage_pct" and self.per in ("office", "agent"):
            raise ValueError("kind: an office or agent has no eligible population; use new_count")
        outside = [str(m.on) for m in self.milestones if not self.from_ <= m.on <= self.to]
        if outside:
            raise ValueError(f"milestones: {', '.join(outside)} lies outside {self.from_} to {self.to}")
        return self


class Campaign(ReferenceRow):
    """A drive in some regions for some schemes, in a window of days, with days of grace for late arrivals."""

    id: Code
    name: Name
    schemes: Annotated[list[Scheme], BeforeValidator(_listed)] = Field(min_length=1)
    regions: Annotated[list[RegionId], BeforeValidator(_listed)] = Field(min_length=1)
    from_: Day = Field(alias="from")
    to: Day
    grace_days: int = Field(0, ge=0, le=366)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        _ordered(self.from_, self.to, "to")
        return self


def closes_at(to: Day, grace_days: int, country: Country) -> datetime:
    """The instant, in UTC, from which on records are too late for the closing figure: the end of the last day of grace."""
    next_day = datetime.combine(to + timedelta(days=grace_days + 1), time.min, ZoneInfo(TIME_ZONES[country]))
    return next_day.astimezone(UTC)


class Outreach(ReferenceRow):
    """One outreach activity: its sessions, attendances and cost."""

    id: Code
    region: RegionId
    kind: Code
    audience: Name | None = None
    partner: Name | None = None
    from_: Day = Field(alias="from")
    to: Day
    sessions: Count = 1
    attendees: Count = 0
    cost: Decimal | None = Field(None, ge=0)
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None

    @model_validator(mode="after")
    def _cost_has_a_currency(self) -> Self:
        _ordered(self.from_, self.to, "to")
        if (self.cost is None) != (self.currency is None):
            raise ValueError("currency: cost and currency go together")
        return self


class Office(ReferenceRow):
    """A place where people register."""

    id: Code
    name: Name
    region: RegionId
    kind: Code


class Group(ReferenceRow):
    """A mutual-help group and how many members it has."""

    id: Code
    region: RegionId
    kind: Code
    name: Name
    members: Count


REFERENCE_KINDS: dict[str, type[ReferenceRow]] = {
    "regions": Region,
    "lineage": Lineage,
    "populations": Population,
    "baselines": Baseline,
    "targets": Target,
    "campaigns": Campaign,
    "outreach": Outreach,
    "offices": Office,
    "groups": Group,
}
"""The kinds of `PUT /v1/reference/{kind}` and the model of their rows."""

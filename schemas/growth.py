"""Growth: a region's figures beside those of an earlier time, over the same units."""

from datetime import date as Day
from typing import Literal

from pydantic import Field

from schemas.coverage import BasisOf, RegionRef, Served, Units
from schemas.vocabulary import Scheme


class GrowthSide(Served):
    """The figures at the end of a day, and who was new in the window up to it."""

    from_: Day = Field(alias="from", description="First day of the window")
    date: Day = Field(description="Last day of the window that is compared")
    participants: int | None
    new: int | None
    basis: BasisOf = Field(description="What the figures rest on; with `none` they are null")


class Growth(Served):
    """`GET /v1/growth`: growth on the same date of a year before, or on the same day of an earlier campaign."""

    region: RegionRef
    scheme: Scheme
    by: Literal["date", "campaign_day"]
    campaign: str | None = Field(description="The campaign whose days are counted")
    against: str | None = Field(description="The earlier campaign; null: the same dates a year before")
    day: int = Field(description="Which day of the window is compared, the first being 1")
    now: GrowthSide
    then: GrowthSide
    participants_pct: float | None = Field(description="Growth of the stock in %; null where nothing is known of then")
    new_pct: float | None = Field(description="Growth of the new participants of the window in %")
    units: Units | None = Field(None, description="With `as`: the constant boundaries that both times are counted in")

"""What is told once when it is reached: a complete village or group, half of a target, a target, its own milestones."""

from datetime import date as Day
from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.vocabulary import Code, RegionId, Scheme

SCHEMA_VERSION: Final = 1
MilestoneKind = Literal["complete", "target_half", "target_met", "target_milestone"]


class MilestoneEvent(BaseModel):
    """A milestone on `coverage-milestones`, keyed by `id`; the last message of an id stands.

    `id` is derived from what is reached, not from when: whatever is read or sent again bears the same. Reached is what
    the records as they stand reach at the end of any day; where a void or correction takes that back, the same id comes
    again as `retracted`, and with another moment where it moves it. Who leaves later takes nothing back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = SCHEMA_VERSION
    id: UUID
    kind: MilestoneKind
    status: Literal["reached", "retracted"]
    region: RegionId
    scheme: Scheme
    target: Code | None = Field(None, description="The plan; null for a complete village or group")
    threshold_pct: float = Field(gt=0, description="Of the plan, or of the eligible")
    needed: int = Field(ge=0, description="People that the threshold asks for")
    reached_on: Day = Field(description="The first day at whose end it was reached; as last known where retracted")
    reached_at: AwareDatetime = Field(description="When the record took effect with which it was reached")
    published_at: AwareDatetime

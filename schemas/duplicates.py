"""Possible duplicates: what is served for review, and what a reviewer decides."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.coverage import FRESHNESS, RegionRef, Served
from schemas.events import Moment, ParticipantRef, UuidText
from schemas.vocabulary import Code, Country, RecordedScheme, RegionId, Scheme

Decision = Literal["distinct", "same"]
Reason = Literal["same_person_two_offices", "alike_at_one_office"]
"""The same pseudonym at two offices within a day; or two people with the same office, agent, birth year, sex and region
within a quarter of an hour."""
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
PairId = Annotated[str, StringConstraints(pattern=f"^{_UUID}_{_UUID}$")]
"""The registration ids of the earlier and the later record."""


class RecordOfPair(BaseModel):
    """A record of one of the two, with all that its void needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    registration_id: UuidText
    scheme: RecordedScheme
    participant: ParticipantRef
    country: Country
    region: RegionId = Field(description="As it stands, after corrections")
    occurred_at: Moment
    office: Code


class DuplicateDecision(BaseModel):
    """`POST /v1/reference/duplicate-reviews`: what a reviewer found. `same` voids the records in `void`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: PairId
    decision: Decision
    reviewer: Code
    note: str | None = Field(None, max_length=500)
    void: list[RecordOfPair] = Field(
        default_factory=list, max_length=50, description="`void` of the pair as /v1/possible-duplicates serves it"
    )

    @model_validator(mode="after")
    def _only_one_person_is_voided_and_only_when_both_are_the_same(self) -> Self:
        if self.void and self.decision != "same":
            raise ValueError("void: only the records of someone who is the same as another are voided")
        if len({(record.participant, record.scheme) for record in self.void}) > 1:
            raise ValueError("void: holds records of more than one person or scheme")
        return self


class DuplicateReviewed(BaseModel):
    """The answer: the decision is kept, and the voids are on their way into the numbers."""

    id: PairId
    decision: Decision
    decided_at: AwareDatetime
    voids: list[UuidText] = Field(description="Registration ids of the voids, the same however often it is sent")


class RecordSeen(Served):
    """One of the two records."""

    registration_id: str
    participant: str
    office: str
    agent: str | None
    channel: str | None
    birth_year: int | None
    sex: str | None
    region: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime


class TotalsOfDecision(Served):
    """Participants and new people of the region asked about, now and when the two are `same`."""

    participants: int
    participants_if_same: int
    new_people_fewer: int = Field(description="New people that no longer count, at the time they were counted")


class PossibleDuplicate(Served):
    """Two records that may be of one person, or may be one act recorded twice."""

    id: str
    scheme: Scheme
    reasons: list[Reason]
    state: Literal["open", "reviewed"]
    decision: Decision | None
    reviewer: str | None
    note: str | None
    decided_at: datetime | None
    earlier: RecordSeen
    later: RecordSeen
    totals: TotalsOfDecision | None = Field(description="Null once it is decided: the totals are what they are")
    void: list[RecordOfPair] = Field(description="What `same` voids; empty where both records are one person's already")


class PossibleDuplicates(Served):
    """`GET /v1/possible-duplicates`: the latest first."""

    region: RegionRef
    as_of: datetime
    freshness_ms: int | None = FRESHNESS
    state: Literal["open", "reviewed"]
    pairs: list[PossibleDuplicate]
    more: bool = Field(description="Whether there are more than were asked for; decide these first")

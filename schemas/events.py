"""What travels on Kafka: enrolment events, reference events and dead letters."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.vocabulary import REFERRING_KINDS, Code, Country, Kind, RecordedScheme, RegionId

SCHEMA_VERSION: Final = 1
EARLIEST: Final = datetime.fromisoformat("1990-01-01T00:00:00+00:00")


Moment = Annotated[AwareDatetime, Field(ge=EARLIEST)]
"""An instant with its UTC offset, 1990 or later."""

ParticipantRef = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""A person's pseudonym: the first 128 bits of HMAC-SHA-256 over country and normalised national ID, in hex."""


UuidText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
"""A UUID in its canonical form: lower case, with hyphens. As text, because it is compared and passed on, millions of times."""


class Attribution(BaseModel):
    """Who brought a registration about, and for whom. All of it may be corrected later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agent: Code | None = Field(None, description="The collection agent or officer who registered the person")
    channel: Code | None = Field(None, description="How: post_office, si_office, agent, outreach, online ...")
    outreach: Code | None = Field(None, description="The outreach session that led to it")
    campaign: Code | None = Field(None, description="The campaign it is part of")
    group: Code | None = Field(None, description="The mutual-help group the person belongs to")
    sponsor: Code | None = Field(None, description="The donor who pays")
    birth_year: int | None = Field(None, ge=1900, le=2100, description="Year of birth, Gregorian")
    sex: Literal["F", "M", "X"] | None = Field(None, description="F, M or X")


class EnrollmentEvent(Attribution):
    """One accepted registration on `enrollment-events`, keyed by `participant`.

    `registration_id` was made by the counter and is the deduplication key of a person's records; `event_id` is
    derived from the content, so the same registration sent again has the same `event_id` and another body has another.
    `occurred_at` is the counter's clock, `recorded_at` ours.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    event_id: UuidText
    registration_id: UuidText
    kind: Kind
    scheme: RecordedScheme
    region: RegionId
    country: Country
    participant: ParticipantRef
    occurred_at: Moment
    recorded_at: AwareDatetime
    office: Code
    refers_to: UuidText | None = None
    reason: str | None = Field(None, max_length=500)

    @model_validator(mode="after")
    def _referring_kinds_say_to_what_and_why(self) -> Self:
        if self.kind in REFERRING_KINDS and (self.refers_to is None or not self.reason):
            raise ValueError(f"{self.kind} needs refers_to and reason")
        return self


class ReferenceEvent(BaseModel):
    """One row of reference data on the compacted topic `reference-data`, keyed `kind/key`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]{3,20}$")]
    key: str = Field(min_length=1, max_length=300)
    row: dict[str, Any]
    recorded_at: AwareDatetime


class RejectionReason(StrEnum):
    """Why a record was not counted."""

    MALFORMED = "malformed"
    """Not JSON."""
    UNSUPPORTED_VERSION = "unsupported_version"
    """A schema_version this build does not know."""
    INVALID = "invalid"
    """JSON, but not an event of the schema."""
    UNKNOWN_REGION = "unknown_region"
    """No such region in the reference data, or not at that time."""
    CONFLICTING_REGISTRATION = "conflicting_registration"
    """Another body under a registration_id that is already taken; the first stands."""
    CORRECTION_MISMATCH = "correction_mismatch"
    """Refers to a registration of another person or scheme; void it and register again."""
    CANNOT_REFER = "cannot_refer"
    """Refers to something that cannot be voided or corrected: a void, or (for a correction) a correction."""


class DeadLetter(BaseModel):
    """A record that was not counted, on `enrollment-rejected`, keyed `topic/partition/offset` of the original.

    `value_base64` and `key_base64` are the original bytes, so that a replay after a fix sends exactly what came.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = SCHEMA_VERSION
    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    reason: RejectionReason
    detail: str
    registration_id: UUID | None = None
    key_base64: str | None = None
    value_base64: str | None = None
    timestamp_ms: int = Field(description="Kafka's timestamp of the original record")
    rejected_at: AwareDatetime

    @property
    def id(self) -> str:
        """The original's position, which names this dead letter in the command line and in ClickHouse."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class DeadLetterReplayed(BaseModel):
    """A mark on `enrollment-rejected` under the key of a dead letter: its bytes were sent again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = SCHEMA_VERSION
    replayed: Literal[True] = True
    topic: str
    partition: int
    offset: int
    replayed_at: AwareDatetime
    new_partition: int
    new_offset: int

"""What counters send to the registration service, and what it answers."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from schemas.events import Attribution, Moment
from schemas.problem import FieldError
from schemas.vocabulary import REFERRING_KINDS, Code, Country, Kind, RecordedScheme, RegionId, refuse_total


def _read_time(value: Any) -> Any:
    """A bare number is refused: it would be taken for seconds or milliseconds by its size."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value.strip().upper())
    except (AttributeError, ValueError):
        raise ValueError("write date, time and UTC offset, as in 2020-05-10T09:00:00+07:00") from None


WrittenTime = BeforeValidator(_read_time)


CODE: TypeAdapter[str] = TypeAdapter(Code)


def _code_or_none(value: Any) -> str | None:
    """None for what is no code: of a field that came later, any value was taken and passed over before."""
    try:
        return CODE.validate_python(value)
    except ValidationError:
        return None


class Registration(Attribution):
    """Body of `POST /v1/registrations`: what happened to one person in one scheme.

    `national_id` is held as a secret: it shows in no log, repr or error, and leaves the service only as a pseudonym.
    """

    registration_id: UUID = Field(description="Made by the counter; sending it again is safe")
    kind: Kind
    scheme: Annotated[RecordedScheme, BeforeValidator(refuse_total)]
    region: RegionId
    national_id: Annotated[SecretStr, Field(min_length=5, max_length=40)]
    country: Country | None = Field(None, description="Of the identity number; the region's country when left out")
    occurred_at: Annotated[Moment, WrittenTime] = Field(description="The counter's clock, with its UTC offset")
    office: Code | None = Field(None, description="Taken from the key; a key bound to no office may name one")
    refers_to: UUID | None = Field(None, description="The registration voided or corrected")
    reason: str | None = Field(None, max_length=500, description="Why it is voided or corrected")

    @model_validator(mode="after")
    def _referring_kinds_say_to_what_and_why(self) -> Self:
        missing = [name for name in ("refers_to", "reason") if not getattr(self, name)]
        if self.kind in REFERRING_KINDS and missing:
            raise ValueError(f"{' and '.join(missing)}: required when kind is {self.kind}")
        return self


class Receipt(BaseModel):
    """201 (or 200 when repeated): the broker has acknowledged the event with acks=all."""

    registration_id: UUID
    event_id: UUID
    participant: str
    received_at: AwareDatetime
    topic: str
    partition: int
    offset: int


class RowOutcome(BaseModel):
    """The outcome of one row of an upload, in the order of the rows; `row` counts from 1."""

    row: int = Field(ge=1)
    status: Literal["accepted", "repeated", "refused", "unavailable"]
    registration_id: str | None = None
    receipt: Receipt | None = None
    errors: list[FieldError] = Field(default_factory=list)


class UploadSummary(BaseModel):
    """The last line of an upload's answer."""

    summary: Literal[True] = True
    rows: int
    accepted: int
    repeated: int
    refused: int
    unavailable: int = Field(description="Rows the broker did not take: send these again")


class SyncStatus(BaseModel):
    """Body of `POST /v1/offices/{office}/sync-status`: what an offline counter still holds. An office's figure is the sum
    over its counters, with the oldest date."""

    counter: Annotated[str | None, BeforeValidator(_code_or_none), WithJsonSchema({})] = Field(
        None, description="Id that the device made once and keeps; none, or what is no id: one unnamed counter"
    )
    unsynced_count: int = Field(ge=0, le=10_000_000)
    oldest_unsynced_at: Annotated[AwareDatetime, WrittenTime] | None = None

"""Uploads row by row: each row has its own outcome, in order, and a summary ends the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from schemas.problem import FieldError
from schemas.registration import RowOutcome, UploadSummary
from services.registration.http import media_type
from services.registration.lines import Spool
from services.registration.rows import CSV, NDJSON, BadRow, CsvHeader, RawRow, TooLong
from services.shared.errors import Backpressure
from services.shared.problems import ProblemError, field_errors

Status = Literal["accepted", "repeated", "refused", "unavailable"]
Settling = RowOutcome | Callable[[], Awaitable[RowOutcome]]
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
BUSY_S = 0.02


def is_csv(request: Request) -> bool:
    """Whether the upload is CSV; 415 where it is neither that nor NDJSON."""
    sent = media_type(request)
    if sent not in CSV | NDJSON:
        raise ProblemError(415, "Send application/x-ndjson or text/csv")
    return sent in CSV


def csv_header(row: RawRow, model: type[BaseModel]) -> CsvHeader:
    """The header of a CSV upload; 422 where it names what the model does not have."""
    known = frozenset(field.alias or name for name, field in model.model_fields.items())
    try:
        if isinstance(row, TooLong):
            raise BadRow(f"longer than {row.limit} bytes")
        return CsvHeader(row, known)
    except BadRow as error:
        raise ProblemError(422, f"CSV header: {error}", [FieldError(field="header", message=str(error))]) from None


def read_row(raw: RawRow, model: type[M], header: CsvHeader | None, *, strict: bool = False) -> M | list[FieldError]:
    """The row as a model, or what is wrong with it; never with any of its content. Strict: no "1985" for 1985 in JSON."""
    try:
        if isinstance(raw, TooLong):
            raise BadRow(f"longer than {raw.limit} bytes")
        if header is not None:
            return model.model_validate(header.fields(raw))
        return model.model_validate_json(raw, strict=strict)
    except BadRow as error:
        return [FieldError(field="row", message=str(error), code="unreadable")]
    except ValidationError as error:
        return field_errors(error.errors(include_url=False, include_context=False, include_input=False))


def refused(row: int, errors: list[FieldError], registration_id: str | None = None) -> RowOutcome:
    """The outcome of a row that is wrong."""
    return RowOutcome(row=row, status="refused", registration_id=registration_id, errors=errors)


def not_taken(row: int, error: Exception, registration_id: str | None = None) -> RowOutcome:
    """The outcome of a row that is to be sent again."""
    errors = [FieldError(field="row", message=f"{error}. Send it again as it is.", code="send_again")]
    return RowOutcome(row=row, status="unavailable", registration_id=registration_id, errors=errors)


async def patiently(attempt: Callable[[], T], patience_s: float) -> T:
    """Try again while too much is under way, for a while."""
    give_up_at = asyncio.get_running_loop().time() + patience_s
    while asyncio.get_running_loop().time() < give_up_at:
        with suppress(Backpressure):
            return attempt()
        await asyncio.sleep(BUSY_S)
    return attempt()


class Outcomes:
    """Writes outcomes into a spool in the order of the rows, as they settle; at most `window` are open at a time."""

    def __init__(self, spool: Spool, window: int) -> None:
        self._spool = spool
        self._open: asyncio.Queue[Settling | None] = asyncio.Queue(window)
        self._counts: dict[str, int] = dict.fromkeys(("accepted", "repeated", "refused", "unavailable"), 0)
        self._writer = asyncio.create_task(self._write())

    async def add(self, outcome: Settling) -> None:
        """The next row's outcome, or what will tell it; waits while too many are open."""
        await self._open.put(outcome)

    async def finish(self) -> Mapping[str, int]:
        """Wait for all, write the summary; returns how many rows had which outcome."""
        await self._open.put(None)
        await self._writer
        return self._counts

    def cancel(self) -> None:
        """Write no more."""
        self._writer.cancel()

    async def _write(self) -> None:
        rows = 0
        while (item := await self._open.get()) is not None:
            outcome = item if isinstance(item, RowOutcome) else await item()
            rows += 1
            self._counts[outcome.status] += 1
            self._spool.write(outcome.model_dump_json(exclude_none=True).encode() + b"\n")
        summary = UploadSummary(rows=rows, **self._counts)
        self._spool.write(summary.model_dump_json().encode() + b"\n")

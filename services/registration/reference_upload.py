"""`PUT /v1/reference/{kind}`: reference data as NDJSON or CSV, checked as a whole, accepted row by row."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from schemas.events import ReferenceEvent
from schemas.problem import FieldError
from schemas.reference import REFERENCE_KINDS, ReferenceRow
from schemas.registration import RowOutcome
from services.registration.domain.reference_rows import refusals
from services.registration.lines import LinesResponse, Spool
from services.registration.openapi import UPLOAD_ANSWER, problems, upload_body
from services.registration.rows import cut
from services.registration.service import Service
from services.registration.uploads import (
    Outcomes,
    Settling,
    csv_header,
    is_csv,
    not_taken,
    patiently,
    read_row,
    refused,
)
from services.shared.errors import CoverageError, Unavailable
from services.shared.problems import ProblemError

CheckedRows = list[ReferenceRow | list[FieldError]]


def reference_routes(service: Service) -> APIRouter:
    """The route of reference data."""
    router = APIRouter(tags=["reference data"])

    @router.put(
        "/v1/reference/{kind}",
        status_code=200,
        response_class=LinesResponse,
        responses={200: UPLOAD_ANSWER, **problems(401, 403, 404, 413, 415, 422, 429, 503)},
        openapi_extra=upload_body(*REFERENCE_KINDS.values()),
    )
    async def put_reference(
        request: Request, kind: Annotated[str, Path(description=f"One of {', '.join(REFERENCE_KINDS)}")]
    ) -> Response:
        """Add or replace rows by their key. Each row has its own outcome, in order; the last line is the summary.

        A row that is accepted is known to this service at once. Rows of one upload may refer to each other.
        """
        service.gate.admit_request(request, "reference")
        if kind not in REFERENCE_KINDS:
            raise ProblemError(404, f"No such kind of reference data; there are {', '.join(REFERENCE_KINDS)}")
        in_csv = is_csv(request)
        service.must_be_able_to_publish()
        checked = await _checked_rows(service, request, kind, in_csv=in_csv)
        spool = Spool()
        return LinesResponse(spool, ReferenceUpload(service, kind, spool).run(checked))

    return router


async def _checked_rows(service: Service, request: Request, kind: str, *, in_csv: bool) -> CheckedRows:
    """Every row of the upload, valid and fitting what is known, or what is wrong with it."""
    model, header, rows = REFERENCE_KINDS[kind], None, []
    limited = _limited(request.stream(), service.settings.reference_max_bytes)
    async for raw in cut(limited, service.settings.max_body_bytes, quoted=in_csv):
        if in_csv and header is None:
            header = csv_header(raw, model)
        else:
            rows.append(read_row(raw, model, header))
    valid = {number: row for number, row in enumerate(rows) if not isinstance(row, list)}
    for number, errors in refusals(valid, service.reference).items():
        rows[number] = errors
    return rows


async def _limited(chunks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise ProblemError(413, f"The upload is larger than {limit} bytes; send it in parts")
        yield chunk


class ReferenceUpload:
    """Publishes the rows of one upload that are right."""

    def __init__(self, service: Service, kind: str, spool: Spool) -> None:
        self._service, self._kind, self._spool = service, kind, spool

    async def run(self, rows: CheckedRows) -> None:
        """Publish every row that is right, write every outcome."""
        outcomes = Outcomes(self._spool, self._service.settings.upload_window)
        try:
            for number, row in enumerate(rows, 1):
                await outcomes.add(refused(number, row) if isinstance(row, list) else await self._publish(number, row))
            counts = await outcomes.finish()
        finally:
            outcomes.cancel()
        for status, count in counts.items():
            self._service.metrics.reference_rows.labels(self._kind, status).inc(count)

    async def _publish(self, number: int, row: ReferenceRow) -> Settling:
        service = self._service
        event = ReferenceEvent(
            kind=self._kind, key=row.key, row=row.model_dump(mode="json", by_alias=True), recorded_at=service.clock()
        )
        key, value = f"{event.kind}/{event.key}".encode(), event.model_dump_json().encode()
        send = partial(service.publisher.send, service.reference_topic, key, value)
        try:
            kept = await patiently(send, service.settings.delivery_timeout_s)
        except Unavailable as error:
            return not_taken(number, error)

        async def settle() -> RowOutcome:
            try:
                position = await kept
            except CoverageError as error:
                return not_taken(number, error)
            service.reference.apply(self._kind, row, position.offset)
            return RowOutcome(row=number, status="accepted")

        return settle

"""`POST /v1/registrations/bulk`: registrations as NDJSON or CSV, streamed in, outcomes streamed out."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from fastapi import APIRouter, Request, Response

from schemas.problem import FieldError
from schemas.registration import Registration, RowOutcome
from services.registration.desk import ConflictingRegistration, Taken, acknowledged
from services.registration.domain.event import Refused, WrongOffice
from services.registration.lines import LinesResponse, Spool
from services.registration.openapi import UPLOAD_ANSWER, problems, upload_body
from services.registration.rows import CsvHeader, RawRow, cut
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
from services.shared.errors import Unavailable


def bulk_routes(service: Service) -> APIRouter:
    """The route of bulk uploads."""
    router = APIRouter(tags=["registrations"])

    @router.post(
        "/v1/registrations/bulk",
        status_code=200,
        response_class=LinesResponse,
        responses={200: UPLOAD_ANSWER, **problems(401, 403, 415, 422, 429, 503)},
        openapi_extra=upload_body(Registration),
    )
    async def register_many(request: Request) -> Response:
        """Register row by row. Each row has its own outcome, in order; the last line is the summary.

        A bad row does not stop the others. Rows whose outcome is `unavailable` may be sent again as they are, and so
        may the whole upload: what was accepted before is `repeated` or counted once.
        """
        office = service.gate.admit_request(request, "register").office
        in_csv = is_csv(request)
        service.must_be_able_to_publish()
        rows = cut(request.stream(), service.settings.max_body_bytes, quoted=in_csv)
        header = None
        if in_csv and (first := await anext(rows, None)) is not None:
            header = csv_header(first, Registration)
        spool = Spool()
        return LinesResponse(spool, Upload(service, office, spool, header).run(rows))

    return router


class Upload:
    """One bulk upload."""

    def __init__(self, service: Service, office: str, spool: Spool, header: CsvHeader | None) -> None:
        self._service, self._office, self._spool, self._header = service, office, spool, header

    async def run(self, rows: AsyncIterator[RawRow]) -> None:
        """Take every row, write every outcome."""
        settings = self._service.settings
        outcomes = Outcomes(self._spool, settings.upload_window)
        number = 0
        try:
            async for raw in rows:
                number += 1
                if number > settings.upload_max_rows:
                    message = f"beyond the {settings.upload_max_rows} rows of one upload; send it in another"
                    await outcomes.add(refused(number, [FieldError(field="row", message=message)]))
                else:
                    await outcomes.add(await self._take(number, raw))
                if number % 100 == 0:
                    await asyncio.sleep(0)  # a large upload must not keep single registrations waiting
            await outcomes.finish()
        finally:
            outcomes.cancel()

    async def _take(self, row: int, raw: RawRow) -> Settling:
        registration = read_row(raw, Registration, self._header, strict=True)
        count = self._service.metrics.count
        if isinstance(registration, list):
            count("refused", "")
            return refused(row, registration)
        kind, name = registration.kind.value, str(registration.registration_id)
        try:
            taken, repeated = await patiently(
                partial(self._service.desk.take, registration, self._office), self._service.settings.delivery_timeout_s
            )
        except Refused as error:
            outcome, counted = refused(row, error.errors, name), "refused"
        except WrongOffice as error:
            outcome, counted = (
                refused(row, [FieldError(field="office", message=str(error), code="other_office")], name),
                "refused",
            )
        except ConflictingRegistration as error:
            outcome = refused(row, [FieldError(field="registration_id", message=str(error), code="id_taken")], name)
            counted = "conflict"
        except Unavailable as error:
            outcome, counted = not_taken(row, error, name), "unavailable"
        else:
            return partial(self._settle, row, taken, kind, repeated)
        count(counted, kind)
        return outcome

    async def _settle(self, row: int, taken: Taken, kind: str, repeated: bool) -> RowOutcome:
        name = str(taken.registration_id)
        try:
            await acknowledged(taken)
        except Unavailable as error:
            self._service.metrics.count("unavailable", kind)
            return not_taken(row, error, name)
        status = "repeated" if repeated else "accepted"
        self._service.metrics.count(status, kind)
        return RowOutcome(row=row, status=status, registration_id=name, receipt=taken.receipt())

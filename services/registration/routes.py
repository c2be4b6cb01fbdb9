"""HTTP for single registrations and for what an offline counter still holds."""

import time
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ValidationError

from schemas.events import ReferenceEvent
from schemas.problem import FieldError
from schemas.registration import Receipt, Registration, SyncStatus
from schemas.vocabulary import Code
from services.registration.desk import ConflictingRegistration, acknowledged
from services.registration.domain.event import Refused, WrongOffice
from services.registration.http import json_response, read_body
from services.registration.openapi import json_body, problems, ref
from services.registration.service import Service
from services.shared.auth import ANY_OFFICE
from services.shared.errors import InvalidEvent, Unavailable
from services.shared.problems import ProblemError, field_errors, unavailable

OFFICE_SYNC = "office_sync"
_JSON_RECEIPT = {"application/json": {"schema": ref(Receipt)}}
M = TypeVar("M", bound=BaseModel)


def registration_routes(service: Service) -> APIRouter:
    """The routes of single registrations."""
    router = APIRouter()
    limit = service.settings.max_body_bytes

    @router.post(
        "/v1/registrations",
        status_code=201,
        tags=["registrations"],
        openapi_extra=json_body(Registration),
        responses={
            200: {"description": "The same body came before: its receipt", "content": _JSON_RECEIPT},
            201: {"description": "The broker keeps it", "content": _JSON_RECEIPT},
            **problems(401, 403, 409, 413, 422, 429, 503),
        },
    )
    async def register(request: Request) -> Response:
        """Register what happened to one person in one scheme. Sending the same body again is safe."""
        started = time.perf_counter()
        office = service.gate.admit(request, "register").office
        body = await read_body(request, limit)
        kind = ""
        try:
            registration = _validated(body, Registration)
            kind = registration.kind.value
            taken, repeated = service.desk.take(registration, office)
            receipt = await acknowledged(taken)
        except Exception as error:
            outcome, problem = _explained(error)
            service.metrics.count(outcome, kind)
            raise problem from None
        service.metrics.count("repeated" if repeated else "accepted", kind)
        service.metrics.latency.observe(time.perf_counter() - started)
        return json_response(receipt.model_dump_json().encode(), 200 if repeated else 201)

    @router.post(
        "/v1/offices/{office}/sync-status",
        tags=["offices"],
        openapi_extra=json_body(SyncStatus),
        responses=problems(401, 403, 413, 422, 429, 503),
    )
    async def report_sync_status(request: Request, office: Annotated[Code, Path()]) -> dict[str, object]:
        """Report how many registrations an offline counter still holds, and since when."""
        key = service.gate.admit(request, "register")
        if key.office not in (ANY_OFFICE, office):
            raise ProblemError(403, f"this key reports for office {key.office}, not for {office}")
        status = _validated(await read_body(request, limit), SyncStatus)
        now = service.clock()
        row = {"office": office, **status.model_dump(), "reported_at": now}
        event = ReferenceEvent(kind=OFFICE_SYNC, key=office, row=row, recorded_at=now)
        await service.publisher.send(
            service.reference_topic, f"{OFFICE_SYNC}/{office}".encode(), event.model_dump_json().encode()
        )
        return row

    return router


def _validated(body: bytes, model: type[M]) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:  # its text holds what was sent, so it must go no further
        raise _invalid(
            field_errors(error.errors(include_url=False, include_context=False, include_input=False))
        ) from None


def _invalid(errors: list[FieldError]) -> ProblemError:
    return ProblemError(422, "; ".join(f"{error.field}: {error.message}" for error in errors), errors)


def _explained(error: Exception) -> tuple[str, Exception]:
    """How a registration that was not taken is counted, and what the client is told."""
    match error:
        case ProblemError():
            return "refused", error
        case Refused():
            return "refused", _invalid(error.errors)
        case WrongOffice():
            return "refused", ProblemError(403, str(error))
        case ConflictingRegistration():
            return "conflict", ProblemError(409, str(error))
        case InvalidEvent():
            return "refused", ProblemError(422, str(error))
        case Unavailable():
            return "unavailable", unavailable(error)
    return "failed", error

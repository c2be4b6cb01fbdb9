"""HTTP for single registrations and for what an offline counter still holds."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from schemas.events import ReferenceEvent
from schemas.registration import Receipt, Registration, SyncStatus
from schemas.vocabulary import Code
from services.registration.front import PATH, Registrar, validated
from services.registration.http import read_body
from services.registration.offices import OFFICE_SYNC
from services.registration.openapi import json_body, problems, ref
from services.registration.service import Service
from services.shared.auth import ANY_OFFICE
from services.shared.problems import ProblemError

_JSON_RECEIPT = {"application/json": {"schema": ref(Receipt)}}


def registration_routes(service: Service, registrar: Registrar) -> APIRouter:
    """The routes of single registrations."""
    router = APIRouter()

    @router.post(
        PATH,
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
        status, receipt = await registrar.register(request.headers.get("authorization"), request.receive)
        return Response(receipt, status, media_type="application/json")

    @router.post(
        "/v1/offices/{office}/sync-status",
        tags=["offices"],
        openapi_extra=json_body(SyncStatus),
        responses=problems(401, 403, 413, 422, 429, 503),
    )
    async def report_sync_status(request: Request, office: Annotated[Code, Path()]) -> dict[str, object]:
        """Report how many registrations an offline counter still holds, and since when."""
        key = service.gate.admit_request(request, "register")
        if key.office not in (ANY_OFFICE, office):
            raise ProblemError(403, f"this key reports for office {key.office}, not for {office}")
        status = validated(await read_body(request.receive, service.settings.max_body_bytes), SyncStatus)
        now = service.clock()
        said = status.model_dump(exclude={"counter"} if status.counter is None else set())
        row = {"office": office, **said, "reported_at": now}
        name = f"{office}/{status.counter}" if status.counter else office
        event = ReferenceEvent(kind=OFFICE_SYNC, key=name, row=row, recorded_at=now)
        await service.publisher.send(
            service.reference_topic, f"{OFFICE_SYNC}/{name}".encode(), event.model_dump_json().encode()
        )
        return row

    return router

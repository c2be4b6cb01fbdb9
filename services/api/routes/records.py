"""`/v1/receipts/{registration_id}` and `/v1/freshness`: what became of one record, and how far all are counted."""

from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from schemas.coverage import Freshness, ReceiptState
from services.api.answers.freshness import freshness
from services.api.answers.receipts import receipt
from services.api.desk import Served, reader
from services.api.openapi import answers
from services.api.routes.parameters import as_json

router = APIRouter(prefix="/v1", tags=["records"], dependencies=[Depends(reader)])
FRESHNESS_KEPT_S = 0.3


@router.get("/receipts/{registration_id}", responses=answers(ReceiptState), response_model=None)
async def get_receipt(desk: Served, registration_id: UUID) -> Response:
    """Whether a registration is counted, on its way, or rejected, and why."""
    return as_json(
        await desk.questions.ask(("receipt", registration_id), 0, lambda store: receipt(store, registration_id))
    )


@router.get("/freshness", responses=answers(Freshness), response_model=None)
async def get_freshness(desk: Served) -> Response:
    """How far each partition is counted, how far the counters differ from the people, and the dead letters."""
    found = await desk.questions.ask("freshness", FRESHNESS_KEPT_S, freshness)
    latest = desk.live.latest
    served = desk.freshness_ms(latest) if latest else None
    return as_json(found.model_copy(update={"as_of": desk.now(), "freshness_ms": served}))

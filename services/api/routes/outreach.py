"""`/v1/outreach`."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from schemas.pages import OutreachPage
from services.api.answers.coverage import region_ref
from services.api.answers.outreach import outreach
from services.api.desk import Served, reader
from services.api.openapi import answers
from services.api.routes.parameters import RegionQuery, as_json

router = APIRouter(prefix="/v1", tags=["outreach"], dependencies=[Depends(reader)])
KEPT_S = 2.0


@router.get("/outreach", responses=answers(OutreachPage, 404), response_model=None)
async def get_outreach(desk: Served, region: RegionQuery) -> Response:
    """Sessions, attendances and cost of a region and all below it, and the enrolments they led to."""
    snapshot = desk.snapshot
    place = snapshot.reference.tree.places[desk.position(snapshot, region)]
    total, activities = await desk.questions.ask(
        ("outreach", region), KEPT_S, lambda store: outreach(store, snapshot.reference.tree, region)
    )
    return as_json(
        OutreachPage(
            region=region_ref(place),
            as_of=desk.now(),
            freshness_ms=desk.freshness_ms(snapshot),
            total=total,
            activities=activities,
        )
    )

"""`/v1/outreach`."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from schemas.pages import OutreachPage
from services.api.answers.coverage import region_ref
from services.api.answers.outreach import outreach
from services.api.desk import Served, reader
from services.api.openapi import answers
from services.api.queries.outreach import NO_END
from services.api.routes.parameters import AsOfDay, RegionQuery, as_json

router = APIRouter(prefix="/v1", tags=["outreach"], dependencies=[Depends(reader)])
KEPT_S = 2.0


@router.get("/outreach", responses=answers(OutreachPage, 404), response_model=None)
async def get_outreach(desk: Served, region: RegionQuery, date: AsOfDay = None) -> Response:
    """Sessions, attendances and cost of a region and all below it, and the enrolments they led to.

    As of a day: the activities that had begun, each with all its sessions, and the people new by the end of that day.
    """
    snapshot = desk.snapshot
    place = snapshot.reference.tree.places[desk.position(snapshot, region)]
    calendar = desk.calendar(place.country, date)
    total, activities = await desk.questions.ask(
        ("outreach", region, date),
        KEPT_S,
        lambda store: outreach(store, snapshot.reference.tree, region, date or NO_END),
    )
    return as_json(
        OutreachPage(
            region=region_ref(place),
            as_of=calendar.as_of,
            freshness_ms=desk.freshness_ms(snapshot),
            total=total,
            activities=activities,
        )
    )

"""`/v1/milestones`."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from schemas.pages import MilestonesPage
from services.api.answers.milestones import milestones
from services.api.desk import Served, reader
from services.api.openapi import answers
from services.api.routes.parameters import RegionQuery, json_response

router = APIRouter(prefix="/v1", tags=["plans"], dependencies=[Depends(reader)])


@router.get("/milestones", responses=answers(MilestonesPage, 404), response_model=None)
async def get_milestones(desk: Served, region: RegionQuery) -> Response:
    """Complete villages and groups, and plans that are met, in a region and all below it."""
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    return json_response(desk.live_answer(snapshot, ("milestones", region), lambda now: milestones(now, position)))

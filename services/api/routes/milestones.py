"""`/v1/milestones`."""

from anyio import to_thread
from fastapi import APIRouter, Depends
from starlette.responses import Response

from schemas.pages import MilestonesPage
from schemas.vocabulary import Scheme
from services.api.answers.milestones import milestones
from services.api.desk import Served, reader
from services.api.live.dated import together
from services.api.openapi import answers
from services.api.queries.milestones import read_history
from services.api.routes.parameters import AsOfDay, RegionQuery, as_json

router = APIRouter(prefix="/v1", tags=["plans"], dependencies=[Depends(reader)])
KEPT_S = 2.0


@router.get("/milestones", responses=answers(MilestonesPage, 404), response_model=None)
async def get_milestones(desk: Served, region: RegionQuery, date: AsOfDay = None) -> Response:
    """Complete villages and groups, plans that are met, and when each was reached, in a region and all below it.

    As of a day: what was complete or met at its end, and what had been reached by then.
    """
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    history = await desk.questions.ask(("milestones", region), KEPT_S, lambda store: read_history(store, region))
    shown = snapshot
    if date is not None:
        history = [one for one in history if one.reached_on <= date]
        shown = together([await desk.dated_below(snapshot, position, scheme, date, None) for scheme in Scheme])
    page = await to_thread.run_sync(milestones, shown, position, history, desk.freshness_ms(snapshot))
    return as_json(page)

"""`/v1/coverage/{region}/{scheme}/explain`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from schemas.trace import Explanation
from schemas.vocabulary import Scheme
from services.api.answers.explain import explain
from services.api.desk import Served, reader
from services.api.openapi import answers
from services.api.routes.parameters import AsOfDay, RegionPath, as_json

router = APIRouter(prefix="/v1/coverage", tags=["coverage"], dependencies=[Depends(reader)])
KEPT_S = 2.0


@router.get("/{region}/{scheme}/explain", responses=answers(Explanation, 404), response_model=None)
async def get_explanation(
    desk: Served,
    region: RegionPath,
    scheme: Annotated[Scheme, Path(description="The insurance scheme")],
    date: AsOfDay = None,
) -> Response:
    """What is behind the number: its sum, the records by kind, outcome, office, channel and place, counted anew."""
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    calendar = desk.calendar(snapshot.reference.tree.places[position].country, date)
    freshness_ms = desk.freshness_ms(snapshot)
    found = await desk.questions.ask(
        ("explain", region, scheme, date),
        KEPT_S,
        lambda store: explain(store, snapshot, position, scheme, calendar, freshness_ms),
    )
    return as_json(found)

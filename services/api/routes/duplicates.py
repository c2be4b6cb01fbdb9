"""`/v1/possible-duplicates`: the queue of a reviewer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from schemas.duplicates import PossibleDuplicates
from services.api.answers.coverage import region_ref
from services.api.answers.duplicates import possible_duplicates
from services.api.desk import Served, reader
from services.api.openapi import answers
from services.api.routes.parameters import RegionQuery, as_json

router = APIRouter(prefix="/v1", tags=["records"], dependencies=[Depends(reader)])


@router.get("/possible-duplicates", responses=answers(PossibleDuplicates, 404), response_model=None)
async def get_possible_duplicates(
    desk: Served,
    region: RegionQuery,
    state: Annotated[Literal["open", "reviewed"], Query(description="Those to decide, or those decided")] = "open",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Records that may be of one person, the latest first, each with what deciding `same` would do to the totals."""
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    pairs, more = await desk.questions.ask(
        ("duplicates", region, state, limit),
        0,
        lambda store: possible_duplicates(store, snapshot, position, state, limit),
    )
    return as_json(
        PossibleDuplicates(
            region=region_ref(snapshot.reference.tree.places[position]),
            as_of=desk.now(),
            freshness_ms=desk.freshness_ms(snapshot),
            state=state,
            pairs=pairs,
            more=more,
        )
    )

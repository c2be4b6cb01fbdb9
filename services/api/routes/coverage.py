"""`/v1/coverage`, `/v1/leaderboard`, `/v1/stream`."""

from typing import Annotated, Any, Final

from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response, StreamingResponse

from schemas.coverage import Coverage
from schemas.pages import Leaderboard
from schemas.vocabulary import Level
from services.api.answers.coverage import coverage
from services.api.answers.pages import Metric, leaderboard
from services.api.desk import Served, reader
from services.api.openapi import answers, problems
from services.api.routes.parameters import AsOfDay, InUnits, RegionQuery, SchemeQuery, as_json, json_response
from services.shared.problems import ProblemError

router = APIRouter(prefix="/v1", tags=["coverage"], dependencies=[Depends(reader)])
EVENTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events: `coverage`, with the body of /v1/coverage as its data, and, while that stays "
        "the same, every few seconds `freshness`, with `as_of` and `freshness_ms` of the figures as they are now",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/coverage", responses=answers(Coverage, 404), response_model=None)
async def get_coverage(
    desk: Served, region: RegionQuery, scheme: SchemeQuery, date: AsOfDay = None, as_: InUnits = None
) -> Response:
    """How many are covered out of how many, how many are new, and how the plans stand."""
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    if date is None and as_ is None:
        return json_response(desk.coverage_now(snapshot, (region, scheme)) or b"")
    if date is not None:
        desk.not_after_today("date", date, snapshot, position)
    if as_ is not None:
        carried, units = await desk.in_units(snapshot, position, scheme, as_, date)
        return as_json(coverage(carried, position, scheme, desk.freshness_ms(snapshot), units))
    assert date is not None
    dated = await desk.dated(snapshot, region, scheme, date)
    return as_json(coverage(dated, position, scheme, desk.freshness_ms(snapshot)))


@router.get("/leaderboard", responses=answers(Leaderboard, 404), response_model=None)
async def get_leaderboard(
    desk: Served,
    level: Level,
    scheme: SchemeQuery,
    metric: Annotated[Metric, Query(description="What the regions are ranked by")] = "coverage_pct",
    within: Annotated[str | None, Query(min_length=1, max_length=120, description="Only below this region")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    date: AsOfDay = None,
    as_: InUnits = None,
) -> Response:
    """Regions of a level, the greatest figure first."""
    snapshot = shown = desk.snapshot
    position = None if within is None else desk.position(snapshot, within)
    key = ("leaderboard", level, scheme, metric, within, limit, as_, date)
    if found := snapshot.answers.get(key):
        return json_response(desk.with_freshness(snapshot, found))
    if date is not None:
        shown = await desk.dated_below(snapshot, position, scheme, date, as_)
    elif as_ is not None:
        shown = await desk.today_in_units(snapshot, position, scheme, "within")

    def make() -> bytes:
        board = Leaderboard(
            level=level,
            scheme=scheme,
            metric=metric,
            within=within,
            as_of=shown.as_of,
            freshness_ms=-1,
            as_=as_,
            leaders=leaderboard(shown, level, scheme, metric, position, limit),
        )
        return board.model_dump_json(by_alias=True).encode()

    return json_response(desk.with_freshness(snapshot, snapshot.keep(key, await to_thread.run_sync(make))))


@router.get("/stream", responses={**EVENTS, **problems(401, 403, 404, 422, 503)}, response_model=None)
async def get_stream(desk: Served, region: RegionQuery, scheme: SchemeQuery) -> Response:
    """A `coverage` event at once and whenever the numbers change; in between, how fresh they are.

    A `freshness` event every few seconds carries `as_of` and `freshness_ms` (milliseconds; null while nothing is counted): the
    numbers sent last still hold, and everything recorded before that long ago is in them. Comments keep the connection open.
    """
    snapshot = desk.snapshot
    desk.position(snapshot, region)
    if desk.streams.full:
        raise ProblemError(503, "Too many live streams are open.", headers={"Retry-After": "10"})
    return StreamingResponse(
        desk.streams.listen(snapshot, (region, scheme)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )

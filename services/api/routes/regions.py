"""`/v1/regions`: search, one region with its children, and its series."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from schemas.coverage import RegionPage, Series
from schemas.pages import RegionSearch
from services.api.answers.pages import DEFAULT_SCHEMES, region_page, regions_found
from services.api.answers.series import series
from services.api.desk import Served, reader, wrong
from services.api.domain.series import MOST_DAYS, Grain, default_first
from services.api.openapi import answers
from services.api.routes.parameters import AsOfDay, RegionPath, SomeDay, SomeScheme, as_json, json_response

router = APIRouter(prefix="/v1/regions", tags=["regions"], dependencies=[Depends(reader)])
SERIES_KEPT_S = 1.0


@router.get("", responses=answers(RegionSearch), response_model=None)
async def find_regions(
    desk: Served,
    q: Annotated[str, Query(min_length=1, max_length=120, description="Part of a name, a code or an id")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Regions by name, with or without diacritics; the best match first."""
    tree = desk.snapshot.reference.tree

    def search() -> bytes:
        found = desk.names(tree).find(q, limit, desk.now().date())
        return RegionSearch(query=q, regions=regions_found(tree, found)).model_dump_json(by_alias=True).encode()

    return json_response(await to_thread.run_sync(search))


@router.get("/{region}", responses=answers(RegionPage, 404), response_model=None)
async def get_region(desk: Served, region: RegionPath, scheme: SomeScheme = None, date: AsOfDay = None) -> Response:
    """A region, its ancestors from the top, and its children with their coverage."""
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    of = scheme or DEFAULT_SCHEMES[snapshot.reference.tree.places[position].country]
    if date is None:
        key = ("region", region, of)
        return json_response(desk.live_answer(snapshot, key, lambda s: region_page(s, position, of, -1)))
    desk.not_after_today("date", date, snapshot, position)
    dated = await desk.dated(snapshot, region, of, date)
    return as_json(region_page(dated, position, of, desk.freshness_ms(snapshot)))


@router.get("/{region}/series", responses=answers(Series, 404), response_model=None)
async def get_series(
    desk: Served,
    region: RegionPath,
    scheme: SomeScheme = None,
    grain: Annotated[Grain, Query(description="The length of a step")] = "day",
    first: Annotated[SomeDay, Query(alias="from")] = None,
    to: SomeDay = None,
) -> Response:
    """Flows per hour, day or month of the country's time, and the stock at the end of each step."""
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    of = scheme or DEFAULT_SCHEMES[snapshot.reference.tree.places[position].country]
    last = desk.not_after_today("to", to, snapshot, position) if to else desk.today(snapshot, position)
    begin = first or default_first(grain, last)
    if begin > last:
        raise wrong("from", f"lies after the end of the series ({last})")
    if (last - begin).days >= MOST_DAYS[grain]:
        raise wrong("from", f"a series by {grain} covers at most {MOST_DAYS[grain]} days")
    figures = snapshot.of(position, of)
    found = await desk.questions.ask(
        ("series", region, of, grain, begin, last),
        SERIES_KEPT_S,
        lambda store: series(store, figures, position, grain, begin, last, desk.now()),
    )
    return as_json(found)

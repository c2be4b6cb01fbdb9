"""`/v1/regions`: search, one region with its children, and its series."""

from datetime import date as Day
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from schemas.coverage import RegionPage, Series, Units
from schemas.pages import RegionSearch
from schemas.vocabulary import Scheme
from services.api.answers.coverage import AsUnits, units_used
from services.api.answers.pages import DEFAULT_SCHEMES, region_page, regions_found
from services.api.answers.series import series
from services.api.desk import Desk, Served, reader, wrong
from services.api.domain.series import MOST_DAYS, Grain, default_first
from services.api.live.figures import Figures
from services.api.openapi import answers
from services.api.routes.parameters import AsOfDay, InUnits, RegionPath, SomeDay, SomeScheme, as_json, json_response

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
async def get_region(
    desk: Served, region: RegionPath, scheme: SomeScheme = None, date: AsOfDay = None, as_: InUnits = None
) -> Response:
    """A region, its ancestors from the top, its children with their coverage, and what it was before and became."""
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    of = scheme or DEFAULT_SCHEMES[snapshot.reference.tree.places[position].country]
    if date is None and as_ is None:
        key = ("region", region, of)
        return json_response(desk.live_answer(snapshot, key, lambda s: region_page(s, position, of, -1)))
    if date is not None:
        desk.not_after_today("date", date, snapshot, position)
    if as_ is not None:
        carried, units = await desk.in_units(snapshot, position, of, as_, date)
        page = await to_thread.run_sync(region_page, carried, position, of, desk.freshness_ms(snapshot), units)
        return as_json(page)
    assert date is not None
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
    as_: InUnits = None,
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
    figures, units = snapshot.of(position, of), None
    if as_ is not None:
        figures, units = await _in_units(desk, position, of, grain, as_, last)
    found = await desk.questions.ask(
        ("series", region, of, grain, begin, last, as_),
        SERIES_KEPT_S,
        lambda store: series(store, figures, position, grain, begin, last, desk.now(), units),
    )
    return as_json(found)


async def _in_units(
    desk: Desk, position: int, scheme: Scheme, grain: Grain, asked: AsUnits, last: Day
) -> tuple[Figures, Units | None]:
    """The figures of a whole series in the units of its last day (`was`) or of today."""
    snapshot = desk.snapshot
    on = last if asked == "was" else desk.today(snapshot, position)
    await desk.must_stand(snapshot, position, on)
    if grain == "hour" and position in snapshot.reference.time.on(on).shared:
        raise wrong("grain", "the hours of divided regions are served only where they were recorded, without `as`")
    figures = (await desk.live_in_units(snapshot, scheme, on)).of(position, scheme)
    return figures, await to_thread.run_sync(units_used, figures, position, asked, on)

"""`/v1/growth`."""

from datetime import date as Day
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from schemas.growth import Growth
from services.api.answers.growth import Comparison, growth
from services.api.desk import Desk, Served, reader, wrong
from services.api.domain.growth import Window, same_days
from services.api.domain.windows import GROWTH_DAYS, year_before
from services.api.openapi import answers
from services.api.queries.campaigns import read_campaigns
from services.api.routes.parameters import AsOfDay, InUnits, RegionQuery, SchemeQuery, as_json
from services.shared.problems import ProblemError

router = APIRouter(prefix="/v1", tags=["coverage"], dependencies=[Depends(reader)])
KEPT_S = 2.0
CampaignId = Annotated[str | None, Query(min_length=1, max_length=80)]


@router.get("/growth", responses=answers(Growth, 404), response_model=None)
async def get_growth(
    desk: Served,
    region: RegionQuery,
    scheme: SchemeQuery,
    date: AsOfDay = None,
    campaign: CampaignId = None,
    against: CampaignId = None,
    as_: InUnits = None,
) -> Response:
    """Growth on the same date a year before; with `campaign`, on the same day of that campaign a year before or `against`.

    With `as` both times are counted in the same units, whatever boundaries changed between them.
    """
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    today = desk.today(snapshot, position)
    day = desk.not_after_today("date", date, snapshot, position) if date else today
    if against and not campaign:
        raise wrong("against", "names an earlier campaign; say in `campaign` which one it is compared with")
    compared = await _of_campaigns(desk, campaign, against, day) if campaign else _of_dates(day)
    on = today if as_ == "now" else compared.now.last
    if as_ is not None:
        await desk.must_stand(snapshot, position, on)
    found = await desk.questions.ask(
        ("growth", region, scheme, compared, as_, on),
        KEPT_S,
        lambda store: growth(store, snapshot, position, scheme, compared, as_, on),
    )
    return as_json(found)


def _of_dates(day: Day) -> Comparison:
    then = year_before(day)
    month = timedelta(days=GROWTH_DAYS - 1)
    return Comparison(Window(day - month, day), Window(then - month, then))


async def _of_campaigns(desk: Desk, campaign: str, against: str | None, day: Day) -> Comparison:
    now = await _window(desk, campaign)
    then = await _window(desk, against) if against else Window(year_before(now.first), year_before(now.last))
    if day < now.first:
        raise wrong("campaign", f"{campaign} begins on {now.first}, after the day asked for ({day})")
    if then.first >= now.first:
        raise wrong("against", f"{against} begins on {then.first}, not before {campaign}")
    return Comparison(*same_days(now, then, day), campaign=campaign, against=against)


async def _window(desk: Desk, campaign: str) -> Window:
    known = await desk.questions.ask("campaigns", KEPT_S, read_campaigns)
    found = next((one for one in known if one.id == campaign), None)
    if found is None:
        raise ProblemError(404, f"There is no campaign {campaign[:80]!r}.")
    return Window(found.from_, found.to)

"""`/v1/campaigns`."""

from datetime import date as Day
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from schemas.campaigns import CampaignPage, CampaignsPage
from schemas.vocabulary import Country
from services.api.answers.campaigns import Moment, campaign_page, campaigns
from services.api.answers.coverage import region_ref
from services.api.desk import Desk, Served, reader
from services.api.live.snapshot import Snapshot
from services.api.openapi import answers
from services.api.routes.parameters import AsOfDay, as_json
from services.shared.problems import ProblemError

router = APIRouter(prefix="/v1", tags=["campaigns"], dependencies=[Depends(reader)])
KEPT_S = 2.0


@router.get("/campaigns", responses=answers(CampaignsPage, 404), response_model=None)
async def get_campaigns(
    desk: Served,
    region: Annotated[
        str | None, Query(min_length=1, max_length=120, description="Only campaigns in it, above it or below it")
    ] = None,
    date: AsOfDay = None,
) -> Response:
    """Campaigns, the latest first, each with its running figure and, once it is closed, its closing figure.

    As of a day: those that had begun, with the people new by its end, and the closing figure if it was closed by then.
    """
    snapshot = desk.snapshot
    tree = snapshot.reference.tree
    position = None if region is None else desk.position(snapshot, region)
    moment = _moment(desk, snapshot, date)
    rows = await desk.questions.ask(
        ("campaigns", region, date),
        KEPT_S,
        lambda store: campaigns(store, tree, region, moment),
    )
    return as_json(
        CampaignsPage(
            region=None if position is None else region_ref(tree.places[position]),
            as_of=max(calendar.as_of for calendar in moment.calendars.values()),
            freshness_ms=desk.freshness_ms(snapshot),
            campaigns=rows,
        )
    )


@router.get("/campaigns/{campaign}", responses=answers(CampaignPage, 404), response_model=None)
async def get_campaign(
    desk: Served,
    campaign: Annotated[str, Path(min_length=1, max_length=80, description="The campaign's id")],
    date: AsOfDay = None,
) -> Response:
    """A campaign by scheme, region and office: running, and as it closed."""
    snapshot = desk.snapshot
    tree = snapshot.reference.tree
    moment = _moment(desk, snapshot, date)
    page = await desk.questions.ask(
        ("campaign", campaign, date), KEPT_S, lambda store: campaign_page(store, tree, campaign, moment)
    )
    if page is None:
        raise ProblemError(404, f"There is no campaign {campaign[:80]!r}; GET /v1/campaigns lists them.")
    return as_json(page.model_copy(update={"freshness_ms": desk.freshness_ms(snapshot)}))


def _moment(desk: Desk, snapshot: Snapshot, date: Day | None) -> Moment:
    """Each partition of the topic of events closes its own people."""
    partitions = sum(position.topic == desk.events_topic for position in snapshot.positions)
    return Moment({country: desk.calendar(country, date) for country in Country}, partitions, date is not None)

"""`/v1/groups` and `/v1/sponsors`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from schemas.owners import GroupsPage, SponsorsPage
from schemas.vocabulary import TIME_ZONES, Scheme
from services.api.answers.coverage import region_ref
from services.api.answers.groups import groups, sponsors
from services.api.desk import Served, reader, wrong
from services.api.domain.windows import Calendar
from services.api.openapi import answers
from services.api.routes.parameters import AsOfDay, RegionQuery, SomeDay, as_json

router = APIRouter(prefix="/v1", tags=["groups and sponsors"], dependencies=[Depends(reader)])
KEPT_S = 2.0
OfScheme = Annotated[Scheme | None, Query(description="Only people of this scheme")]


@router.get("/groups", responses=answers(GroupsPage, 404), response_model=None)
async def get_groups(desk: Served, region: RegionQuery, scheme: OfScheme = None, date: AsOfDay = None) -> Response:
    """The groups of a region and all below it: how many of their members are enrolled, and which are complete."""
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    day = desk.not_after_today("date", date, snapshot, position) if date else desk.today(snapshot, position)
    tree = snapshot.reference.tree
    zone = TIME_ZONES[tree.places[position].country]
    rows, totals = await desk.questions.ask(
        ("groups", region, scheme, day), KEPT_S, lambda store: groups(store, tree, region, scheme, day)
    )
    return as_json(
        GroupsPage(
            region=region_ref(tree.places[position]),
            scheme=scheme,
            as_of=Calendar.end_of(date, zone).as_of if date else desk.now(),
            freshness_ms=desk.freshness_ms(snapshot),
            groups=rows,
            totals=totals,
        )
    )


@router.get("/sponsors", responses=answers(SponsorsPage, 404), response_model=None)
async def get_sponsors(
    desk: Served,
    region: Annotated[str | None, Query(min_length=1, max_length=120, description="Only this region and below")] = None,
    scheme: OfScheme = None,
    first: Annotated[SomeDay, Query(alias="from")] = None,
    to: SomeDay = None,
) -> Response:
    """The people new whose record names a sponsor, by sponsor and scheme."""
    snapshot = desk.snapshot
    position = None if region is None else desk.position(snapshot, region)
    if first and to and first > to:
        raise wrong("from", f"lies after the last day ({to})")
    rows = await desk.questions.ask(
        ("sponsors", region, scheme, first, to), KEPT_S, lambda store: sponsors(store, region, scheme, first, to)
    )
    return as_json(
        SponsorsPage(
            region=None if position is None else region_ref(snapshot.reference.tree.places[position]),
            scheme=scheme,
            from_=first,
            to=to,
            as_of=desk.now(),
            freshness_ms=desk.freshness_ms(snapshot),
            sponsors=rows,
            enrolled=sum(row.enrolled for row in rows),
        )
    )

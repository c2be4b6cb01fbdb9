"""`/v1/events`: the records themselves, pseudonymous, with the trace of corrections."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from schemas.trace import Effect, EventsPage, Status
from schemas.vocabulary import Kind, Scheme
from services.api.answers.events import events, next_page, place_of
from services.api.desk import Served, reader, wrong
from services.api.openapi import answers
from services.api.queries.records import EXACT, Wanted
from services.api.routes.parameters import SomeDay, as_json

router = APIRouter(prefix="/v1", tags=["records"], dependencies=[Depends(reader)])
SomeText = Annotated[str | None, Query(min_length=1, max_length=120)]


def wanted_records(
    request: Request,
    region: Annotated[SomeText, Query(description="Only records of this region or below it")] = None,
    first: Annotated[SomeDay, Query(alias="from", description="The first day on which they happened")] = None,
    to: Annotated[SomeDay, Query(description="The last day on which they happened")] = None,
    registration: Annotated[UUID | None, Query(description="This registration, and those that refer to it")] = None,
    scheme: Scheme | None = None,
    kind: Kind | None = None,
    office: SomeText = None,
    agent: SomeText = None,
    channel: SomeText = None,
    outreach: SomeText = None,
    campaign: SomeText = None,
    group: SomeText = None,
    sponsor: SomeText = None,
    status: Annotated[Status | None, Query(description="What became of them")] = None,
    effect: Annotated[Effect | None, Query(description="What they did to the numbers")] = None,
    participant: Annotated[SomeText, Query(description="Pseudonym of the person")] = None,
) -> Wanted:
    """The records that the parameters of a request name."""
    if first and to and first > to:
        raise wrong("from", f"lies after the last day ({to})")
    exactly = {name: request.query_params[name] for name in EXACT if name in request.query_params}
    return Wanted(region, first, to, registration, exactly)


@router.get("/events", responses=answers(EventsPage, 404), response_model=None)
async def get_events(
    request: Request,
    desk: Served,
    wanted: Annotated[Wanted, Depends(wanted_records)],
    after: Annotated[str | None, Query(max_length=64, description="The cursor in `next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Records, the latest to have happened first. A record that comes later never moves others to another page."""
    snapshot = desk.snapshot
    if wanted.region is not None:
        desk.position(snapshot, wanted.region)
    try:
        place = place_of(after) if after is not None else None
    except ValueError as error:
        raise wrong("after", str(error)) from None
    found, last = await desk.questions.ask(
        ("events", request.url.query), 0, lambda store: events(store, wanted, place, limit)
    )
    return as_json(
        EventsPage(
            as_of=desk.now(),
            freshness_ms=desk.freshness_ms(snapshot),
            events=found,
            next=next_page(request.url.path, request.query_params, last),
        )
    )

"""`/v1/offices` and `/v1/agents`: those who register people, by their own records."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from schemas.owners import AgentPage, AgentsPage, OfficePage, OfficesPage
from schemas.vocabulary import Country
from services.api.answers.coverage import region_ref
from services.api.answers.owners import agent_page, agents_of, office_page, offices_of, plans_of
from services.api.desk import Served, reader
from services.api.live.snapshot import Snapshot
from services.api.openapi import answers
from services.api.queries.owners import Per
from services.api.routes.parameters import AsOfDay, RegionQuery, as_json
from services.shared.problems import ProblemError

router = APIRouter(prefix="/v1", tags=["offices and agents"], dependencies=[Depends(reader)])
KEPT_S = 2.0
OwnerId = Annotated[str, Path(min_length=1, max_length=80, description="Its id, as records name it")]


@router.get("/offices", responses=answers(OfficesPage, 404), response_model=None)
async def get_offices(desk: Served, region: RegionQuery, date: AsOfDay = None) -> Response:
    """The offices of a region and all below it: who came and went by their records, and what they still hold."""
    snapshot = desk.snapshot
    place = snapshot.reference.tree.places[desk.position(snapshot, region)]
    calendar = desk.calendar(place.country, date)
    complete = snapshot.complete_up_to(desk.events_topic)
    rows = await desk.questions.ask(
        ("offices", region, date), KEPT_S, lambda store: offices_of(store, snapshot, region, calendar, complete)
    )
    return as_json(
        OfficesPage(
            region=region_ref(place),
            as_of=calendar.as_of,
            freshness_ms=desk.freshness_ms(snapshot),
            offices=rows,
        )
    )


@router.get("/offices/{office}", responses=answers(OfficePage, 404), response_model=None)
async def get_office(desk: Served, office: OwnerId, date: AsOfDay = None) -> Response:
    """One office: its schemes, its plans, what it still holds and up to when its records are in."""
    snapshot = desk.snapshot
    calendar = desk.calendar(_country(snapshot, "office", office), date)
    complete = snapshot.complete_up_to(desk.events_topic)
    page = await desk.questions.ask(
        ("office", office, date), KEPT_S, lambda store: office_page(store, snapshot, office, calendar, complete)
    )
    if page is None:
        raise ProblemError(
            404, f"Nothing is known of an office {office[:80]!r}; GET /v1/offices?region= lists offices."
        )
    return as_json(page.model_copy(update={"freshness_ms": desk.freshness_ms(snapshot)}))


@router.get("/agents", responses=answers(AgentsPage, 404), response_model=None)
async def get_agents(
    desk: Served, region: RegionQuery, date: AsOfDay = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Response:
    """The agents of a region and all below it, the busiest of the year first, with their plans."""
    snapshot = desk.snapshot
    position = desk.position(snapshot, region)
    place = snapshot.reference.tree.places[position]
    calendar = desk.calendar(place.country, date)
    rows, left_out = await desk.questions.ask(
        ("agents", region, date, limit),
        KEPT_S,
        lambda store: agents_of(store, snapshot, position, calendar, limit),
    )
    return as_json(
        AgentsPage(
            region=region_ref(place),
            as_of=calendar.as_of,
            freshness_ms=desk.freshness_ms(snapshot),
            agents=rows,
            left_out=left_out,
        )
    )


@router.get("/agents/{agent}", responses=answers(AgentPage, 404), response_model=None)
async def get_agent(desk: Served, agent: OwnerId, date: AsOfDay = None) -> Response:
    """One agent: plans with what is achieved of them, and people by scheme."""
    snapshot = desk.snapshot
    calendar = desk.calendar(_country(snapshot, "agent", agent), date)
    page = await desk.questions.ask(
        ("agent", agent, date), KEPT_S, lambda store: agent_page(store, snapshot, agent, calendar)
    )
    if page is None:
        raise ProblemError(404, f"Nothing is known of an agent {agent[:80]!r}; GET /v1/agents?region= lists agents.")
    return as_json(page.model_copy(update={"freshness_ms": desk.freshness_ms(snapshot)}))


def _country(snapshot: Snapshot, per: Per, owner: str) -> Country:
    """Whose days count: those of the owner's plans; Vietnam's where there are none, which are Thailand's, too."""
    tree = snapshot.reference.tree
    return next((tree.places[tree.index[plan.region]].country for plan in plans_of(snapshot, per, owner)), Country.VN)

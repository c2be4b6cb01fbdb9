"""What a counter asks before it registers: whose key this is, regions, offices, and what may be named beside them."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request

from schemas.counter import Choices, FoundOffice, FoundRegion, KeyHolder
from schemas.problem import FieldError
from schemas.vocabulary import RegionId
from services.registration.domain.regions import ZONES
from services.registration.lookup import Lookup
from services.registration.openapi import SECURITY, problems
from services.registration.service import Service
from services.shared.auth import ANY_OFFICE
from services.shared.days import DayText
from services.shared.problems import ProblemError

Words = Query(max_length=80, description="Words of a name or id, with or without marks")
Day = Annotated[DayText | None, Query(description="The day they are for; today where left out")]


def offer_routes(service: Service) -> APIRouter:
    """The routes behind the counter screen's fields."""
    router = APIRouter(tags=["what a counter chooses from"])
    lookup = Lookup(service.reference)

    def today() -> date:
        return service.clock().astimezone(min(ZONES.values(), key=str)).date()

    @router.get("/v1/key", responses=problems(401, 403, 429), openapi_extra={"security": SECURITY})
    async def whose_key(request: Request) -> KeyHolder:
        """Whether the key that was sent may register, and for which office."""
        office = service.gate.admit_request(request, "register").office
        return KeyHolder(office=None if office == ANY_OFFICE else office)

    @router.get("/v1/regions", responses=problems(422))
    async def find_regions(
        q: Annotated[str, Words] = "",
        within: Annotated[RegionId | None, Query(description="Everything that this region holds")] = None,
        near: Annotated[RegionId | None, Query(description="What lies in this region comes first")] = None,
        on: Day = None,
        limit: Annotated[int, Query(ge=1, le=2000)] = 20,
    ) -> list[FoundRegion]:
        """Regions of that day: those that match every word, higher levels first; or all that lie within one."""
        if within is not None:
            return lookup.regions_within(within, on or today(), limit)
        if not q.strip():
            raise ProblemError(422, "Nothing to look for", [FieldError(field="q", message="q or within is required")])
        return lookup.regions(q, on or today(), min(limit, 100), near)

    @router.get("/v1/offices", responses=problems(422))
    async def find_offices(
        q: Annotated[str, Words] = "", limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> list[FoundOffice]:
        """Offices whose id, name or kind holds every word, with where they are."""
        return lookup.offices(q, limit)

    @router.get("/v1/choices", responses=problems(422))
    async def find_choices(region: Annotated[RegionId, Query()], on: Day = None) -> Choices:
        """Campaigns, outreach activities and groups that a registration in or around this region may name."""
        return lookup.choices(region, on or today())

    return router

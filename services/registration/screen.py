"""The counter screen, the region search it uses, and the operator's pages: health, readiness, metrics."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.registration.domain.regions import ZONES
from services.registration.openapi import problems
from services.registration.service import Service
from services.shared.problems import ProblemError
from services.shared.screens import HEADERS

FILES = Path(__file__).parent / "static"


def screen_routes(service: Service) -> APIRouter:
    """The screen and the search behind its region field."""
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    async def screen() -> Response:
        return FileResponse(FILES / "index.html", headers=HEADERS)

    @router.get("/v1/regions", tags=["regions"], responses=problems(422))
    async def find_regions(
        q: Annotated[
            str, Query(min_length=1, max_length=80, description="Words of a name or id, with or without marks")
        ],
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> list[dict[str, Any]]:
        """Regions that exist today and match every word, higher levels first, each with the names of what it lies in."""
        today = service.clock().astimezone(min(ZONES.values(), key=str)).date()
        return service.reference.search(q, today, limit)

    return router


def operator_routes(service: Service) -> APIRouter:
    """Health, readiness and metrics."""
    router = APIRouter(tags=["operation"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @router.get("/readyz", responses=problems(503))
    async def readyz() -> dict[str, str]:
        """The broker is reachable and the reference data is read; 503 says what is missing."""
        missing = service.missing()
        if missing:
            raise ProblemError(503, "; ".join(missing), headers={"Retry-After": "2"})
        return {"status": "ready"}

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router

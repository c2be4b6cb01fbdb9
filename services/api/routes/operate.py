"""`/healthz`, `/readyz`, `/metrics`."""

from typing import Any, Final

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from services.api import metrics
from services.api.desk import Served
from services.api.openapi import problems
from services.shared.problems import ProblemError

router = APIRouter(tags=["operation"])
SAID: Final[dict[str, Any]] = {"schema": {"type": "object", "properties": {"status": {"type": "string"}}}}
OK: Final[dict[int | str, dict[str, Any]]] = {200: {"description": "Yes", "content": {"application/json": SAID}}}
TEXT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Prometheus text", "content": {"text/plain": {"schema": {"type": "string"}}}}
}

OVERDUE_S: Final = 30.0
"""Figures are made anew every second, whether anything changed or not, and later only where that takes long."""


@router.get("/healthz", responses=OK, response_model=None)
async def healthz() -> Response:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", responses={**OK, **problems(503)}, response_model=None)
async def readyz(desk: Served) -> Response:
    """Whether ClickHouse answers and the figures are there and renewed; says what is missing."""
    missing = []
    if (trouble := await desk.questions.reachable()) is not None:
        missing.append(trouble)
    latest = desk.live.latest
    if latest is None:
        missing.append(f"the figures: {desk.live.trouble}")
    elif desk.live.trouble is not None:
        missing.append(f"new figures: {desk.live.trouble}")
    elif (age_s := (desk.now() - latest.as_of).total_seconds()) > OVERDUE_S:
        missing.append(f"new figures: the latest are {age_s:.0f} s old, and nothing says why")
    if missing:
        raise ProblemError(503, "; ".join(missing), headers={"Retry-After": "2"}, missing=missing)
    return JSONResponse({"status": "ready"})


@router.get("/metrics", responses=TEXT, response_model=None)
async def get_metrics(desk: Served) -> Response:
    """For Prometheus."""
    latest = desk.live.latest
    if latest is not None:
        freshness = desk.freshness_ms(latest)
        metrics.FRESHNESS.set(float("nan") if freshness is None else freshness / 1000)
        metrics.SNAPSHOT_AGE.set((desk.now() - latest.as_of).total_seconds())
    return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)

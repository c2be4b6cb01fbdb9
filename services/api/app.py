"""The ASGI app around a desk."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api import metrics
from services.api.desk import Desk
from services.api.live.snapshot import Snapshot
from services.api.openapi import install_openapi
from services.api.routes import (
    campaigns,
    coverage,
    duplicates,
    events,
    explain,
    export,
    groups,
    growth,
    milestones,
    operate,
    outreach,
    owners,
    plans,
    records,
    regions,
    screen,
)
from services.shared import problems
from services.shared.errors import Unavailable
from services.shared.problems import ProblemError, problem_response
from services.shared.screens import mount_screen

STOP_TIMEOUT_S = 5.0
COMPRESSED_FROM_BYTES = 2_000
"""Files and long answers travel compressed to who takes them so; live streams do not, each event must leave at once."""


def build_app(desk: Desk) -> FastAPI:
    """All routes; the live figures are renewed as long as the app lives."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()

        def publish(snapshot: Snapshot) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(desk.streams.publish, snapshot)

        desk.live.subscribe(publish)
        desk.live.start()
        try:
            yield
        finally:
            desk.streams.close()
            desk.live.stop()
            await asyncio.to_thread(desk.live.join, STOP_TIMEOUT_S)
            desk.questions.close()

    app = FastAPI(
        title="Coverage",
        version="1",
        description="Coverage of insurance schemes per region: live, as of any day, and explained.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    problems.install(app)
    app.add_exception_handler(Unavailable, _away)
    for routes in (
        coverage,
        explain,
        events,
        duplicates,
        regions,
        growth,
        plans,
        milestones,
        campaigns,
        outreach,
        owners,
        groups,
        records,
        export,
        operate,
        screen,
    ):
        app.include_router(routes.router)
    mount_screen(app, screen.FILES)
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=5)
    app.add_middleware(Timed)
    install_openapi(app)
    return app


async def _away(_: Request, error: Exception) -> Response:
    return problem_response(ProblemError(503, f"{error}. Ask again shortly.", headers={"Retry-After": "2"}))


class Timed:
    """Measures how long answers take, by route and status; streams are left out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] == "/v1/stream":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            metrics.REQUESTS.labels(route, str(status)).observe(time.perf_counter() - started)

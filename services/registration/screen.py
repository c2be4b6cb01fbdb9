"""The counter screen, the worker that keeps it at hand offline, and the operator's pages: health, readiness, metrics."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.registration.openapi import problems
from services.registration.service import Service
from services.shared.problems import ProblemError
from services.shared.screens import HEADERS, SHARED_FILES

FILES = Path(__file__).parent / "static"
SHARED = ("tokens.css", "theme.js", "dom.js")


def screen_routes(service: Service) -> APIRouter:
    """The screen, and its service worker at the root so that its scope is the whole screen."""
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    async def screen() -> Response:
        return FileResponse(FILES / "index.html", headers=HEADERS)

    @router.get("/sw.js", include_in_schema=False)
    async def worker() -> Response:
        return Response(worker_script(), media_type="text/javascript", headers=HEADERS)

    return router


def worker_script() -> str:
    """The worker with the list of what it keeps and a name made of all their content: any change is a new version."""
    files = dict(sorted(_kept_files()))
    digest = hashlib.sha256(b"".join(path.encode() + file.read_bytes() for path, file in files.items())).hexdigest()
    head = f"const VERSION = {json.dumps(digest[:16])};\nconst FILES = {json.dumps(list(files))};\n"
    return head + (FILES / "sw.js").read_text()


def _kept_files() -> Iterator[tuple[str, Path]]:
    """Address and file of everything the screen is made of."""
    for file in FILES.rglob("*"):
        if file.is_file() and file.name != "sw.js":
            yield "/" if file.name == "index.html" else f"/static/{file.relative_to(FILES).as_posix()}", file
    for name in SHARED:
        yield f"/static/shared/{name}", SHARED_FILES / name


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

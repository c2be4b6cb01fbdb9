"""`GET /`: the live dashboard and its files."""

from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FILES: Final = Path(__file__).parents[1] / "static"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
PAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}}
}
router = APIRouter(tags=["screen"])


@router.get("/", responses=PAGE, response_model=None)
async def page() -> Response:
    """The live dashboard."""
    return FileResponse(FILES / "index.html", headers=HEADERS)


class ScreenFiles(StaticFiles):
    """The dashboard's own files, which load nothing from elsewhere."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file with the headers that keep it so."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response

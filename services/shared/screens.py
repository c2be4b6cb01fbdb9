"""What the screens of all services share: their headers, and the files both load from `/static/shared/`.

`static/tokens.css` colours, type, spacing, light and dark · `theme.js` which of the two · `dom.js` building elements ·
`docs.html` and `docs.js` the page `/docs`, with Swagger UI as `fastapi-offline` ships it.
"""

from importlib.resources import files as package_files
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

SHARED_FILES: Final = Path(__file__).parent / "static"
SWAGGER_FILES: Final = Path(str(package_files("fastapi_offline") / "static"))
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
"""Nothing foreign and nothing inline runs; files are asked for anew, and answered with 304 while they are the same."""


class ScreenFiles(StaticFiles):
    """A screen's files, with its headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file as it is, never guessed to be something else."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def mount_screen(app: FastAPI, files: Path) -> None:
    """Serve a service's own files below `/static/`, the shared ones below `/static/shared/`, and `/docs`.

    The app is made with `docs_url=None`: FastAPI's own page loads Swagger UI from a remote host.
    """

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return FileResponse(SHARED_FILES / "docs.html", headers=HEADERS)

    app.mount("/static/docs", ScreenFiles(directory=SWAGGER_FILES))
    app.mount("/static/shared", ScreenFiles(directory=SHARED_FILES))
    app.mount("/static", ScreenFiles(directory=files))

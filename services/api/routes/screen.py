"""`GET /`: the live dashboard and its files."""

from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from services.shared.screens import HEADERS

FILES: Final = Path(__file__).parents[1] / "static"
PAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}}
}
router = APIRouter(tags=["screen"])


@router.get("/", responses=PAGE, response_model=None)
async def page() -> Response:
    """The live dashboard."""
    return FileResponse(FILES / "index.html", headers=HEADERS)

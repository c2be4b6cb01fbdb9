"""`/v1/export`: the views for analysts as files, streamed."""

import itertools
from threading import BoundedSemaphore
from typing import Annotated, Any, BinaryIO, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from schemas.vocabulary import Level, Scheme
from services.api.desk import Desk, Served, reader, wrong
from services.api.openapi import problems
from services.api.queries.export import SOURCES, Export, Format, What, open_export
from services.api.routes.parameters import AsOfDay, SomeDay
from services.shared.problems import ProblemError

router = APIRouter(prefix="/v1", tags=["export"], dependencies=[Depends(reader)])
MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
ENDINGS: Final[dict[Format, str]] = {"csv": "csv", "parquet": "parquet", "arrow": "arrows"}
BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file. Its columns are those of the view in schemas/README.md, and `as_of`",
        "headers": {"Content-Disposition": {"description": "A name for the file", "schema": {"type": "string"}}},
        "content": {media_type.partition(";")[0]: BINARY for media_type in MEDIA_TYPES.values()},
    }
}
BOM: Final = b"\xef\xbb\xbf"
CHUNK_BYTES: Final = 1 << 16
MOST_AT_ONCE: Final = 4
_places = BoundedSemaphore(MOST_AT_ONCE)


def wanted_export(
    what: Annotated[What, Query(description="Which figures")],
    format_: Annotated[Format, Query(alias="format", description="`arrow` is Arrow's stream format")] = "csv",
    region: Annotated[
        str | None, Query(min_length=1, max_length=120, description="Only this region and all below it")
    ] = None,
    scheme: Scheme | None = None,
    level: Annotated[Level | None, Query(description="Only regions of this level")] = None,
    first: Annotated[
        SomeDay, Query(alias="from", description="First day; of plans and outreach, of their window")
    ] = None,
    to: Annotated[SomeDay, Query(description="Last day")] = None,
    date: AsOfDay = None,
) -> Export:
    """What the parameters of a request ask for."""
    if first and to and first > to:
        raise wrong("from", f"lies after the last day ({to})")
    if date is not None and what != "coverage":
        raise wrong("date", f"is for coverage; {what} takes from and to")
    if what == "coverage" and (first or to):
        raise wrong("from" if first else "to", "is not for coverage, which is as of one day: date")
    if scheme is not None and not SOURCES[what].has_scheme:
        raise wrong("scheme", f"is not for {what}, which has every scheme in a row")
    return Export(what, format_, region, scheme, level, first, to, date)


@router.get("/export", responses={**FILE, **problems(401, 403, 404, 422, 503)}, response_model=None)
async def get_export(
    desk: Served,
    wanted: Annotated[Export, Depends(wanted_export)],
    bom: Annotated[
        bool, Query(description="Begin a CSV with a byte order mark, so that Excel reads it as UTF-8")
    ] = False,
) -> Response:
    """Figures as a file, written as it is sent. In a CSV no text begins like a formula: it gets an apostrophe before it."""
    if bom and wanted.format != "csv":
        raise wrong("bom", "is for csv")
    snapshot = desk.snapshot
    position = desk.position(snapshot, wanted.region) if wanted.region is not None else 0
    if wanted.date is not None:
        desk.not_after_today("date", wanted.date, snapshot, position)
    if not _places.acquire(blocking=False):
        raise ProblemError(503, "Too many exports are under way.", headers={"Retry-After": "10"})
    try:
        rows = await _opened(desk, wanted)
    except BaseException:
        _places.release()
        raise
    return Rows(
        rows,
        BOM if bom else b"",
        media_type=MEDIA_TYPES[wanted.format],
        headers={"Content-Disposition": f'attachment; filename="{file_name(wanted)}"', "Cache-Control": "no-store"},
    )


class Rows(StreamingResponse):
    """A file in pieces, never more than one in memory; its place is free again however it ends."""

    def __init__(self, rows: BinaryIO, first: bytes, **more: Any) -> None:
        pieces = iter(lambda: rows.read(CHUNK_BYTES), b"")
        super().__init__(itertools.chain([first] if first else [], pieces), **more)
        self._rows = rows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, until the end or until the reader goes away."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            _places.release()
            self._rows.close()


async def _opened(desk: Desk, wanted: Export) -> BinaryIO:
    return await desk.questions.ask(object(), 0, lambda store: open_export(store, wanted))


def file_name(wanted: Export) -> str:
    """`coverage-VN.91-health-2020-12-31.csv`; a region's id holds nothing that a file name may not."""
    parts = [wanted.what, wanted.region, wanted.scheme, wanted.level, wanted.first, wanted.last, wanted.date]
    return "-".join(str(part) for part in parts if part is not None) + f".{ENDINGS[wanted.format]}"

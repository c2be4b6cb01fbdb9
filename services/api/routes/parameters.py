"""Parameters that several routes share."""

from datetime import date as Day
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel
from starlette.responses import Response

from schemas.vocabulary import Scheme
from services.api.answers.coverage import AsUnits
from services.shared.days import DayText

SomeDay = Annotated[DayText | None, Query(ge=Day(1990, 1, 1), le=Day(2100, 12, 31), description="A day, YYYY-MM-DD")]
AsOfDay = Annotated[
    DayText | None,
    Query(
        alias="date",
        ge=Day(1990, 1, 1),
        le=Day(2100, 12, 31),
        description="Every figure as of the end of this day in the country's time zone; now where left out",
    ),
]
InUnits = Annotated[
    AsUnits | None,
    Query(
        alias="as",
        description="In which units: `was` those of the day asked for, `now` those of today; people counted in units that "
        "ended are carried onto what followed, by the weights of the lineage. Left out: everything where it was recorded",
    ),
]
RegionQuery = Annotated[
    str, Query(min_length=1, max_length=120, description="A region's id, such as VN.91.913", examples=["VN.91"])
]
RegionPath = Annotated[str, Path(min_length=1, max_length=120, description="A region's id", examples=["VN.91"])]
SchemeQuery = Annotated[Scheme, Query(description="The insurance scheme")]
SomeScheme = Annotated[
    Scheme | None, Query(description="The insurance scheme; the country's voluntary one where left out")
]


def json_response(body: bytes) -> Response:
    """Prepared JSON, which is of this moment."""
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})


def as_json(model: BaseModel) -> Response:
    """A model as it is served."""
    return json_response(model.model_dump_json(by_alias=True).encode())

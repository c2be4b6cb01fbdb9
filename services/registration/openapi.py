"""What the OpenAPI document says beyond what FastAPI finds out: problems, uploads, raw bodies."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas.duplicates import DuplicateDecision, DuplicateReviewed
from schemas.problem import MEDIA_TYPE, Problem
from schemas.registration import Receipt, Registration, RowOutcome, SyncStatus, UploadSummary

_WHY: Final = {
    401: "No key, or one that is not known",
    403: "The key may not do this, or not for this office",
    404: "There is no such thing",
    409: "The registration_id was used for another registration",
    413: "The body is larger than allowed",
    415: "The content type is not one that is taken",
    422: "Some fields are wrong; `errors` names each",
    429: "Too many requests with this key; see Retry-After",
    503: "Not available right now; nothing was acknowledged; see Retry-After",
}
_RETRY_AFTER: Final = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "string"}}}
_LINES: Final = {"type": "string", "description": "One JSON object a line: an outcome per row, then the summary"}
UPLOAD_ANSWER: Final[dict[str, Any]] = {
    "description": "One `RowOutcome` a row in order, then an `UploadSummary`",
    "content": {"application/x-ndjson": {"schema": _LINES}},
}
SECURITY: Final[list[dict[str, list[str]]]] = [{"key": []}]


def ref(model: type[BaseModel]) -> dict[str, str]:
    """A reference to a model's schema."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems."""
    return {
        status: {
            "description": _WHY[status],
            "content": {MEDIA_TYPE: {"schema": ref(Problem)}},
            **({"headers": _RETRY_AFTER} if status in (429, 503) else {}),
        }
        for status in statuses
    }


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """The request body of a route that reads the bytes itself."""
    content = {"application/json": {"schema": ref(model)}}
    return {"requestBody": {"required": True, "content": content}, "security": SECURITY}


def upload_body(*models: type[BaseModel]) -> dict[str, Any]:
    """The request body of a route that reads rows."""
    names = ", ".join(f"`{model.__name__}`" for model in models)
    schema = {"description": f"Rows of {names}; any bytes are answered row by row"}
    content = {"application/x-ndjson": {"schema": schema}, "text/csv": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}, "security": SECURITY}


def install_openapi(app: FastAPI) -> None:
    """Add the schemas that only raw routes name, and the bearer key."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            models = (
                Problem,
                Registration,
                Receipt,
                RowOutcome,
                UploadSummary,
                SyncStatus,
                DuplicateDecision,
                DuplicateReviewed,
            )
            _, schemas = models_json_schema(
                [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
            )
            components = document.setdefault("components", {})
            components["schemas"] = schemas["$defs"] | components.get("schemas", {})
            components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

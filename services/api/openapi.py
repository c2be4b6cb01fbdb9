"""What the OpenAPI document says beyond what FastAPI finds out: problems, prepared JSON, the key."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas import campaigns, coverage, duplicates, growth, owners, pages, trace
from schemas.problem import MEDIA_TYPE, Problem

_WHY: Final = {
    401: "No key, or one that is not known (where keys are required)",
    403: "The key has no scope `read`",
    404: "There is no such thing",
    422: "Some parameters are wrong; `errors` names each",
    503: "Not available right now; see Retry-After",
}
_RETRY_AFTER: Final = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "string"}}}
MODELS: Final[tuple[type[BaseModel], ...]] = (
    Problem,
    coverage.Coverage,
    coverage.RegionPage,
    coverage.Series,
    coverage.ReceiptState,
    coverage.Freshness,
    pages.Leaderboard,
    pages.RegionSearch,
    pages.TargetPage,
    pages.OutreachPage,
    pages.MilestonesPage,
    campaigns.CampaignsPage,
    campaigns.CampaignPage,
    owners.OfficesPage,
    owners.OfficePage,
    owners.AgentsPage,
    owners.AgentPage,
    owners.GroupsPage,
    owners.SponsorsPage,
    trace.Explanation,
    trace.EventsPage,
    duplicates.PossibleDuplicates,
    growth.Growth,
)


def answers(model: type[BaseModel], *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with `model` as prepared JSON, or with these problems."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    ok = {"description": (model.__doc__ or "").splitlines()[0], "content": {"application/json": {"schema": schema}}}
    return {200: ok, **problems(401, 403, 422, 503, *statuses)}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems."""
    return {
        status: {
            "description": _WHY[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **({"headers": _RETRY_AFTER} if status == 503 else {}),
        }
        for status in statuses
    }


def install_openapi(app: FastAPI) -> None:
    """Add the schemas that only prepared answers name, and the bearer key."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            _, schemas = models_json_schema(
                [(model, "serialization") for model in MODELS], ref_template="#/components/schemas/{model}"
            )
            components = document.setdefault("components", {})
            components["schemas"] = components.get("schemas", {}) | schemas["$defs"]
            components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            for path, item in document["paths"].items():
                if path.startswith("/v1/"):
                    item["get"]["security"] = [{}, {"key": []}]
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

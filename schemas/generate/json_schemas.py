"""A JSON Schema (draft 2020-12) for each message: events, requests, responses, reference rows.

A model that only is part of others gets no file of its own; it is under `$defs` of theirs.
"""

import json
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from schemas import (
    campaigns,
    counter,
    coverage,
    duplicates,
    events,
    growth,
    milestones,
    owners,
    pages,
    problem,
    reference,
    registration,
    trace,
)

FOLDER = Path(__file__).parents[1] / "json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MODULES = (
    events,
    registration,
    problem,
    reference,
    coverage,
    pages,
    trace,
    owners,
    campaigns,
    counter,
    growth,
    milestones,
    duplicates,
)
PARTS_WITH_A_FILE = (registration.Receipt, coverage.Coverage)
"""Part of another message, and a message by itself."""

Mode = Literal["validation", "serialization"]


def files() -> dict[Path, str]:
    """Every file of `schemas/json/` and its text."""
    return {FOLDER / f"{name}.json": text_of(document) for name, document in documents().items()}


def documents() -> dict[str, dict[str, Any]]:
    """The JSON Schemas by name: `enrollment-event`, `coverage`, `reference-targets` ..."""
    schemas = {model: schema_of(model) for model in models()}
    parts = {name for schema in schemas.values() for name in schema.get("$defs", {})}
    messages = [model for model in schemas if model.__name__ not in parts or model in PARTS_WITH_A_FILE]
    return {file_name(model): schemas[model] for model in sorted(messages, key=file_name)}


def models() -> list[type[BaseModel]]:
    """The models of the contract, those that others only build on left out."""
    found = [
        thing
        for module in MODULES
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, BaseModel) and thing.__module__ == module.__name__
    ]
    return [model for model in found if not any(other is not model and issubclass(other, model) for other in found)]


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """What a message of this kind looks like: as it is taken, or for what the API serves, as it is sent."""
    mode: Mode = "serialization" if issubclass(model, coverage.Served) else "validation"
    return {"$schema": DIALECT, **model.model_json_schema(mode=mode)}


def file_name(model: type[BaseModel]) -> str:
    """`EnrollmentEvent` is `enrollment-event`; a row of reference data is named by its kind."""
    for kind, row in reference.REFERENCE_KINDS.items():
        if row is model:
            return f"reference-{kind}"
    return re.sub(r"(?<!^)(?=[A-Z])", "-", model.__name__).lower()


def text_of(document: dict[str, Any]) -> str:
    """As it is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

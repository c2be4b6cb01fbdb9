"""The table of settings in README.md, from the settings classes themselves."""

from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings

from deploy.embedded.stack.settings import StackSettings
from schemas.generate.markdown import between, code, table
from services.aggregator.settings import AggregatorSettings
from services.api.settings import ApiSettings
from services.registration.settings import RegistrationSettings
from services.shared.settings import SharedSettings
from services.shared.topics import TopicsSettings

PAGE = Path(__file__).parents[2] / "README.md"
READERS: dict[str, type[BaseSettings]] = {
    "all services": SharedSettings,
    "registration": RegistrationSettings,
    "aggregator": AggregatorSettings,
    "api": ApiSettings,
    "topics command": TopicsSettings,
    "embedded stack": StackSettings,
}


def files() -> dict[Path, str]:
    """The page with its table."""
    rows = [row for reader, settings in READERS.items() for row in rows_of(reader, settings)]
    return {PAGE: between(PAGE.read_text(), "settings", table(("setting", "default", "what it is", "read by"), rows))}


def rows_of(reader: str, settings: type[BaseSettings]) -> list[tuple[str, str, str, str]]:
    """A row per setting, those of all services only once."""
    schema = settings.model_json_schema()
    common = (
        SharedSettings.model_fields if settings is not SharedSettings and issubclass(settings, SharedSettings) else {}
    )
    rows = []
    for name, spec in schema["properties"].items():
        if name not in common:
            default = "required" if name in schema.get("required", ()) else _default(spec, settings.model_fields[name])
            rows.append((code(name.upper()), default, spec["description"] + _choices(spec), reader))
    return rows


def _default(spec: dict[str, Any], field: Any) -> str:
    if field.default_factory is not None:
        return code(f"{field.default_factory.__name__}()")
    value = spec.get("default")
    return code(str(value).lower() if isinstance(value, bool) else str(value)) if value not in (None, "") else ""


def _choices(spec: dict[str, Any]) -> str:
    """What may be chosen, and the bounds of a number."""
    one = next((kind for kind in spec.get("anyOf", [spec]) if kind.get("type") != "null"), spec)
    if "enum" in one:
        return f" ({', '.join(one['enum'])})"
    least, most, over = one.get("minimum"), one.get("maximum"), one.get("exclusiveMinimum")
    bounds = [f"{least:,g} or more" if most is None else f"{least:,g} to {most:,g}"] if least is not None else []
    bounds += [f"more than {over:g}"] if over is not None else []
    bounds += [f"at most {most:,g}"] if most is not None and least is None else []
    return f" ({', '.join(bounds)})" if bounds else ""

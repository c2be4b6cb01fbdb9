"""The data dictionary in schemas/README.md: topics, reference kinds, ClickHouse tables."""

import itertools
from pathlib import Path
from typing import Any

from schemas.generate.clickhouse import ANALYTICS, Table, tables_and_views
from schemas.generate.json_schemas import file_name
from schemas.generate.markdown import between, code, table
from schemas.reference import REFERENCE_KINDS, ReferenceRow
from services.shared.topics import TopicCard, cards

PAGE = Path(__file__).parents[1] / "README.md"
EXAMPLES = PAGE.parent / "clickhouse" / "examples"


def files() -> dict[Path, str]:
    """The page with its generated parts."""
    known, views = tables_and_views()
    page = between(PAGE.read_text(), "topics", "\n\n".join(topic_section(card) for card in cards()))
    page = between(page, "reference", "\n\n".join(kind_section(kind, known[kind]) for kind in REFERENCE_KINDS))
    page = between(page, "views", "\n\n".join(view_section(one) for one in views.values()))
    page = between(page, "queries", queries())
    return {PAGE: between(page, "tables", "\n\n".join(table_section(one) for one in known.values()))}


def topic_section(card: TopicCard) -> str:
    """What a topic card says."""
    kept = "for ever" if card.retention_ms == -1 else f"{card.retention_ms} ms"
    policy = {"delete": f"every record, {kept}", "compact": f"the last record of each key, {kept}"}[card.cleanup_policy]
    rows = [
        ("key", card.key),
        ("value", code(card.value)),
        ("partitions", str(card.partitions)),
        ("kept", policy),
        ("written by", ", ".join(card.producers)),
        ("read by", ", ".join(card.consumers)),
        ("examples", f"[examples/{card.examples}](examples/{card.examples})"),
    ]
    return f"### {card.topic}\n\n{card.description}\n\n{table(('', ''), rows)}"


def kind_section(kind: str, same: Table) -> str:
    """The columns of a kind of reference data. What a model does not say of a column, the table of the same name does."""
    model = REFERENCE_KINDS[kind]
    comments = {column.name: column.comment for column in same.columns}
    schema = model.model_json_schema()
    rows = [
        (
            code(name),
            _type(spec, schema.get("$defs", {})),
            "key" if name in _key(model) else "yes" if name in schema["required"] else f"no{_default(spec)}",
            spec.get("description") or comments.get(name, ""),
        )
        for name, spec in schema["properties"].items()
    ]
    about = (model.__doc__ or "").strip()
    link = f"[JSON Schema](json/{file_name(model)}.json)"
    return f"### {kind}\n\n{about} {link}\n\n{table(('column', 'type', 'required', 'what it holds'), rows)}"


def table_section(one: Table) -> str:
    """The columns of a ClickHouse table."""
    rows = [(code(column.name), code(column.type), column.comment) for column in one.columns]
    head = ("column", "type", "what it holds")
    return f"### `{one.name}`\n\n{one.comment}. Key: {code(one.key.replace('`', ''))}.\n\n{table(head, rows)}"


def view_section(one: Table) -> str:
    """The columns of a view; one that takes parameters has none of its own to list."""
    title = f"### `{ANALYTICS}.{one.name}`\n\n{one.comment}."
    rows = [(code(column.name), code(column.type), column.comment) for column in one.columns]
    return f"{title}\n\n{table(('column', 'type', 'what it holds'), rows)}" if rows else title


def queries() -> str:
    """The worked examples: what each answers, in its first line, and where it is."""
    rows = [
        (f"[{path.name}](clickhouse/examples/{path.name})", question_of(path)) for path in sorted(EXAMPLES.iterdir())
    ]
    return table(("query", "what it answers"), rows)


def question_of(path: Path) -> str:
    """The comment that an example begins with."""
    lines = path.read_text().splitlines()
    comments = itertools.takewhile(lambda line: line.startswith("-- "), lines)
    return " ".join(line.removeprefix("-- ") for line in comments)


def _key(model: type[ReferenceRow]) -> list[str]:
    return [model.model_fields[name].alias or name for name in model.key_fields]


def _default(spec: dict[str, Any]) -> str:
    default = spec.get("default")
    return "" if default in (None, "") else f", {code(str(default))}"


def _type(spec: dict[str, Any], parts: dict[str, Any]) -> str:
    """A property's type in a word or two."""
    kinds = [one for one in spec.get("anyOf", [spec]) if one.get("type") != "null"]
    one = min(kinds, key=lambda kind: kind.get("type") != "number")  # a decimal is a number, and also taken as text
    name = str(one.get("$ref", "")).rpartition("/")[2]
    if name:
        one = parts[name]
    if "enum" in one:
        return ", ".join(one["enum"])
    if one.get("type") == "array":
        return f"list of {_type(one['items'], parts)}"
    return str(one.get("format") or (name.lower() if name else one.get("type", "text")))

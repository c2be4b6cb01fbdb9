"""Exports: the views for analysts, or the part of them that is asked for, as a stream in one of ClickHouse's formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from typing import Any, BinaryIO, Final, Literal, cast

from services.api.queries import SUBTREE
from services.api.queries.records import OF_REGION
from services.shared.clickhouse_store import ClickHouseStore

What = Literal["coverage", "daily", "flows", "targets", "outreach", "events"]
Format = Literal["csv", "parquet", "arrow"]

FORMATS: Final[Mapping[Format, str]] = {"csv": "CSVWithNames", "parquet": "Parquet", "arrow": "ArrowStream"}
AS_OF = "(SELECT min(complete_up_to) FROM progress FINAL WHERE topic LIKE '%enrollment-events')"
COLUMNS = """
SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {view:String} ORDER BY position
"""
RISKY = r"'^[=+\\-@\\t\\r]'"
"""A spreadsheet would take such a text for a formula; it gets an apostrophe before it, as OWASP advises."""


@dataclass(frozen=True, slots=True)
class Source:
    """What an export reads. `by_day` and `days`: conditions on `first` and `last`; `ordered`: few enough rows to sort."""

    view: str
    of_region: str = f"region GLOBAL IN {SUBTREE}"
    since: str = "day >= {first:Date32}"
    until: str = "day <= {last:Date32}"
    order: str = ""
    has_scheme: bool = True


SOURCES: Final[Mapping[What, Source]] = {
    "coverage": Source("coverage_now", order="region, scheme"),
    "daily": Source("coverage_daily"),
    "flows": Source("flows"),
    "targets": Source(
        "targets", since="last_day >= {first:Date32}", until="first_day <= {last:Date32}", order="first_day, id, region"
    ),
    "outreach": Source(
        "outreach_yield",
        since="last_day >= {first:Date32}",
        until="first_day <= {last:Date32}",
        order="first_day, id",
        has_scheme=False,
    ),
    "events": Source("events", of_region=OF_REGION),
}


@dataclass(frozen=True, slots=True)
class Export:
    """What is asked for; days are local and included. `date` is for coverage, `first` and `last` for all else."""

    what: What
    format: Format
    region: str | None = None
    scheme: str | None = None
    level: str | None = None
    first: Day | None = None
    last: Day | None = None
    date: Day | None = None


def open_export(store: ClickHouseStore, wanted: Export) -> BinaryIO:
    """A stream of the rows; the caller closes it."""
    source = SOURCES[wanted.what]
    columns = store.query(COLUMNS, {"database": store.analytics, "view": source.view})
    selected = [_selected(name, kind, wanted.format) for name, kind in columns]
    if "as_of" not in dict(columns):
        selected.append(f"{AS_OF} AS as_of")
    conditions, bound = _conditions(source, wanted)
    view = f"{store.analytics}.{source.view}"
    if wanted.date is not None:
        view, bound["date"] = f"{store.analytics}.coverage_on(days = [{{date:Date32}}])", wanted.date
    # The conditions are put to the view's own columns, before they are written in the manner of the format.
    sql = f"SELECT {', '.join(selected)} FROM (SELECT * FROM {view} WHERE {conditions})"
    if source.order:
        sql += f" ORDER BY {source.order}"
    return cast(BinaryIO, store.raw_stream(sql, FORMATS[wanted.format], bound))


def _selected(name: str, kind: str, format_: Format) -> str:
    """A column as its format can hold it."""
    if kind.startswith("Map") and format_ == "csv":
        return f"toJSONString(`{name}`) AS `{name}`"
    if "UUID" in kind and format_ != "csv":
        return f"toString(`{name}`) AS `{name}`"
    if kind == "String" and format_ == "csv":
        return f"if(match(`{name}`, {RISKY}), concat('''', `{name}`), `{name}`) AS `{name}`"
    return f"`{name}`"


def _conditions(source: Source, wanted: Export) -> tuple[str, dict[str, Any]]:
    level = "region GLOBAL IN (SELECT id FROM regions FINAL WHERE level = {level:String})"
    found, bound = [], dict[str, Any]()
    for condition, name, value in (
        (source.of_region, "region", wanted.region),
        ("scheme = {scheme:String}", "scheme", wanted.scheme),
        (level, "level", wanted.level),
        (source.since, "first", wanted.first),
        (source.until, "last", wanted.last),
    ):
        if value is not None:
            found.append(condition)
            bound[name] = value
    return " AND ".join(found) or "1", bound

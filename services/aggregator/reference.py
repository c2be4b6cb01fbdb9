"""Reference data from its topic into its tables; the last row of a key stands, by its place in the log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from schemas.events import ReferenceEvent, RejectionReason
from schemas.reference import REFERENCE_KINDS
from services.aggregator.counting import LogRecord
from services.aggregator.domain.plan import Refusal
from services.shared.clickhouse_store import ClickHouseStore

TABLES = frozenset({*REFERENCE_KINDS, "office_sync", "duplicate_reviews"})


class ReferenceTables:
    """The tables of regions, populations, targets and so on, and the tree of regions in memory."""

    def __init__(self, store: ClickHouseStore) -> None:
        self._store = store
        self._regions: dict[str, dict[str, Any]] = {}

    def load(self) -> None:
        """Read the regions that are kept."""
        columns = "id, code, country, level, parent, name_vi, name_th, name_en, valid_from, valid_to"
        names = columns.split(", ")
        found = self._store.query(f"SELECT {columns}, version FROM regions FINAL")
        self._regions = {row[0]: dict(zip([*names, "version"], row, strict=True)) for row in found}

    def write(self, records: Sequence[LogRecord]) -> list[Refusal]:
        """Write the rows of these records; returns those that are no rows of a known kind."""
        rows: dict[str, dict[str, dict[str, Any]]] = {}
        refusals = []
        for record in records:
            if record.value is None:
                continue  # a tombstone of the compacted topic
            try:
                event = ReferenceEvent.model_validate_json(record.value)
            except ValidationError as error:
                refusals.append(_refusal(record, error.errors()[0]["msg"]))
                continue
            if event.kind not in TABLES:
                refusals.append(_refusal(record, f"kind {event.kind} is not known to this build"))
                continue
            # +1: offset 0 must be greater than the 0 of a row that has no version
            rows.setdefault(event.kind, {})[event.key] = {**_row(event.row), "version": record.offset + 1}
        for kind, by_key in rows.items():
            lines = self._with_ancestors(by_key.values()) if kind == "regions" else by_key.values()
            self._store.insert_json(kind, [orjson.dumps(line) for line in lines])
        return refusals

    def _with_ancestors(self, changed: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The changed regions and all below them, each with its ancestors from itself up."""
        ids = set()
        for row in changed:
            self._regions[row["id"]] = {**row, "parent": row.get("parent") or ""}
            ids.add(row["id"])
        lines = []
        for region, row in self._regions.items():
            ancestors = self._ancestors(region)
            if not ids.isdisjoint(ancestors):
                lines.append({**row, "ancestors": ancestors})
        return lines

    def _ancestors(self, region: str) -> list[str]:
        found: list[str] = []
        while region and region not in found:
            found.append(region)
            region = self._regions.get(region, {}).get("parent", "")
        return found


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as its table has it: nothing for null, and the milestones of a target as JSON."""
    plain = {name: value for name, value in row.items() if value is not None}
    if "milestones" in plain:
        plain["milestones"] = orjson.dumps(plain["milestones"]).decode()
    return plain


def _refusal(record: LogRecord, detail: str) -> Refusal:
    return Refusal(0, record.offset, RejectionReason.INVALID, detail, None)

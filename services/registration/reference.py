"""Reference data in memory: fed by the topic `reference-data` and, at once, by this process's own accepted rows."""

import threading
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TypeVar, cast

import structlog
from pydantic import ValidationError

from schemas.events import ReferenceEvent
from schemas.reference import REFERENCE_KINDS, Campaign, Group, Lineage, Office, Outreach, ReferenceRow, Region
from services.registration.domain.regions import KnownRegion, fold
from services.registration.offices import OFFICE_SYNC, Offices

log = structlog.get_logger()
OFFERED = (Office, Outreach, Group, Campaign)
"""Kinds whose rows are kept as they are, for a counter to choose from."""
KEPT = {kind: model for kind, model in REFERENCE_KINDS.items() if model in (Region, Lineage, *OFFERED)}
"""The kinds this service needs to know; of the others nothing is kept."""
R = TypeVar("R", bound=ReferenceRow)


class ReferenceData:
    """Regions by id and lineage weights. Written by the reader's thread and by the event loop, read by the loop."""

    def __init__(self) -> None:
        self._regions: dict[str, KnownRegion] = {}
        self._folded: dict[str, str] = {}
        self._children: dict[str, set[str]] = {}
        self._weights: dict[tuple[str, date], dict[str, Decimal]] = {}
        self._rows: dict[type[ReferenceRow], dict[str, ReferenceRow]] = {model: {} for model in OFFERED}
        self._offsets: dict[str, int] = {}
        self._last_read = -1
        self.offices = Offices()
        self._lock = threading.Lock()
        self.loaded = False

    def mark_loaded(self) -> None:
        """Everything that was on the topic at the start is known."""
        self.loaded = True

    def __len__(self) -> int:
        return len(self._regions)

    def get(self, region_id: str) -> KnownRegion | None:
        """The region of that id, or None."""
        return self._regions.get(region_id)

    def children(self, region_id: str) -> Iterable[str]:
        """Ids of the regions directly below."""
        return tuple(self._children.get(region_id, ()))

    def weights(self, from_: str, effective_on: date) -> dict[str, Decimal]:
        """What is known of where a region went on a day: successor to weight."""
        return dict(self._weights.get((from_, effective_on), {}))

    def rows(self, model: type[R]) -> list[R]:
        """Every row of a kind that is offered to counters."""
        return cast(list[R], list(self._rows[model].values()))

    def folded(self, region_id: str) -> str:
        """A region's id and names without diacritics, ` ` between them and before each."""
        return self._folded[region_id]

    def folded_names(self) -> list[tuple[str, str]]:
        """The same of every region, by its id."""
        return list(self._folded.items())

    def read(self, key: bytes, value: bytes | None, offset: int) -> None:
        """A record of the topic. One that cannot be read is logged and left out."""
        with self._lock:
            if offset <= self._last_read:  # read anew from the beginning, maybe another log
                self._offsets.clear()
            self._last_read = offset
        kind, _, name = key.decode(errors="replace").partition("/")
        if value is None or (kind not in KEPT and kind != OFFICE_SYNC):
            return
        try:
            event = ReferenceEvent.model_validate_json(value)
            if kind == OFFICE_SYNC:
                self.offices.reported(event.row, event.recorded_at)
            else:
                self.apply(kind, KEPT[kind].model_validate(event.row), offset)
        except ValidationError as error:
            log.warning("reference_row_unreadable", kind=kind, name=name, offset=offset, errors=error.error_count())

    def apply(self, kind: str, row: ReferenceRow, offset: int) -> None:
        """Know a row the broker keeps at this offset, unless a later one of the same key is known."""
        name = f"{kind}/{row.key}"
        with self._lock:
            if offset < self._offsets.get(name, -1):
                return
            self._offsets[name] = offset
            if isinstance(row, Region):
                self._know_region(KnownRegion.of(row))
            elif isinstance(row, Lineage):
                self._weights.setdefault((row.from_, row.effective_on), {})[row.to] = row.weight
            elif isinstance(row, OFFERED):
                self._rows[type(row)][row.key] = row

    def _know_region(self, region: KnownRegion) -> None:
        before = self._regions.get(region.id)
        if before is not None and before.parent is not None:
            self._children[before.parent].discard(region.id)
        if region.parent is not None:
            self._children.setdefault(region.parent, set()).add(region.id)
        self._folded[region.id] = fold(" ".join((region.id, region.name_vi, region.name_th, region.name_en)))
        self._regions[region.id] = region

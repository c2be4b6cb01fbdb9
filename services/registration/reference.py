"""Reference data in memory: fed by the topic `reference-data` and, at once, by this process's own accepted rows."""

import threading
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import structlog
from pydantic import ValidationError

from schemas.events import ReferenceEvent
from schemas.reference import Lineage, ReferenceRow, Region
from services.registration.domain.regions import DEPTH, KnownRegion
from services.registration.offices import OFFICE_SYNC, Offices

log = structlog.get_logger()
KEPT: dict[str, type[ReferenceRow]] = {"regions": Region, "lineage": Lineage}
"""The kinds this service needs to know; of the others nothing is kept."""


class ReferenceData:
    """Regions by id and lineage weights. Written by the reader's thread and by the event loop, read by the loop."""

    def __init__(self) -> None:
        self._regions: dict[str, KnownRegion] = {}
        self._folded: dict[str, str] = {}
        self._children: dict[str, set[str]] = {}
        self._weights: dict[tuple[str, date], dict[str, Decimal]] = {}
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
                self.offices.reported(name, event.row, event.recorded_at)
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

    def _know_region(self, region: KnownRegion) -> None:
        before = self._regions.get(region.id)
        if before is not None and before.parent is not None:
            self._children[before.parent].discard(region.id)
        if region.parent is not None:
            self._children.setdefault(region.parent, set()).add(region.id)
        self._folded[region.id] = fold(" ".join((region.id, region.name_vi, region.name_th, region.name_en)))
        self._regions[region.id] = region

    def search(self, text: str, on: date, limit: int) -> list[dict[str, Any]]:
        """Regions that exist on a day and match a text; those named by the very words first, then higher levels.

        At least one word is in the region's own names or id, the others there or in those of what it lies in.
        """
        phrase = fold(text).strip()
        words = phrase.split()
        found = []
        for region_id, folded in list(self._folded.items()):
            missing = [word for word in words if word not in folded]
            if len(missing) == len(words):
                continue
            region = self._regions[region_id]
            if region.exists_on(on) and (not missing or self._above_holds(region, missing)):
                found.append(region)
        found.sort(key=lambda region: (f" {phrase}" not in self._folded[region.id], DEPTH[region.level], region.id))
        return [self._shown(region) for region in found[:limit]]

    def _above(self, region: KnownRegion) -> list[KnownRegion]:
        """What a region lies in, from the nearest up."""
        above: list[KnownRegion] = []
        while region.parent is not None and (parent := self._regions.get(region.parent)) and len(above) < len(DEPTH):
            above.append(parent)
            region = parent
        return above

    def _above_holds(self, region: KnownRegion, words: list[str]) -> bool:
        around = " ".join(self._folded[above.id] for above in self._above(region))
        return all(word in around for word in words)

    def _shown(self, region: KnownRegion) -> dict[str, Any]:
        return {
            "id": region.id,
            "level": region.level,
            "country": region.country,
            "name": _names(region),
            "within": [_names(above) for above in self._above(region)],
        }


def _names(region: KnownRegion) -> dict[str, str]:
    return {"vi": region.name_vi, "th": region.name_th, "en": region.name_en}


def fold(text: str) -> str:
    """Lower case without diacritics, so that `u minh thuong` finds `U Minh Thượng`."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")

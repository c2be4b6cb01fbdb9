"""What the service knows of a region, and on which days it exists."""

import unicodedata
from datetime import date, datetime
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from schemas.reference import Region
from schemas.vocabulary import TIME_ZONES, Country, Level

ZONES: Final = {country: ZoneInfo(name) for country, name in TIME_ZONES.items()}
DEPTH: Final = {level: depth for depth, level in enumerate(Level)}
"""How far below the top a level is; a child's is always greater than its parent's."""


class KnownRegion(NamedTuple):
    """A region of the reference data. `valid_from` is its first day, `valid_to` the first day it no longer is."""

    id: str
    country: Country
    level: Level
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    name_vi: str
    name_th: str
    name_en: str
    code: str = ""

    @classmethod
    def of(cls, row: Region) -> "KnownRegion":
        """What is kept of a row."""
        return cls(
            row.id,
            row.country,
            row.level,
            row.parent,
            row.valid_from,
            row.valid_to,
            row.name_vi,
            row.name_th,
            row.name_en,
            row.code,
        )

    def exists_on(self, day: date) -> bool:
        """Whether it exists on a day of its country."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)

    def why_not_on(self, moment: datetime) -> str | None:
        """Why a registration cannot be made there at that moment; None where it can. Days are the country's own."""
        day = moment.astimezone(ZONES[self.country]).date()
        if self.valid_from is not None and day < self.valid_from:
            return f"this region exists only since {self.valid_from}; occurred_at is {day} there"
        if self.valid_to is not None and day >= self.valid_to:
            return f"this region no longer exists since {self.valid_to}; occurred_at is {day} there; use its successor"
        return None


class Regions(Protocol):
    """What is known of regions right now; `loaded` once all of it is known that was there at the start."""

    loaded: bool

    def get(self, region_id: str) -> KnownRegion | None:
        """The region of that id."""
        ...


def fold(text: str) -> str:
    """Lower case without diacritics, so that `u minh thuong` finds `U Minh Thượng`."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")

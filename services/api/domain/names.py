"""Finding regions by name, with or without diacritics."""

import unicodedata
from collections.abc import Sequence
from datetime import date as Day

from schemas.vocabulary import Level
from services.api.domain.tree import Place

HEIGHT = {level: height for height, level in enumerate(Level)}

NO_MARK = str.maketrans({"đ": "d", "Đ": "d"})


def plain(text: str) -> str:
    """Lower case without Latin diacritics; Thai vowel signs, which are letters there, stay."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFD", text.translate(NO_MARK)).casefold()
    return " ".join("".join(c for c in decomposed if not "\u0300" <= c <= "\u036f").split())


class NameIndex:
    """The names of all regions, ready to be searched."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._names = [
            tuple({plain(name) for name in (p.name_vi, p.name_th, p.name_en)} | {p.id.casefold(), p.code.casefold()})
            for p in places
        ]
        self._places = places

    def find(self, query: str, limit: int, today: Day = Day.max) -> list[int]:
        """Positions of the regions that match best: the whole name first, then its start, then a word in it.

        Among equals the greater region comes first, and those that are no more as of `today` come last.
        """
        wanted = plain(query)
        if not wanted:
            return []
        ranked = []
        for position, names in enumerate(self._names):
            rank = min((_rank(wanted, name) for name in names), default=NO_MATCH)
            if rank < NO_MATCH:
                place = self._places[position]
                ended = place.valid_to is not None and place.valid_to <= today
                ranked.append((rank, HEIGHT[place.level], ended, position))
        return [position for *_, position in sorted(ranked)[:limit]]


NO_MATCH = 9


def _rank(wanted: str, name: str) -> int:
    at = name.find(wanted)
    if at < 0:
        return NO_MATCH
    if len(name) == len(wanted):
        return 0
    if at > 0 and name.endswith(" " + wanted):
        return 1  # "Kiên Giang" in "Tỉnh Kiên Giang"
    if at == 0:
        return 2
    return 3 if name[at - 1] == " " else 4

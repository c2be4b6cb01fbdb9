"""Finding regions by name, with or without diacritics."""

import unicodedata
from collections.abc import Sequence

from services.api.domain.tree import Place

NO_MARK = str.maketrans({"đ": "d", "Đ": "d"})


def plain(text: str) -> str:
    """Lower case without Latin diacritics; Thai vowel signs, which are letters there, stay."""
    decomposed = unicodedata.normalize("NFD", text.translate(NO_MARK)).casefold()
    return " ".join("".join(c for c in decomposed if not "\u0300" <= c <= "\u036f").split())


class NameIndex:
    """The names of all regions, ready to be searched."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._names = [
            tuple({plain(name) for name in (p.name_vi, p.name_th, p.name_en)} | {p.id.casefold(), p.code.casefold()})
            for p in places
        ]

    def find(self, query: str, limit: int) -> list[int]:
        """Positions of the regions that match best: the whole name first, then its start, then a word in it."""
        wanted = plain(query)
        if not wanted:
            return []
        ranked = []
        for position, names in enumerate(self._names):
            rank = min((_rank(wanted, name) for name in names), default=NO_MATCH)
            if rank < NO_MATCH:
                ranked.append((rank, position))
        return [position for _, position in sorted(ranked)[:limit]]


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

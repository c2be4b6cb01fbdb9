"""Which stretches are kept counter by counter: the last days, and a few others that change again and again."""

from collections.abc import Collection, Mapping
from datetime import date as Day

from services.api.domain.tree import Tree
from services.api.live.detail import NOTHING, Detail, Key, details_of
from services.api.queries import counters
from services.api.queries.counters import DayRange
from services.shared.clickhouse_store import ClickHouseStore

LAST_DAYS = 3
"""So many days up to today are always kept: there a changed counter needs no reading at all."""
OTHERS = 8
"""So many other stretches at most, such as the month of an office that enters its paper records."""
MOST_ROWS = 20_000
"""What others may have between them, each time some are read; past that they are read as sums."""


class KeptDetails:
    """What is kept, and how it is renewed. Used by one thread."""

    def __init__(self, store: ClickHouseStore) -> None:
        self._store = store
        self._kept: dict[Key, Detail] = {}
        self._changed: set[Key] = set()
        self._too_large: set[Key] = set()

    def forget(self) -> None:
        """Keep nothing."""
        self._kept, self._changed, self._too_large = {}, set(), set()

    def renewed(
        self,
        tree: Tree,
        starts: Mapping[Day, Day],
        wanted: Collection[Key],
        anew: Collection[Key],
        patches: Mapping[Key, Detail],
    ) -> dict[Key, Detail]:
        """Those of the stretches `wanted` that are kept: patched, or read; `anew`: not to be patched.

        `starts`: the first day of each stretch by its last, in order of time. A stretch apart from the last days is
        kept once it changed in two renewals in a row that changed anything.
        """
        last = {*list(starts)[-LAST_DAYS:]}
        kept = {key: detail for key, detail in self._kept.items() if key not in anew and key[1] in starts}
        found = {key: kept[key].patched(rows) for key, rows in patches.items() if key in kept}
        missing = {*wanted} - found.keys()
        found |= self._read(tree, starts, {key for key in missing if key[1] in last})
        again = (missing & self._changed & patches.keys()) - found.keys() - self._too_large
        found |= self._read(tree, starts, again, MOST_ROWS)
        self._too_large |= again - found.keys()
        self._changed = {*patches} or self._changed
        kept = {key: detail for key, detail in kept.items() if key not in wanted} | found
        others = [key for key in kept if key[1] not in last]
        self._kept = {key: detail for key, detail in kept.items() if key not in others[:-OTHERS]}
        return found

    def _read(
        self, tree: Tree, starts: Mapping[Day, Day], keys: Collection[Key], most: int | None = None
    ) -> dict[Key, Detail]:
        """Those stretches as they are now; none of them where they have more than `most` counters."""
        if not keys:
            return {}
        ranges = [DayRange(scheme, starts[end], end) for scheme, end in keys]
        table = counters.read_rows(self._store, ranges, most and most + 1)
        if most is not None and table.num_rows > most:
            return {}
        found = details_of(table, tree, [*starts])
        return {key: found.get(key, NOTHING) for key in keys}

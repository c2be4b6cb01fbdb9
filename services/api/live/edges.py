"""What happened in the parts of days that lie outside a window: before its start, or after the as-of moment.

A window is whole days by their counters, less the records of its first day before the start, less those of the last
day after the as-of moment. Reading those few records is cheap, yet under load their days change all the time; so they
are read in full only as often as their cost allows, and in between just the moments that were passed since.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.vocabulary import Scheme, recorded_schemes
from services.api.domain.tree import Tree
from services.api.domain.windows import ONE_DAY, Calendar, Edge, day_start, window_edges
from services.api.live.cells import encoded, numbers, positions_of
from services.api.live.ledger import Ints
from services.api.queries.events import Span

AFTER = "after"
"""The key of what lies after the as-of moment."""
SHARE = 0.25
LONGEST_WITHOUT_FULL_S = 10.0

ReadSpans = Callable[[Sequence[Span]], pa.Table]
"""`queries.events.read_spans`; never asked for no span at all."""
Own = dict[str, npt.NDArray[np.int32]]
"""By scheme: new and left of each region itself."""


@dataclass(slots=True)
class _Head:
    edge: Edge
    own: Own = field(default_factory=dict)


class Outside:
    """The records outside each window of one calendar; `renew` moves it to a later as-of moment."""

    def __init__(self, tree: Tree, clock: Callable[[], float] = time.monotonic) -> None:
        self._tree, self._clock = tree, clock
        self._heads: dict[str, _Head] = {}
        self._after: Own = {}
        self._touched: set[Day] = set()
        self._read_at, self._cost_s = -LONGEST_WITHOUT_FULL_S, 0.0

    def renew(
        self, calendar: Calendar, touched: set[Day], read: ReadSpans, quiet: Callable[[Day], bool] = lambda day: False
    ) -> None:
        """Read what is needed for a new as-of moment.

        `touched`: days of which counters changed since the last time. `quiet`: whether nobody came or left on a day.
        """
        self._touched |= touched
        now = self._clock()
        quiet_s = now - self._read_at
        affordable = quiet_s >= self._cost_s / SHARE
        everything = affordable and quiet_s >= LONGEST_WITHOUT_FULL_S
        day_end = day_start(calendar.today + ONE_DAY, calendar.zone)
        spans = [Span(AFTER, calendar.today, calendar.as_of, day_end)] if calendar.as_of < day_end else []
        heads: dict[str, _Head] = {}
        anew = set()
        for name, edge in window_edges(calendar).items():
            head = self._heads.get(name)
            if (
                head is None
                or not _leads_to(head.edge, edge)
                or everything
                or (affordable and edge.day in self._touched)
            ):
                anew.add(edge.day)
                heads[name], first = _Head(edge), edge.day_start
            else:
                heads[name], first = _Head(edge, dict(head.own)), head.edge.at
            if edge.at > first:
                spans.append(Span(name, edge.day, first, edge.at))
        after: Own = {}
        if spans := [span for span in spans if not quiet(span.day)]:
            self._add(read(spans), {AFTER: after, **{name: head.own for name, head in heads.items()}})
        self._heads, self._after = heads, after
        if anew:
            self._touched -= anew
            self._read_at, self._cost_s = now, self._clock() - now

    def _add(self, table: pa.Table, targets: Mapping[str, Own]) -> None:
        """Add the rows of `queries.events.read_spans` to the target of their key; those of unknown regions are left out."""
        if table.num_rows == 0:
            return
        positions = positions_of(table["region"], self._tree.index)
        (keys, of_key), (schemes, of_scheme) = encoded(table["key"]), encoded(table["scheme"])
        flows = np.stack([numbers(table["people_new"]), numbers(table["people_left"])])
        for k, key in enumerate(keys):
            for s, scheme in enumerate(schemes):
                chosen = np.flatnonzero((of_key == k) & (of_scheme == s) & (positions >= 0))
                if len(chosen):
                    before = targets[key].get(scheme)
                    own = np.zeros((2, len(self._tree)), np.int32) if before is None else before.copy()
                    own[:, positions[chosen]] += flows[:, chosen].astype(np.int32)  # each region is there once
                    targets[key][scheme] = own

    def before(self, window: str, scheme: Scheme) -> Ints | None:
        """New and left of each region itself on the window's first day before its start; None: nothing."""
        return _of_scheme(self._heads[window].own, scheme)

    def after(self, scheme: Scheme) -> Ints | None:
        """New and left of each region itself on the last day after the as-of moment; None: nothing."""
        return _of_scheme(self._after, scheme)

    def edge(self, window: str) -> Edge:
        """The start of a window."""
        return self._heads[window].edge


def _of_scheme(own: Own, scheme: Scheme) -> Ints | None:
    """Of a total: what its components have together."""
    parts = [own[part] for part in recorded_schemes(scheme) if part in own]
    return sum(parts[1:], parts[0]) if parts else None


def _leads_to(earlier: Edge, later: Edge) -> bool:
    """Whether only the moments from one to the other need to be read."""
    return earlier.day == later.day and earlier.at <= later.at

"""Counters as they are written, partition by partition and day by day, so that a changed one can be put in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from services.api.domain.tree import Tree
from services.api.live.cells import encoded, flows_of, numbers, positions_of
from services.api.live.ledger import Stretch
from services.api.queries.counters import BEGINNING, EPOCH, days_since_1970

DAY_BITS, PARTITION_BITS = 18, 16

Key = tuple[str, Day]
"""Scheme and last day of a stretch."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One scheme in one stretch. `keys`: see `keys_of`, ascending; `flows`: a row per flow."""

    keys: npt.NDArray[np.int64]
    flows: npt.NDArray[np.int64]

    def patched(self, rows: "Detail") -> "Detail":
        """With the counters in `rows` in the place of those of the same key."""
        at = np.searchsorted(self.keys, rows.keys)
        missing = np.append(self.keys, -1)[at] != rows.keys
        keys = np.insert(self.keys, at[missing], rows.keys[missing])
        flows = np.insert(self.flows, at[missing], 0, axis=1)
        flows[:, np.searchsorted(keys, rows.keys)] = rows.flows
        return Detail(keys, flows)

    def stretch(self) -> Stretch:
        """The sums over partitions and days."""
        positions = self.keys >> (PARTITION_BITS + DAY_BITS)
        first = np.flatnonzero(np.diff(positions, prepend=-1))
        flows = np.add.reduceat(self.flows, first, axis=1) if len(first) else self.flows
        return Stretch.from_cells(positions[first].astype(np.int32), flows)


NOTHING = Detail(np.zeros(0, np.int64), np.zeros((3, 0), np.int64))


def keys_of(
    positions: npt.NDArray[np.int64], partitions: npt.NDArray[np.int64], days: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Position, partition and day (since 1970) as one number each, in that order of weight."""
    return (((positions << PARTITION_BITS) + partitions) << DAY_BITS) + (days - days_since_1970(BEGINNING))


def details_of(table: pa.Table, tree: Tree, ends: Sequence[Day]) -> dict[Key, Detail]:
    """Rows of `queries.counters.read_rows` by stretch; those of unknown regions, or after the last of `ends`, left out."""
    found: dict[Key, Detail] = {}
    if table.num_rows == 0:
        return found
    positions = positions_of(table["region"], tree.index).astype(np.int64)
    schemes, codes = encoded(table["scheme"])
    days, flows = numbers(table["start"]), flows_of(table)
    keys = keys_of(positions, numbers(table["kafka_partition"]), days)
    stretches = np.searchsorted([days_since_1970(end) for end in ends], days)
    for code, at in sorted({*zip(codes.tolist(), stretches.tolist(), strict=True)}):
        if at < len(ends):
            chosen = np.flatnonzero((codes == code) & (stretches == at) & (positions >= 0))
            chosen = chosen[np.argsort(keys[chosen])]
            found[schemes[code], ends[at]] = Detail(keys[chosen], flows[:, chosen])
    return found


def days_of(table: pa.Table) -> set[Day]:
    """The days in rows of `queries.counters.read_rows`."""
    return (
        {EPOCH + timedelta(days=day) for day in np.unique(numbers(table["start"])).tolist()}
        if table.num_rows
        else set()
    )


def newest_of(table: pa.Table) -> Mapping[int, int]:
    """The greatest version of each partition in rows of `read_changed_rows`."""
    newest: dict[int, int] = {}
    for partition, version in zip(table["kafka_partition"].to_pylist(), table["newest"].to_pylist(), strict=True):
        newest[partition] = max(version, newest.get(partition, 0))
    return newest

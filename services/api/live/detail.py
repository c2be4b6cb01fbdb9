"""The counters of single days as they are written, partition by partition, so that a changed one can be put in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from services.api.domain.tree import Tree
from services.api.live.cells import encoded, flows_of, numbers, positions_of
from services.api.live.ledger import Stretch
from services.api.queries.counters import EPOCH

PARTITION_BITS = 16


@dataclass(frozen=True, slots=True)
class Detail:
    """One scheme on one day. `keys`: position and partition, ascending; `flows`: a row per flow."""

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
        """The sums over partitions."""
        positions = self.keys >> PARTITION_BITS
        first = np.flatnonzero(np.diff(positions, prepend=-1))
        flows = np.add.reduceat(self.flows, first, axis=1) if len(first) else self.flows
        return Stretch.from_cells(positions[first].astype(np.int32), flows)


NOTHING = Detail(np.zeros(0, np.int64), np.zeros((3, 0), np.int64))


def details_of(table: pa.Table, tree: Tree) -> dict[str, dict[Day, Detail]]:
    """Rows of `queries.counters.read_rows` by scheme and day; those of unknown regions left out."""
    found: dict[str, dict[Day, Detail]] = {}
    if table.num_rows == 0:
        return found
    positions = positions_of(table["region"], tree.index).astype(np.int64)
    schemes, codes = encoded(table["scheme"])
    days, keys = numbers(table["start"]), (positions << PARTITION_BITS) + numbers(table["kafka_partition"])
    flows = flows_of(table)
    for code, scheme in enumerate(schemes):
        for day in np.unique(days[codes == code]).tolist():
            chosen = np.flatnonzero((codes == code) & (days == day) & (positions >= 0))
            chosen = chosen[np.argsort(keys[chosen])]
            found.setdefault(scheme, {})[EPOCH + timedelta(days=day)] = Detail(keys[chosen], flows[:, chosen])
    return found


def newest_of(table: pa.Table) -> Mapping[int, int]:
    """The greatest version of each partition in rows of `read_changed_rows`."""
    newest: dict[int, int] = {}
    for partition, version in zip(table["kafka_partition"].to_pylist(), table["newest"].to_pylist(), strict=True):
        newest[partition] = max(version, newest.get(partition, 0))
    return newest

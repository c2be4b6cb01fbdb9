"""Rows of counters as stretches: region names become positions in the tree."""

from collections.abc import Mapping, Sequence
from datetime import date as Day
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from services.api.domain.tree import Tree
from services.api.live.ledger import Ints, Stretch
from services.api.queries.counters import BEGINNING, EPOCH


def starts_of(ends: Sequence[Day]) -> list[Day]:
    """The first day of each stretch; the first stretch begins with ClickHouse's first date."""
    return [BEGINNING, *(end + timedelta(days=1) for end in ends[:-1])]


def stretches_of(table: pa.Table, tree: Tree, ends: Sequence[Day]) -> tuple[dict[str, dict[Day, Stretch]], int]:
    """The rows of `queries.counters.read_cells` by scheme and last day; and how many rows name no known region."""
    found: dict[str, dict[Day, Stretch]] = {}
    if table.num_rows == 0:
        return found, 0
    positions = positions_of(table["region"], tree.index)
    schemes, scheme_codes = _encoded(table["scheme"])
    starts = table["start"].to_numpy()
    flows = np.stack([table[name].to_numpy() for name in ("net_change", "people_new", "people_left")])
    known = positions >= 0
    order = np.lexsort((positions, starts, scheme_codes))
    order = order[known[order]]
    end_of = dict(zip(((start - EPOCH).days for start in starts_of(ends)), ends, strict=True))
    for part in _runs(order, scheme_codes, starts):
        scheme, end = schemes[scheme_codes[part[0]]], end_of[int(starts[part[0]])]
        found.setdefault(scheme, {})[end] = Stretch.from_cells(positions[part], flows[:, part])
    return found, int(np.count_nonzero(~known))


def positions_of(regions: pa.ChunkedArray, index: Mapping[str, int]) -> Ints:
    """The position of each named region; -1 where there is none."""
    names, codes = _encoded(regions)
    return np.array([index.get(name, -1) for name in names], np.int32)[codes]


def _encoded(column: pa.ChunkedArray) -> tuple[list[str], npt.NDArray[np.int64]]:
    array = column.combine_chunks().dictionary_encode()
    return array.dictionary.to_pylist(), array.indices.to_numpy().astype(np.int64)


def _runs(
    order: npt.NDArray[np.int64], schemes: npt.NDArray[np.int64], starts: npt.NDArray[np.int32]
) -> list[npt.NDArray[np.int64]]:
    """Cut an order wherever the scheme or the stretch changes."""
    if not len(order):
        return []
    changes = (np.diff(schemes[order]) != 0) | (np.diff(starts[order]) != 0)
    return np.split(order, np.flatnonzero(changes) + 1)

"""Rows of counters as stretches: region names become positions in the tree."""

from collections.abc import Mapping, Sequence
from datetime import date as Day
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from services.api.domain.tree import Tree
from services.api.live.ledger import Ints, Stretch
from services.api.queries.counters import BEGINNING, days_since_1970


def starts_of(ends: Sequence[Day]) -> list[Day]:
    """The first day of each stretch; the first stretch begins with ClickHouse's first date."""
    return [BEGINNING, *(end + timedelta(days=1) for end in ends[:-1])]


def stretches_of(table: pa.Table, tree: Tree, ends: Sequence[Day]) -> tuple[dict[str, dict[Day, Stretch]], int]:
    """The rows of `queries.counters.read_cells` by scheme and last day; and how many rows name no known region."""
    found: dict[str, dict[Day, Stretch]] = {}
    if table.num_rows == 0:
        return found, 0
    positions = positions_of(table["region"], tree.index)
    schemes, scheme_codes = encoded(table["scheme"])
    first_days = np.array([days_since_1970(start) for start in starts_of(ends)])
    stretch = scheme_codes * len(ends) + np.searchsorted(first_days, numbers(table["start"]))
    order = np.argsort(stretch * len(tree) + positions)
    order = order[positions[order] >= 0]
    flows = flows_of(table)
    cuts = np.flatnonzero(np.diff(stretch[order])) + 1
    for part in np.split(order, cuts) if len(order) else []:
        scheme, end = divmod(int(stretch[part[0]]), len(ends))
        found.setdefault(schemes[scheme], {})[ends[end]] = Stretch.from_cells(positions[part], flows[:, part])
    return found, table.num_rows - len(order)


def positions_of(regions: pa.ChunkedArray, index: Mapping[str, int]) -> Ints:
    """The position of each named region; -1 where there is none."""
    names, codes = encoded(regions)
    return np.array([index.get(name, -1) for name in names], np.int32)[codes]


def flows_of(table: pa.Table) -> npt.NDArray[np.int64]:
    """Net change, new and left, a row each."""
    return np.stack([numbers(table[name]) for name in ("net_change", "people_new", "people_left")])


def encoded(column: pa.ChunkedArray) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The distinct strings of a column, and for each row which it is."""
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), np.from_dlpack(encoded.indices).astype(np.int64)


def numbers(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """A column of numbers."""
    # By DLPack, for pyarrow's own way to numpy loads all of pandas.
    return np.from_dlpack(column.combine_chunks()).astype(np.int64)

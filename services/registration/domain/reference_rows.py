"""What makes a row of reference data wrong beyond its own fields: what it refers to, and the tree it would make.

Rows of one upload may refer to each other in any order. A refused row takes with it only what depends on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

from schemas.problem import FieldError
from schemas.reference import Campaign, Lineage, ReferenceRow, Region
from schemas.vocabulary import Level
from services.registration.domain.regions import DEPTH, KnownRegion, Regions

Rows = Mapping[int, ReferenceRow]
"""Rows by their number in the upload, each valid by itself."""
Refusals = dict[int, list[FieldError]]
"""What is wrong, by row number; a row that is not here is accepted."""


class Known(Regions, Protocol):
    """What is known before the upload."""

    def children(self, region_id: str) -> Iterable[str]:
        """Ids of the regions directly below."""
        ...

    def weights(self, from_: str, effective_on: date) -> Mapping[str, Decimal]:
        """Successors of a region on a day, with their weights."""
        ...


def refusals(rows: Rows, known: Known) -> Refusals:
    """The rows that cannot be accepted, and why."""
    regions = {number: row for number, row in rows.items() if isinstance(row, Region)}
    lineage = {number: row for number, row in rows.items() if isinstance(row, Lineage)}
    refused = {
        number: errors
        for number, row in rows.items()
        if not isinstance(row, Region) and (errors := list(_unknown_regions(row, known)))
    }
    return refused | _refused_regions(regions, known) | _refused_lineage(lineage, refused, known)


def _unknown_regions(row: ReferenceRow, known: Regions) -> Iterator[FieldError]:
    if isinstance(row, Lineage):
        named = [("from", row.from_), ("to", row.to)]
    elif isinstance(row, Campaign):
        named = [("regions", region) for region in row.regions]
    else:
        named = [("region", row.region)] if hasattr(row, "region") else []
    for field, region in named:
        if known.get(region) is None:
            yield FieldError(field=field, message=f"no region {region} is known; send it first")


def _refused_regions(rows: Mapping[int, Region], known: Known) -> Refusals:
    """Refuse until nothing more falls: a row may have stood on one that was refused."""
    refused: Refusals = {}
    while True:
        standing = {row.id: number for number, row in rows.items() if number not in refused}  # the last of an id stands
        tree = _Tree({region_id: rows[number] for region_id, number in standing.items()}, known)
        found: Refusals = {
            number: [FieldError(field=field, message=message)]
            for number, row in rows.items()
            if number not in refused
            for field, message in [tree.why_not(row)]
            if message
        }
        if not found:
            return refused
        refused |= found


class _Tree:
    """The regions as they would be: rows of the upload over what is known."""

    def __init__(self, rows: Mapping[str, Region], known: Known) -> None:
        self._rows, self._known = rows, known

    def _level(self, region_id: str) -> Level | None:
        found: Region | KnownRegion | None = self._rows.get(region_id) or self._known.get(region_id)
        return found.level if found else None

    def why_not(self, row: Region) -> tuple[str, str]:
        """The field at fault and what is wrong with it; the message is empty where nothing is."""
        if row.parent is not None:
            parent_level = self._level(row.parent)
            if parent_level is None:
                return "parent", f"no region {row.parent} is known or in this upload"
            if DEPTH[row.level] <= DEPTH[parent_level]:
                cycle = self._is_above_itself(row)
                hint = "; the rows of this upload make a circle" if cycle else ""
                return "level", f"a {row.level} cannot lie in {row.parent}, a {parent_level}{hint}"
        for child in self._known.children(row.id):
            level = self._level(child)
            if child not in self._rows and level is not None and DEPTH[level] <= DEPTH[row.level]:
                return "level", f"{child}, a {level}, lies in this region, so it cannot become a {row.level}"
        return "", ""

    def _is_above_itself(self, row: Region) -> bool:
        above, seen = row.parent, set[str]()
        while above is not None and above not in seen:
            if above == row.id:
                return True
            seen.add(above)
            parent: Region | KnownRegion | None = self._rows.get(above) or self._known.get(above)
            above = parent.parent if parent else None
        return False


def _refused_lineage(rows: Mapping[int, Lineage], refused: Refusals, known: Known) -> Refusals:
    """Refuse all rows of a region whose weights would not sum to exactly 1."""
    groups: dict[tuple[str, date], list[int]] = defaultdict(list)
    for number, row in rows.items():
        groups[row.from_, row.effective_on].append(number)
    found: Refusals = {}
    for (from_, effective_on), numbers in groups.items():
        weights = dict(known.weights(from_, effective_on))
        weights |= {rows[number].to: rows[number].weight for number in numbers if number not in refused}
        total = sum(weights.values(), Decimal(0))
        if total != 1:
            message = f"the weights of {from_} on {effective_on} sum to {total.normalize():f}, not to 1"
            found |= {
                number: [FieldError(field="weight", message=message)] for number in numbers if number not in refused
            }
    return found

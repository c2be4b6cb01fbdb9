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
        if not isinstance(row, Region) and (errors := [*_unknown_regions(row, known), *_no_succession(row, known)])
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


def _no_succession(row: ReferenceRow, known: Regions) -> Iterator[FieldError]:
    """A lineage is of a region that ends on its day, and goes to one that exists on it."""
    if not isinstance(row, Lineage):
        return
    from_, to = known.get(row.from_), known.get(row.to)
    if from_ is not None and from_.valid_to != row.effective_on:
        when = f"ends on {from_.valid_to}" if from_.valid_to else "has no end"
        yield FieldError(
            field="effective_on", message=f"{row.from_} {when}; a lineage is effective on the day of the end"
        )
    if to is not None and not to.exists_on(row.effective_on):
        yield FieldError(field="to", message=f"{row.to} does not exist on {row.effective_on}")


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
            found = {
                number: [FieldError(field="valid_from", message=message)]
                for number, message in _overlapping(tree, rows, standing, known).items()
            }
        if not found:
            return refused
        refused |= found


class _Tree:
    """The regions as they would be: rows of the upload over what is known."""

    def __init__(self, rows: Mapping[str, Region], known: Known) -> None:
        self._rows, self._known = rows, known

    def _level(self, region_id: str) -> Level | None:
        found = self.region(region_id)
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
            if outside := _outside(row, self.region(row.parent)):
                return outside
        for child in self._known.children(row.id):
            known = self._known.get(child)
            if child in self._rows or known is None:
                continue
            if DEPTH[known.level] <= DEPTH[row.level]:
                return "level", f"{child}, a {known.level}, lies in this region, so it cannot become a {row.level}"
            if outside := _outside(known, row):
                return outside[0], f"{child} lies in this region: {outside[1]}"
        return "", ""

    def region(self, region_id: str) -> Region | KnownRegion | None:
        """A region as it would be."""
        return self._rows.get(region_id) or self._known.get(region_id)

    def _is_above_itself(self, row: Region) -> bool:
        above, seen = row.parent, set[str]()
        while above is not None and above not in seen:
            if above == row.id:
                return True
            seen.add(above)
            parent = self.region(above)
            above = parent.parent if parent else None
        return False


Named = Region | KnownRegion


def _outside(child: Named, parent: Named | None) -> tuple[str, str] | None:
    """The field by which a region's time goes beyond its parent's; an open end of the child is that of the parent."""
    if parent is None:
        return None
    if child.valid_from and parent.valid_from and child.valid_from < parent.valid_from:
        return "valid_from", f"{child.valid_from} is before {parent.id} begins ({parent.valid_from})"
    if child.valid_to and parent.valid_to and child.valid_to > parent.valid_to:
        return "valid_to", f"{child.valid_to} is after {parent.id} ends ({parent.valid_to})"
    if child.valid_from and parent.valid_to and child.valid_from >= parent.valid_to:
        return "valid_from", f"{child.valid_from} is after {parent.id} ends ({parent.valid_to})"
    return None


def _overlapping(tree: _Tree, rows: Mapping[int, Region], standing: Mapping[str, int], known: Known) -> dict[int, str]:
    """Rows whose code, level and parent another region has on the same days: a known one, or one of an earlier row."""
    siblings: dict[tuple[str, str, Level], list[str]] = defaultdict(list)
    parents = {rows[number].parent for number in standing.values()} - {None}
    around = {child for parent in parents for child in known.children(str(parent))}
    for region_id in sorted(around | standing.keys()):
        region = tree.region(region_id)
        if region is not None and region.code and region.parent:
            siblings[region.parent, region.code, region.level].append(region_id)
    found = {}
    for region_id, number in standing.items():
        row = rows[number]
        for other_id in siblings.get((row.parent or "", row.code, row.level), ()):
            other = tree.region(other_id)
            earlier = standing.get(other_id, -1) < number
            if other_id != region_id and other is not None and earlier and _meet(row, other):
                since, until = other.valid_from or "ever", other.valid_to or "now"
                found[number] = (
                    f"{other_id} has code {row.code} in {row.parent} from {since} to {until}, on the same days"
                )
    return found


def _meet(one: Named, other: Named) -> bool:
    """Whether there is a day on which both exist."""
    begins = max(one.valid_from or date.min, other.valid_from or date.min)
    return begins < min(one.valid_to or date.max, other.valid_to or date.max)


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

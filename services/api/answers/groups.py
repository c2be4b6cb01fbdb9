"""`/v1/groups` and `/v1/sponsors`."""

from collections import Counter, defaultdict
from datetime import date as Day

from schemas.owners import GroupRow, GroupTotals, SponsorRow
from schemas.vocabulary import Scheme
from services.api.answers.coverage import region_ref
from services.api.domain.numbers import percent_half_up
from services.api.domain.tree import Tree
from services.api.queries.groups import Enrolled, Group, read_enrolled, read_groups, read_sponsored
from services.shared.clickhouse_store import ClickHouseStore


def groups(
    store: ClickHouseStore, tree: Tree, region: str, scheme: Scheme | None, day: Day
) -> tuple[list[GroupRow], GroupTotals]:
    """The groups of a region and all below it at the end of a day, and all of them together."""
    found = read_groups(store, region)
    enrolled = read_enrolled(store, [group.id for group in found], scheme, day)
    rows = [_row(group, enrolled.get(group.id, Enrolled()), tree) for group in found]
    members, people = sum(row.members for row in rows), sum(row.enrolled for row in rows)
    return rows, GroupTotals(
        groups=len(rows),
        complete=sum(row.complete for row in rows),
        members=members,
        enrolled=people,
        enrolled_pct=percent_half_up(people, members),
    )


def _row(group: Group, enrolled: Enrolled, tree: Tree) -> GroupRow:
    at = tree.index.get(group.region)
    return GroupRow(
        id=group.id,
        name=group.name,
        kind=group.kind,
        region=None if at is None else region_ref(tree.places[at]),
        members=group.members,
        enrolled=enrolled.people,
        enrolled_pct=percent_half_up(enrolled.people, group.members),
        complete=0 < group.members <= enrolled.people,
        schemes=dict(enrolled.schemes),
    )


def sponsors(
    store: ClickHouseStore, region: str | None, scheme: Scheme | None, first: Day | None, last: Day | None
) -> list[SponsorRow]:
    """Sponsors, the one who paid for most first."""
    found: dict[str, Counter[Scheme]] = defaultdict(Counter)
    for sponsor, of, people in read_sponsored(store, region, scheme, first, last):
        found[sponsor][of] += people
    rows = [SponsorRow(id=sponsor, enrolled=by.total(), schemes=dict(by)) for sponsor, by in found.items()]
    return sorted(rows, key=lambda row: (-row.enrolled, row.id))

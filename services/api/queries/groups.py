"""Members of groups who are enrolled, and people whom sponsors pay for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Day
from typing import Any

from schemas.vocabulary import RECORDED_SCHEMES, Scheme, recorded_schemes
from services.api.queries import SUBTREE
from services.shared.clickhouse_store import ClickHouseStore

GROUPS = f"SELECT id, name, kind, region, members FROM groups FINAL WHERE region GLOBAL IN {SUBTREE} ORDER BY id"
ENROLLED = """
SELECT last_group, count(), sumMap(schemes, arrayMap(scheme -> toUInt64(1), schemes)) FROM (
    SELECT participant, last_group, groupArray(toString(scheme)) AS schemes FROM (
        SELECT participant, scheme, argMaxIf(`group`, (occurred_at, registration_id), `group` != '') AS last_group,
            argMax(effect, (occurred_at, registration_id)) AS last_effect
        FROM enrollment_events FINAL
        WHERE scheme IN {schemes:Array(String)} AND day <= {last:Date32} AND effect != 'none'
            AND participant GLOBAL IN (
                SELECT participant FROM enrollment_events
                WHERE scheme IN {schemes:Array(String)} AND day <= {last:Date32} AND `group` IN {ids:Array(String)}
            )
        GROUP BY participant, scheme
    )
    WHERE last_effect != 'left' AND last_group IN {ids:Array(String)}
    GROUP BY participant, last_group
)
GROUP BY last_group
"""
SPONSORED = """
SELECT sponsor, scheme, count() FROM enrollment_events FINAL
WHERE scheme IN {{schemes:Array(String)}} AND effect = 'new' AND sponsor != ''{conditions}
GROUP BY sponsor, scheme
"""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the reference data."""

    id: str
    name: str
    kind: str
    region: str
    members: int


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Members active now: people, each once, and by scheme."""

    people: int = 0
    schemes: tuple[tuple[Scheme, int], ...] = ()


def schemes_of(scheme: Scheme | None) -> list[str]:
    """The schemes whose records are asked for: of all, where none is named."""
    return list(RECORDED_SCHEMES if scheme is None else recorded_schemes(scheme))


def read_groups(store: ClickHouseStore, region: str) -> list[Group]:
    """The groups of a region and all below it."""
    return [Group(*row) for row in store.query(GROUPS, {"region": region})]


def read_enrolled(
    store: ClickHouseStore, groups: Sequence[str], scheme: Scheme | None, last: Day
) -> dict[str, Enrolled]:
    """By group, at the end of a day; groups without anyone are left out."""
    if not groups:
        return {}
    bound = {"ids": list(groups), "schemes": schemes_of(scheme), "last": last}
    return {
        group: Enrolled(people, tuple((Scheme(name), n) for name, n in zip(*by_scheme, strict=True)))
        for group, people, by_scheme in store.query(ENROLLED, bound)
    }


def read_sponsored(
    store: ClickHouseStore, region: str | None, scheme: Scheme | None, first: Day | None, last: Day | None
) -> list[tuple[str, Scheme, int]]:
    """Sponsor, scheme, people new."""
    conditions, bound = "", dict[str, Any](schemes=schemes_of(scheme))
    for condition, name, value in (
        (f" AND to_region GLOBAL IN {SUBTREE}", "region", region),
        (" AND day >= {first:Date32}", "first", first),
        (" AND day <= {last:Date32}", "last", last),
    ):
        if value is not None:
            conditions += condition
            bound[name] = value
    found = store.query(SPONSORED.format(conditions=conditions), bound)
    return [(sponsor, Scheme(of), people) for sponsor, of, people in found]

"""Campaigns of the reference data, their people by the records as they stand, and their closing figures."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import datetime
from typing import Any, NamedTuple

from schemas.reference import closes_at
from schemas.vocabulary import Country, Scheme, recorded_schemes
from services.api.queries.events import microseconds
from services.shared.clickhouse_store import ClickHouseStore

CAMPAIGNS = (
    "SELECT id, name, schemes, regions, `from`, `to`, grace_days, version FROM campaigns FINAL ORDER BY `from` DESC, id"
)
NAMED = """
SELECT campaign, day, count() FROM enrollment_events FINAL
WHERE day BETWEEN {first:Date32} AND {last:Date32} AND effect = 'new' AND campaign IN {ids:Array(String)}
GROUP BY campaign, day
"""
IN_SCOPE = """
SELECT @ AS number, sum(new) FROM coverage_daily FINAL
WHERE scheme IN {schemes@:Array(String)} AND day BETWEEN {first@:Date32} AND {last@:Date32}
    AND region GLOBAL IN (SELECT id FROM regions FINAL WHERE hasAny(ancestors, {regions@:Array(String)}))
"""
CLOSINGS = """
SELECT campaign, campaign_version, scheme, region, office, sum(named), sum(in_scope), countIf(scheme = '')
FROM campaign_closings FINAL WHERE campaign IN {ids:Array(String)}
GROUP BY campaign, campaign_version, scheme, region, office
"""
STANDING = """
SELECT scheme, to_region, office, countIf(named), countIf(in_scope), countIf(named AND late), countIf(in_scope AND late)
FROM (
    SELECT scheme, to_region, office, campaign = {id:String} AS named,
        scheme IN {schemes:Array(String)} AND to_region GLOBAL IN (
            SELECT id FROM regions FINAL WHERE hasAny(ancestors, {regions:Array(String)})
        ) AS in_scope,
        recorded_at >= fromUnixTimestamp64Micro({closes_at:Int64}, 'UTC') AS late
    FROM enrollment_events FINAL WHERE day BETWEEN {first:Date32} AND {last:Date32} AND effect = 'new'
)
WHERE named OR in_scope GROUP BY scheme, to_region, office
"""
AT_ONCE = 50
"""Campaigns of one statement."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A row of the reference data."""

    id: str
    name: str
    schemes: tuple[Scheme, ...]
    regions: tuple[str, ...]
    from_: Day
    to: Day
    grace_days: int
    version: int
    counted_to: Day
    """The last day whose people count: `to`, or the as-of day where that is earlier."""

    def as_of(self, day: Day) -> "Campaign":
        """With no one of later days."""
        return replace(self, counted_to=min(self.to, day))

    @property
    def country(self) -> Country:
        """Whose days its days are."""
        return Country(self.regions[0][:2])

    @property
    def closes_at(self) -> datetime:
        """From when on records are too late for its closing figure."""
        return closes_at(self.to, self.grace_days, self.country)

    @property
    def recorded_schemes(self) -> list[str]:
        """The schemes whose records it counts."""
        return sorted({part for scheme in self.schemes for part in recorded_schemes(scheme)})


class People(NamedTuple):
    """People new in the window: whose record names the campaign, and in its schemes and regions."""

    named: int = 0
    in_scope: int = 0

    def plus(self, other: "People") -> "People":
        """Both together."""
        return People(self.named + other.named, self.in_scope + other.in_scope)

    def minus(self, other: "People") -> "People":
        """What is beyond the other."""
        return People(self.named - other.named, self.in_scope - other.in_scope)


class Part(NamedTuple):
    """A scheme, a region itself and an office."""

    scheme: str
    region: str
    office: str


@dataclass(slots=True)
class Closing:
    """What was written at the close so far."""

    parts: dict[Part, People]
    partitions: int


def read_campaigns(store: ClickHouseStore) -> list[Campaign]:
    """All campaigns, the latest first."""
    return [
        Campaign(id_, name, tuple(map(Scheme, schemes)), tuple(regions), first, to, grace_days, version, to)
        for id_, name, schemes, regions, first, to, grace_days, version in store.query(CAMPAIGNS)
    ]


def read_running(store: ClickHouseStore, campaigns: Sequence[Campaign]) -> dict[str, People]:
    """The people of each campaign by all records, up to its last day that counts."""
    found = {campaign.id: People() for campaign in campaigns}
    if not campaigns:
        return found
    by_id = {campaign.id: campaign for campaign in campaigns}
    first, last = min(c.from_ for c in campaigns), max(c.counted_to for c in campaigns)
    for id_, day, people in store.query(NAMED, {"ids": list(found), "first": first, "last": last}):
        if by_id[id_].from_ <= day <= by_id[id_].counted_to:
            found[id_] = found[id_].plus(People(named=people))
    for at in range(0, len(campaigns), AT_ONCE):
        some = campaigns[at : at + AT_ONCE]
        sql = " UNION ALL ".join(IN_SCOPE.replace("@", str(n)) for n in range(len(some)))
        bound = {f"{name}{n}": value for n, campaign in enumerate(some) for name, value in _scope(campaign).items()}
        for n, people in store.query(sql, bound):
            found[some[n].id] = found[some[n].id].plus(People(in_scope=people))
    return found


def read_closings(store: ClickHouseStore, campaigns: Sequence[Campaign]) -> dict[str, Closing]:
    """What was written at the close of these campaigns, as they are defined now."""
    versions = {campaign.id: campaign.version for campaign in campaigns}
    found: dict[str, Closing] = defaultdict(lambda: Closing({}, 0))
    for id_, version, scheme, region, office, named, in_scope, partitions in store.query(
        CLOSINGS, {"ids": list(versions)}
    ):
        if versions[id_] == version and scheme:
            found[id_].parts[Part(scheme, region, office)] = People(named, in_scope)
        elif versions[id_] == version:
            found[id_].partitions = partitions
    return found


def read_standing(store: ClickHouseStore, campaign: Campaign) -> dict[Part, tuple[People, People]]:
    """The people of one campaign by part: all, and those of them whose record came in after the close."""
    bound: dict[str, Any] = {**_scope(campaign), "id": campaign.id, "closes_at": microseconds(campaign.closes_at)}
    return {
        Part(scheme, region, office): (People(named, in_scope), People(named_late, in_scope_late))
        for scheme, region, office, named, in_scope, named_late, in_scope_late in store.query(STANDING, bound)
    }


def _scope(campaign: Campaign) -> dict[str, Any]:
    return {
        "schemes": campaign.recorded_schemes,
        "regions": list(campaign.regions),
        "first": campaign.from_,
        "last": campaign.counted_to,
    }

"""Flows of a subtree per day or hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import date as Day
from typing import Any

from schemas.vocabulary import Scheme, recorded_schemes
from services.api.queries import SUBTREE
from services.shared.clickhouse_store import ClickHouseStore

DAYS = """
SELECT day, sum(new), sum(returned), sum(left), sum(new + returned + moved_in - left - moved_out) AS net_change
FROM coverage_daily FINAL
WHERE scheme IN {{schemes:Array(String)}} AND day <= {{last:Date32}} AND {region}
GROUP BY day ORDER BY day
"""
MOVES = """
SELECT day, countIf(enters AND NOT leaves), countIf(leaves AND NOT enters) FROM (
    SELECT day, {to_region} AS enters, {from_region} AS leaves
    FROM enrollment_events FINAL
    WHERE scheme IN {{schemes:Array(String)}} AND day BETWEEN {{first:Date32}} AND {{last:Date32}} AND effect = 'moved'
)
WHERE enters != leaves GROUP BY day
"""
HOURS = """
SELECT toUnixTimestamp(toStartOfHour(occurred_at, {{zone:String}})) AS hour,
    countIf(effect = 'new' AND enters), countIf(effect = 'returned' AND enters), countIf(effect = 'left' AND leaves),
    countIf(effect = 'moved' AND enters AND NOT leaves), countIf(effect = 'moved' AND leaves AND NOT enters)
FROM (
    SELECT occurred_at, effect, {to_region} AS enters, {from_region} AS leaves
    FROM enrollment_events FINAL
    WHERE scheme IN {{schemes:Array(String)}} AND day BETWEEN {{first:Date32}} AND {{last:Date32}} AND effect != 'none'
)
WHERE enters OR leaves GROUP BY hour
"""
OWN_DAYS = """
SELECT region, day, sum(new), sum(returned), sum(left), sum(moved_in), sum(moved_out),
    sum(new + returned + moved_in - left - moved_out) AS net_change
FROM coverage_daily FINAL
WHERE scheme IN {schemes:Array(String)} AND day <= {last:Date32} AND region IN {regions:Array(String)}
GROUP BY region, day
"""


@dataclass(frozen=True, slots=True)
class Members:
    """The regions whose own figures make up those of a region: its subtree, and in other units `more` and not `fewer`."""

    region: str
    more: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()

    def within(self, sql: str) -> str:
        """The SQL with the condition on each column that names a region."""
        return sql.format(**{column: self._condition(column) for column in ("region", "to_region", "from_region")})

    def _condition(self, column: str) -> str:
        condition = f"{column} GLOBAL IN {SUBTREE}"
        if self.more or self.fewer:
            return (
                f"(has({{more:Array(String)}}, {column}) OR {condition} AND NOT has({{fewer:Array(String)}}, {column}))"
            )
        return condition

    @property
    def bound(self) -> dict[str, Any]:
        """The parameters of the condition."""
        lists = {"more": list(self.more), "fewer": list(self.fewer)} if self.more or self.fewer else {}
        return {"region": self.region, **lists}


@dataclass(frozen=True, slots=True)
class Flows:
    """People who came and went; `net`: the change of the stock."""

    new: int = 0
    returned: int = 0
    left: int = 0
    moved_in: int = 0
    moved_out: int = 0
    net: int = 0

    @property
    def counts(self) -> tuple[int, ...]:
        """All of them, in order."""
        return (self.new, self.returned, self.left, self.moved_in, self.moved_out, self.net)

    @property
    def negative(self) -> "Flows":
        """To be taken away."""
        return Flows(*(-count for count in self.counts))

    def __add__(self, other: "Flows") -> "Flows":
        return Flows(*(one + more for one, more in zip(self.counts, other.counts, strict=True)))


def read_days(
    store: ClickHouseStore, members: Members, scheme: Scheme, first: Day, last: Day
) -> tuple[int, dict[Day, Flows]]:
    """The stock by record before `first`, and the flows of each day up to and with `last`; quiet days left out."""
    bound = {**members.bound, "schemes": list(recorded_schemes(scheme)), "first": first, "last": last}
    moves = {day: (moved_in, moved_out) for day, moved_in, moved_out in store.query(members.within(MOVES), bound)}
    before, days = 0, {}
    for day, new, returned, left, net in store.query(members.within(DAYS), bound):
        if day < first:
            before += net
        else:
            days[day] = Flows(new, returned, left, *moves.get(day, (0, 0)), net)
    return before, days


def read_hours(
    store: ClickHouseStore, members: Members, scheme: Scheme, first: Day, last: Day, zone: str
) -> dict[datetime, Flows]:
    """The flows of each hour of the days from `first` to `last`, by its start in UTC; quiet hours left out."""
    bound = {**members.bound, "schemes": list(recorded_schemes(scheme)), "first": first, "last": last, "zone": zone}
    found = {}
    for hour, new, returned, left, moved_in, moved_out in store.query(members.within(HOURS), bound):
        start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=hour)
        net = new + returned + moved_in - left - moved_out
        found[start] = Flows(new, returned, left, moved_in, moved_out, net)
    return found


def read_own_days(
    store: ClickHouseStore, regions: Sequence[str], scheme: str, last: Day
) -> dict[str, dict[Day, Flows]]:
    """The flows of each of those regions itself per day, from the beginning up to and with `last`."""
    found: dict[str, dict[Day, Flows]] = {region: {} for region in regions}
    bound = {"regions": list(regions), "schemes": list(recorded_schemes(scheme)), "last": last}
    for region, day, *flows in store.query(OWN_DAYS, bound):
        found[region][day] = Flows(*flows)
    return found

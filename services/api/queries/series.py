"""Flows of a subtree per day or hour."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import date as Day

from schemas.vocabulary import Scheme, recorded_schemes
from services.api.queries import SUBTREE
from services.shared.clickhouse_store import ClickHouseStore

DAYS = f"""
SELECT day, sum(new), sum(returned), sum(left), sum(new + returned + moved_in - left - moved_out) AS net_change
FROM coverage_daily FINAL
WHERE scheme IN {{schemes:Array(String)}} AND day <= {{last:Date32}} AND region GLOBAL IN {SUBTREE}
GROUP BY day ORDER BY day
"""
MOVES = f"""
SELECT day, countIf(enters AND NOT leaves), countIf(leaves AND NOT enters) FROM (
    SELECT day, to_region GLOBAL IN {SUBTREE} AS enters, from_region GLOBAL IN {SUBTREE} AS leaves
    FROM enrollment_events FINAL
    WHERE scheme IN {{schemes:Array(String)}} AND day BETWEEN {{first:Date32}} AND {{last:Date32}} AND effect = 'moved'
)
WHERE enters != leaves GROUP BY day
"""
HOURS = f"""
SELECT toUnixTimestamp(toStartOfHour(occurred_at, {{zone:String}})) AS hour,
    countIf(effect = 'new' AND enters), countIf(effect = 'returned' AND enters), countIf(effect = 'left' AND leaves),
    countIf(effect = 'moved' AND enters AND NOT leaves), countIf(effect = 'moved' AND leaves AND NOT enters)
FROM (
    SELECT occurred_at, effect, to_region GLOBAL IN {SUBTREE} AS enters, from_region GLOBAL IN {SUBTREE} AS leaves
    FROM enrollment_events FINAL
    WHERE scheme IN {{schemes:Array(String)}} AND day BETWEEN {{first:Date32}} AND {{last:Date32}} AND effect != 'none'
)
WHERE enters OR leaves GROUP BY hour
"""


@dataclass(frozen=True, slots=True)
class Flows:
    """People who came and went; `net`: the change of the stock."""

    new: int = 0
    returned: int = 0
    left: int = 0
    moved_in: int = 0
    moved_out: int = 0
    net: int = 0

    def __add__(self, other: "Flows") -> "Flows":
        return Flows(
            self.new + other.new,
            self.returned + other.returned,
            self.left + other.left,
            self.moved_in + other.moved_in,
            self.moved_out + other.moved_out,
            self.net + other.net,
        )


def read_days(
    store: ClickHouseStore, region: str, scheme: Scheme, first: Day, last: Day
) -> tuple[int, dict[Day, Flows]]:
    """The stock by record before `first`, and the flows of each day up to and with `last`; quiet days left out."""
    bound = {"region": region, "schemes": list(recorded_schemes(scheme)), "first": first, "last": last}
    moves = {day: (moved_in, moved_out) for day, moved_in, moved_out in store.query(MOVES, bound)}
    before, days = 0, {}
    for day, new, returned, left, net in store.query(DAYS, bound):
        if day < first:
            before += net
        else:
            days[day] = Flows(new, returned, left, *moves.get(day, (0, 0)), net)
    return before, days


def read_hours(
    store: ClickHouseStore, region: str, scheme: Scheme, first: Day, last: Day, zone: str
) -> dict[datetime, Flows]:
    """The flows of each hour of the days from `first` to `last`, by its start in UTC; quiet hours left out."""
    bound = {"region": region, "schemes": list(recorded_schemes(scheme)), "first": first, "last": last, "zone": zone}
    found = {}
    for hour, new, returned, left, moved_in, moved_out in store.query(HOURS, bound):
        start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=hour)
        net = new + returned + moved_in - left - moved_out
        found[start] = Flows(new, returned, left, moved_in, moved_out, net)
    return found

"""Which records at the edges of windows are read: none of a day on which nobody came or left, all once somebody did."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from datetime import date as Day

import pyarrow as pa

from schemas.vocabulary import Country, Level, Scheme
from services.api.domain.tree import Place, Tree
from services.api.domain.windows import Calendar
from services.api.live.edges import Outside
from services.api.queries.events import Span

NOON = datetime(2024, 5, 10, 12, tzinfo=UTC)
A_WEEK_AGO = Day(2024, 5, 3)
TREE = Tree([Place("VN", "", Country.VN, Level.COUNTRY, "", "", "", "")])


class Records:
    """Remembers which days were asked for; a week ago one person came before noon."""

    def __init__(self) -> None:
        self.asked: list[Day] = []

    def read(self, spans: Sequence[Span]) -> pa.Table:
        self.asked += [span.day for span in spans]
        keys = [span.key for span in spans if span.day == A_WEEK_AGO and span.first < NOON - timedelta(days=7)]
        columns = {"key": keys, "scheme": ["health"] * len(keys), "region": ["VN"] * len(keys)}
        return pa.table({**columns, "people_new": [1] * len(keys), "people_left": [0] * len(keys)})


def test_quiet_days_are_not_read_and_are_read_whole_once_they_are_not() -> None:
    records, busy, now = Records(), set[Day](), 100.0
    outside = Outside(TREE, lambda: now)
    outside.renew(Calendar.at(NOON, "UTC"), set(), records.read, lambda day: day not in busy)
    assert records.asked == []
    assert outside.before("7d", Scheme.HEALTH) is None
    busy.add(A_WEEK_AGO)
    now += 1
    calendar = Calendar.at(NOON + timedelta(seconds=1), "UTC")
    outside.renew(calendar, {A_WEEK_AGO}, records.read, lambda day: day not in busy)
    assert records.asked == [A_WEEK_AGO]
    before = outside.before("7d", Scheme.HEALTH)
    assert before is not None
    assert before[0].tolist() == [1]

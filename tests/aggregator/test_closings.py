"""Closing figures of campaigns: late arrivals inside the grace period are in them, what comes later never moves them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.reference import closes_at
from schemas.vocabulary import Country
from services.aggregator.domain.closing import Campaign, closed
from tests.aggregator.histories import REGIONS, START_US, histories
from tests.aggregator.place import Place
from tests.aggregator.test_stream import command
from tests.support.log_of_events import put
from tests.support.made_up import event, reference_event
from tests.support.waiting import until_async

CLOSES = datetime.fromtimestamp(START_US / 1_000_000, UTC) + timedelta(days=1)
EVERYWHERE = Campaign(
    "C", frozenset({"health", "voluntary_si"}), frozenset(REGIONS), date(2020, 4, 1), date(2020, 6, 1), CLOSES
)
ROW = {
    "id": "MAY", "name": "The month of May", "schemes": ["voluntary_si"], "regions": ["VN.91"], "from": "2020-05-01",
    "to": "2020-05-31", "grace_days": 10,
}  # fmt: skip
IN_GRACE, AFTER_GRACE = "2020-06-10T16:59:59.999999+00:00", "2020-06-10T17:00:00+00:00"
"""The last moment of 10 June in Vietnam, and the next."""


def of_people(arrivals):
    people = {}
    for person, record in arrivals:
        if record.registration_id not in {r.registration_id for r in people.get(person, [])}:
            people.setdefault(person, []).append(record)
    return list(people.items())


@given(histories(), st.lists(st.booleans(), min_size=14, max_size=14))
def test_whatever_is_recorded_after_the_close_never_moves_the_closing_figure(arrivals, late):
    after_us = round(CLOSES.timestamp() * 1_000_000)
    recorded = [
        arrival._replace(record=arrival.record._replace(recorded_us=after_us if is_late else after_us - 1))
        for arrival, is_late in zip(arrivals, late, strict=False)
    ]
    people = of_people(recorded)
    in_time = [(person, [r for r in records if r.recorded_us < after_us]) for person, records in people]
    assert closed(EVERYWHERE, people) == closed(EVERYWHERE, in_time)


@given(histories())
def test_a_person_is_in_a_closing_figure_at_most_once_for_each_time_they_were_new(arrivals):
    people = of_people(arrivals)
    total = sum(figure.in_scope for figure in closed(EVERYWHERE, people).values())
    assert total <= sum(record.kind == "enrolled" for _, records in people for record in records)


def test_a_campaign_closes_at_the_end_of_its_last_day_of_grace_where_it_is():
    assert closes_at(date(2020, 5, 31), 10, Country.VN) == datetime(2020, 6, 10, 17, tzinfo=UTC)
    assert closes_at(date(2019, 9, 30), 0, Country.TH) == datetime(2019, 9, 30, 17, tzinfo=UTC)


def in_may(number, recorded_at="2020-05-20T03:00:00+00:00", **more):
    """Somebody new on 12 May 2020 whose record names the campaign."""
    fields = {
        "region": "VN.91.911.91100",
        "office": "OFFICE-1",
        "campaign": "MAY",
        "occurred_at": "2020-05-12T02:00:00+00:00",
    }
    return event(number, **{**fields, "recorded_at": recorded_at, **more})


def closing(place: Place) -> Counter:
    found = Counter()
    for named, in_scope in place.store.query(
        "SELECT sum(named), sum(in_scope) FROM campaign_closings FINAL WHERE campaign = 'MAY' AND campaign_version = "
        "(SELECT version FROM campaigns FINAL WHERE id = 'MAY')"
    ):
        found += Counter({"named": named, "in_scope": in_scope})
    return found


def is_closed(place: Place) -> bool:
    partitions = "SELECT uniqExact(kafka_partition) FROM progress WHERE topic LIKE '%enrollment-events'"
    marked = "SELECT uniqExact(kafka_partition) FROM campaign_closings WHERE scheme = ''"
    return bool(place.store.query(marked) == place.store.query(partitions) != [(0,)])


async def test_late_arrivals_inside_grace_are_in_the_closing_figure_and_nothing_later_moves_it(place: Place) -> None:
    moved = "VN.91.912.91200"
    log = [
        *(in_may(n) for n in range(10)),
        *(in_may(n, IN_GRACE) for n in range(10, 13)),  # late, and in time for the closing figure
        *(in_may(n, AFTER_GRACE) for n in range(13, 20)),  # too late
        *(in_may(n, campaign=None) for n in range(20, 24)),  # in scope, though no record says so
        in_may(24, occurred_at="2020-06-02T02:00:00+00:00"),  # inside the grace period, after the window
        in_may(25, scheme="health"),  # names the campaign, which is not for that scheme
    ]
    void = event(0, kind="voided", refers_to=log[0]["registration_id"], reason="twice", recorded_at=IN_GRACE)
    await place.put_regions()
    await put(place.kafka, f"{place.prefix}reference-data", [reference_event("campaigns", "MAY", ROW)])
    await place.put_events([*log, void])
    place.worker.start()
    await place.until_counted(len(log) + 1)
    await until_async(lambda: is_closed(place), "closed")
    expected = Counter({"named": 9 + 3 + 1, "in_scope": 9 + 3 + 4})
    assert closing(place) == expected

    later = {"recorded_at": AFTER_GRACE, "reason": "found in the review"}
    afterwards = [
        event(1, kind="voided", refers_to=log[1]["registration_id"], **later),
        event(2, kind="corrected", refers_to=log[2]["registration_id"], region=moved, campaign="JUNE", **later),
        event(0, kind="voided", refers_to=void["registration_id"], **later),
        *(in_may(n, AFTER_GRACE) for n in range(30, 35)),
        in_may(3, AFTER_GRACE, occurred_at="2020-04-30T02:00:00+00:00", campaign=None),  # was new before the window
    ]
    await place.put_events(afterwards)
    await place.until_counted(len(log) + 1 + len(afterwards))
    assert closing(place) == expected
    rebuilt = command(place, "rebuild", "--yes")
    assert rebuilt.returncode == 0, rebuilt.stderr
    await until_async(lambda: is_closed(place), "closed again")
    assert closing(place) == expected

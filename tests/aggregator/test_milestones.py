"""Milestones: found by rule, told once under one id, taken back where a void takes the record back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from kafka import KafkaConsumer, TopicPartition

from schemas.milestones import MilestoneEvent
from services.aggregator.domain.milestones import Change, Subject, Threshold, reached
from tests.aggregator.place import Place
from tests.aggregator.test_stream import command
from tests.support.log_of_events import put
from tests.support.made_up import event, reference_event
from tests.support.waiting import until_async

HALF, MET = Threshold("target_half", Decimal(50)), Threshold("target_met", Decimal(100))
START = date(2020, 5, 1)
VILLAGE = "VN.91.911.91100.v1"
NAMES = {f"name_{language}": "made up" for language in ("vi", "th", "en")}


def subject(counts: str = "new_count", whole: int = 10, **more: object) -> Subject:
    asked = {"region": "VN.91", "scheme": "health", "target": "T", "counts": counts, "whole": Fraction(whole),
             "first": START, "last": START + timedelta(days=30), "thresholds": (HALF, MET)}  # fmt: skip
    return Subject(**{**asked, **more})


def change(day: int, new: int, net: int | None = None) -> Change:
    return Change(START + timedelta(days=day), new, new if net is None else net)


def when(found: dict) -> dict[str, int]:
    return {threshold.kind: (at.day - START).days for threshold, at in found.items()}


def test_a_plan_for_new_people_is_reached_on_the_day_they_are_there_whoever_left() -> None:
    changes = [change(-1, 9), change(0, 4), change(3, 1, -3), change(9, 5, 0), change(40, 9)]
    assert when(dict(reached(subject(), changes))) == {"target_half": 3, "target_met": 9}


def test_a_plan_about_the_stock_counts_from_the_baseline_and_from_before_the_window() -> None:
    assert when(dict(reached(subject("participants"), [change(-5, 4), change(2, 1), change(4, 5)]))) == {
        "target_half": 2, "target_met": 4,
    }  # fmt: skip
    based = subject("participants", baselines=((START + timedelta(days=3), 10),))
    assert when(dict(reached(based, [change(-5, 4), change(7, 1)]))) == {"target_half": 3, "target_met": 3}


def test_a_plan_in_percent_is_of_the_eligible_of_its_year_and_of_nobody_where_there_is_none() -> None:
    village = subject("coverage_pct", whole=100, thresholds=(MET,))
    assert reached(village, [change(0, 9)]) == {}
    assert when(dict(reached(village._replace(eligible=((2019, 8),)), [change(0, 7), change(2, 1)]))) == {
        "target_met": 2
    }


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4)), max_size=12), st.integers(1, 30))
def test_a_threshold_is_reached_at_the_first_day_at_whose_end_it_is(days: list[tuple[int, int]], whole: int) -> None:
    by_day = {day: sum(n for d, n in days if d == day) for day, _ in days}
    changes = [change(day, n) for day, n in sorted(by_day.items())]
    found = reached(subject(whole=whole), changes)
    for at in found.values():
        totals = {day: sum(n for d, n in days if d <= day) for day in range(31)}
        assert totals[(at.day - START).days] == at.after >= at.needed > at.before
    assert (MET in found) == (sum(n for _, n in days) >= whole)


def test_an_id_is_that_of_the_subject_scheme_and_threshold_alone() -> None:
    ids = {subject(whole=n).id_of(threshold) for n in (1, 2) for threshold in (HALF, MET)}
    assert len(ids) == 2
    assert subject().id_of(Threshold("target_milestone", Decimal("50.0"))) == subject().id_of(
        Threshold("target_milestone", Decimal(50))
    )
    assert subject(region="VN").id_of(MET) != subject().id_of(MET)


def told(place: Place) -> list[MilestoneEvent]:
    """Everything on the topic, in order."""
    topic = TopicPartition(f"{place.prefix}coverage-milestones", 0)
    consumer = KafkaConsumer(bootstrap_servers=place.kafka, group_id=None, enable_auto_commit=False)
    try:
        consumer.assign([topic])
        consumer.seek_to_beginning(topic)
        end, found = consumer.end_offsets([topic])[topic], []
        while consumer.position(topic) < end:
            for records in consumer.poll(timeout_ms=200).values():
                found += [MilestoneEvent.model_validate_json(record.value) for record in records]
        return found
    finally:
        consumer.close()


def kept(place: Place) -> dict[tuple[str, str], str]:
    """Kind and region to status."""
    rows = place.store.query("SELECT kind, region, status FROM milestones FINAL")
    return {(kind, region): status for kind, region, status in rows}


async def test_what_is_reached_is_told_once_taken_back_by_a_void_and_the_same_after_a_rebuild(place: Place) -> None:
    today = datetime.now(UTC).date()
    rows = [
        ("regions", VILLAGE, {"id": VILLAGE, "code": "v1", "country": "VN", "level": "village",
                              "parent": VILLAGE.rpartition(".")[0], **NAMES}),
        ("populations", f"{VILLAGE}/voluntary_si/2019",
         {"region": VILLAGE, "scheme": "voluntary_si", "year": 2019, "eligible": 3, "source": "made up"}),
        ("targets", "T-1", {"id": "T-1", "region": "VN.91.911", "scheme": "voluntary_si", "kind": "new_count",
                            "from": str(today - timedelta(days=60)), "to": str(today), "target": "4", "per": "region",
                            "milestones": [{"on": str(today), "pct": "75"}]}),
    ]  # fmt: skip
    await place.put_regions()
    await put(place.kafka, f"{place.prefix}reference-data", [reference_event(*row) for row in rows])
    people = [event(number, region=VILLAGE) for number in range(3)]
    await place.put_events(people)
    place.worker.start(reconcile_interval_s=1)
    reached_now = {
        ("complete", VILLAGE): "reached", ("target_half", "VN.91.911"): "reached", ("target_milestone", "VN.91.911"): "reached",
    }  # fmt: skip
    await until_async(lambda: kept(place) == reached_now, "three milestones", 60)
    first = told(place)
    assert sorted(one.kind for one in first) == ["complete", "target_half", "target_milestone"]
    last = max(datetime.fromisoformat(body["occurred_at"]) for body in people)
    assert {one.reached_at for one in first if one.kind == "complete"} == {last}

    void = event(0, kind="voided", refers_to=people[0]["registration_id"], reason="made up", region=VILLAGE)
    await place.put_events([void])
    taken_back = reached_now | {("complete", VILLAGE): "retracted", ("target_milestone", "VN.91.911"): "retracted"}
    await until_async(lambda: kept(place) == taken_back, "two taken back", 60)
    assert {one.id for one in told(place)} == {one.id for one in first}

    await place.put_events([event(9, region=VILLAGE)])
    await until_async(lambda: kept(place) == reached_now, "reached again", 60)
    before = {one.id: one.model_copy(update={"published_at": None}) for one in told(place)}
    assert command(place, "rebuild", "--yes").returncode == 0
    await until_async(lambda: kept(place) == reached_now, "found again", 60)
    after = {one.id: one.model_copy(update={"published_at": None}) for one in told(place)}
    assert after == before, "the last message of each id says the same"

"""Recipes become registrations: always the same ones, at the counter's hours, about the right people."""

from collections import Counter
from datetime import date, datetime, time

import pytest

from deploy.reference.recipe import expand, people_of

STEP = {
    "name": "launch", "count": 30, "scheme": "voluntary_si", "basis": "example", "from": "2020-05-04",
    "to": "2020-05-17", "region": ["VN.91.913.31012", "VN.91.913.31015"], "office": "VNPOST-91-913",
}  # fmt: skip


def programme(*steps):
    return {"programme": "P9", "registrations": [STEP | step for step in steps]}


def test_expanding_twice_gives_the_same_registrations():
    assert expand(programme({})) == expand(programme({}))


def test_every_record_has_its_own_registration_id_and_every_newcomer_their_own_identity():
    bodies = expand(programme({}, {"name": "later"}))
    assert len({body["registration_id"] for body in bodies}) == 60
    assert len({body["national_id"] for body in bodies}) == 60


def test_adding_a_step_changes_nothing_about_the_steps_before_it():
    before, after = expand(programme({})), expand(programme({}, {"name": "later"}))
    assert [body for body in after if body in before] == before


def test_records_lie_inside_the_days_and_hours_of_the_counter_in_the_country_s_own_time():
    for body in expand(programme({})):
        moment = datetime.fromisoformat(body["occurred_at"])
        assert moment.utcoffset().total_seconds() == 7 * 3600
        assert date(2020, 5, 4) <= moment.date() <= date(2020, 5, 17)
        assert moment.weekday() < 5
        assert time(7, 30) <= moment.time() < time(11, 30) or time(13, 30) <= moment.time() < time(17)


def test_records_come_in_the_order_of_time():
    moments = [body["occurred_at"] for body in expand(programme({}, {"name": "later"}))]
    assert moments == sorted(moments)


def test_a_list_is_taken_in_turn():
    regions = Counter(body["region"] for body in expand(programme({})))
    assert regions == {"VN.91.913.31012": 15, "VN.91.913.31015": 15}


def test_a_span_without_a_weekday_needs_to_say_any_day():
    sunday = {"from": "2022-05-08", "to": "2022-05-08"}
    with pytest.raises(ValueError, match="no weekday"):
        expand(programme(sunday))
    assert len(expand(programme(sunday | {"any_day": True}))) == 30


def test_a_step_about_earlier_people_adds_records_but_no_people():
    again = {"name": "again", "of": "launch", "count": 5, "skip": 2, "region": None, "office": "BHXH-91-913"}
    bodies = expand(programme({}, again))
    assert len(bodies) == 35
    assert len(people_of(bodies)) == 30
    assert Counter(body["office"] for body in bodies)["BHXH-91-913"] == 5


def test_a_void_names_the_record_it_voids_and_why():
    void = {"name": "void", "of": "launch", "count": 1, "kind": "voided", "reason": "Entered twice"}
    bodies = expand(programme({}, void))
    (voided,) = [body for body in bodies if body["kind"] == "voided"]
    (original,) = [body for body in bodies if body["registration_id"] == voided["refers_to"]]
    assert voided["national_id"] == original["national_id"]
    assert voided["reason"] == "Entered twice"
    assert original["kind"] == "enrolled"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"surprise": 1}, "unknown surprise"),
        ({"count": 0}, "positive count"),
        ({"to": "2020-05-01"}, "days in order"),
        ({"region": None}, "need a region"),
        ({"kind": "withdrawn"}, "new people are enrolled"),
        ({"of": "nobody"}, "too few people"),
        ({"of": "launch", "kind": "voided"}, "a reason goes with"),
        ({"reason": "why"}, "a reason goes with"),
    ],
)
def test_a_step_that_cannot_be_is_refused_by_name(wrong, says):
    with pytest.raises(ValueError, match=says):
        expand(programme(wrong))


def test_two_steps_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two steps are called launch"):
        expand(programme({}, {}))

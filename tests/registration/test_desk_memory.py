"""What the desk remembers, and that it does not grow."""

import asyncio
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.registration import Receipt, Registration
from services.registration.desk import ConflictingRegistration, Desk, acknowledged
from services.registration.domain.identity import Pseudonyms
from services.shared.errors import Unavailable
from tests.registration.stage import Stage, body


async def test_only_the_registrations_asked_for_last_are_remembered():
    stage = Stage()
    desk = Desk(stage.publisher, "events", stage.reference, Pseudonyms(b"k" * 16), lambda: stage.now, remembered=3)
    bodies = [Registration.model_validate(body()) for _ in range(4)]
    for registration in bodies[:3]:
        await acknowledged(desk.take(registration, "*")[0])
    assert desk.take(bodies[0], "*")[1], "asked for again, so it is now the last"
    await acknowledged(desk.take(bodies[3], "*")[0])
    assert [desk.take(registration, "*")[1] for registration in (bodies[0], bodies[2], bodies[3])] == [True, True, True]
    assert not desk.take(bodies[1], "*")[1], "the one asked for least recently was forgotten"


async def test_a_receipt_is_the_same_as_json_and_as_a_model(stage):
    taken, _ = stage.service.desk.take(Registration.model_validate(body()), "*")
    await acknowledged(taken)
    assert taken.receipt().model_dump_json().encode() == taken.receipt_json()


async def test_one_that_gives_up_waiting_disturbs_no_other_and_nothing_that_was_sent(stage):
    stage.publisher.held = True
    desk, registration = stage.service.desk, Registration.model_validate(body())
    taken, _ = desk.take(registration, "*")
    given_up, other = (asyncio.create_task(acknowledged(taken)) for _ in range(2))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    stage.publisher.acknowledge()
    await other
    assert given_up.cancelled()
    assert desk.take(registration, "*") == (taken, True)


async def test_what_was_given_up_as_the_service_stopped_is_unavailable(stage):
    stage.publisher.held = True
    taken, _ = stage.service.desk.take(Registration.model_validate(body()), "*")
    waiting = asyncio.create_task(acknowledged(taken))
    await asyncio.sleep(0)
    taken.kept.cancel()
    with pytest.raises(Unavailable, match="stopping"):
        await waiting


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 2), st.sampled_from(["voluntary_si", "health"])),
        st.sampled_from([("hold",), ("acknowledge",), ("lose",), ("regain",)]),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_happens_all_receipts_of_one_registration_name_one_event_that_was_published(steps):
    asyncio.run(_play(steps))


async def _play(steps: list[tuple]) -> None:
    stage = Stage()
    desk, publisher = stage.service.desk, stage.publisher
    names = [str(uuid.UUID(int=number)) for number in range(3)]
    waiting: list[asyncio.Task] = []

    async def send(number: int, scheme: str) -> Receipt | None:
        registration = Registration.model_validate(body(registration_id=names[number], scheme=scheme))
        try:
            taken, _ = desk.take(registration, "*")
            await acknowledged(taken)
            return taken.receipt()
        except (Unavailable, ConflictingRegistration):
            return None

    for step in [*steps, ("acknowledge",)]:
        match step:
            case ("send", number, scheme):
                waiting.append(asyncio.create_task(send(number, scheme)))
            case ("hold",):
                publisher.held = True
            case ("acknowledge",):
                publisher.held = False
                publisher.acknowledge()
            case ("lose",):
                publisher.go_away()
            case ("regain",):
                publisher.come_back()
        for _ in range(5):
            await asyncio.sleep(0)
    receipts = [receipt for receipt in await asyncio.gather(*waiting) if receipt]
    published = {event["event_id"]: event["registration_id"] for event in stage.events()}
    for name in names:
        events = {str(receipt.event_id) for receipt in receipts if str(receipt.registration_id) == name}
        assert len(events) <= 1
        assert all(published[event] == name for event in events)

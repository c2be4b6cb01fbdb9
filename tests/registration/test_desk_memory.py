"""What the desk remembers, and that it does not grow."""

from schemas.registration import Registration
from services.registration.desk import Desk, acknowledged
from services.registration.domain.identity import Pseudonyms
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
    receipt = await acknowledged(taken)
    assert receipt.model_dump_json().encode() == taken.receipt_json()

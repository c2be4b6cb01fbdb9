"""`POST /v1/registrations`, from the bytes to the event and the answer."""

import asyncio
import json

import pytest

from schemas.events import EnrollmentEvent
from schemas.registration import Receipt
from tests.registration.stage import OFFICE, VN_ID, Stage, body
from tests.support.waiting import until_async

URL = "/v1/registrations"


async def test_a_registration_is_acknowledged_with_a_receipt_and_published_under_its_participant(stage):
    sent = body(birth_year=1985, sex="F")
    async with stage.client() as client:
        response = await client.post(URL, json=sent)
    assert response.status_code == 201
    receipt = Receipt.model_validate_json(response.content)
    [published] = stage.publisher.sent
    event = EnrollmentEvent.model_validate_json(published.value)
    assert published.topic == "enrollment-events" == receipt.topic
    assert published.key.decode() == event.participant == receipt.participant
    assert event.event_id == str(receipt.event_id)
    assert event.registration_id == sent["registration_id"] == str(receipt.registration_id)
    assert receipt.received_at == event.recorded_at == stage.now


async def test_no_receipt_before_the_broker_has_acknowledged(stage):
    stage.publisher.held = True
    async with stage.client() as client:
        request = asyncio.create_task(client.post(URL, json=body()))
        await until_async(lambda: stage.publisher.in_flight, "under way")
        done, _ = await asyncio.wait([request], timeout=0.1)
        assert not done
        stage.publisher.acknowledge()
        assert (await request).status_code == 201


async def test_the_same_body_again_gets_the_same_receipt_with_200(stage):
    sent = body()
    async with stage.client() as client:
        first = await client.post(URL, json=sent)
        again = await client.post(URL, content=json.dumps(dict(reversed(sent.items())), indent=2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert len(stage.publisher.sent) == 1


async def test_a_double_click_is_published_once_and_both_get_the_receipt(stage):
    stage.publisher.held = True
    sent = body()
    async with stage.client() as client:
        clicks = [asyncio.create_task(client.post(URL, json=sent)) for _ in range(5)]
        await until_async(lambda: stage.publisher.in_flight, "under way")
        for _ in range(50):
            await asyncio.sleep(0)
        stage.publisher.acknowledge()
        answers = [await click for click in clicks]
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.content for answer in answers}) == 1
    assert len(stage.publisher.sent) == 1


async def test_another_body_under_the_same_registration_id_is_a_conflict(stage):
    sent = body()
    async with stage.client() as client:
        await client.post(URL, json=sent)
        response = await client.post(URL, json={**sent, "scheme": "health"})
    assert response.status_code == 409
    assert sent["registration_id"] in response.json()["detail"]
    assert len(stage.publisher.sent) == 1


async def test_a_registration_the_broker_did_not_take_is_forgotten_and_can_be_sent_again(stage):
    sent = body()
    stage.publisher.held = True
    async with stage.client() as client:
        request = asyncio.create_task(client.post(URL, json=sent))
        await until_async(lambda: stage.publisher.in_flight, "under way")
        stage.publisher.go_away()
        failed = await request
        refused = await client.post(URL, json=sent)
        stage.publisher.come_back()
        stage.publisher.held = False
        accepted = await client.post(URL, json=sent)
    for answer in (failed, refused):
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    assert accepted.status_code == 201
    first, second = stage.events()
    assert first["event_id"] == second["event_id"] == accepted.json()["event_id"]


async def test_too_much_under_way_is_503_and_nothing_more_is_taken():
    stage = Stage(overrides={"max_in_flight": 3, "remembered_registrations": 1000})
    stage.publisher._max_in_flight = 3
    stage.publisher.held = True
    async with stage.client() as client:
        requests = [asyncio.create_task(client.post(URL, json=body())) for _ in range(3)]
        await until_async(lambda: stage.publisher.in_flight == 3, "three under way")
        assert (await client.post(URL, json=body())).status_code == 503
        stage.publisher.acknowledge()
        assert {(await request).status_code for request in requests} == {201}


async def test_while_the_reference_data_is_still_being_read_it_is_503(stage):
    stage.reference.loaded = False
    async with stage.client() as client:
        response = await client.post(URL, json=body())
        ready = await client.get("/readyz")
    assert response.status_code == ready.status_code == 503
    assert "reference data" in response.json()["detail"]
    assert "reference data" in ready.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"registration_id": "7"}, "registration_id"),
        ({"registration_id": None}, "registration_id"),
        ({"kind": "joined"}, "kind"),
        ({"scheme": "pension"}, "scheme"),
        ({"region": "91"}, "region"),
        ({"region": "VN.92"}, "region"),
        ({"national_id": None}, "national_id"),
        ({"national_id": "123456789"}, "national_id"),
        ({"country": "LA"}, "country"),
        ({"occurred_at": "2020-05-10T09:00:00"}, "occurred_at"),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
        ({"birth_year": 1985.5}, "birth_year"),
        ({"birth_year": "1985"}, "birth_year"),
        ({"occurred_at": 1_589_075_600}, "occurred_at"),
        ({"sex": "W"}, "sex"),
        ({"surname": "unknown"}, "surname"),
        ({"kind": "voided", "reason": "mistaken"}, "refers_to"),
        ({"kind": "corrected", "refers_to": "7f0c2a53-7a0b-4d6e-9d68-1f2a3b4c5d6e"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"agent": "a\nb"}, "agent"),
    ],
)
async def test_a_bad_field_is_named_in_a_422(stage, changes, field):
    async with stage.client() as client:
        response = await client.post(URL, json=body(**changes))
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert field in response.json()["detail"]
    assert not stage.publisher.sent


async def test_every_bad_field_is_named(stage):
    async with stage.client() as client:
        response = await client.post(URL, json=body(kind="voided"))
        more = await client.post(URL, json=body(kind="joined", sex="W", scheme=None))
    assert [error["field"] for error in response.json()["errors"]] == ["refers_to", "reason"]
    assert {error["field"] for error in more.json()["errors"]} == {"kind", "sex", "scheme"}


async def test_nobody_registers_in_a_total_of_schemes_and_the_answer_says_which_to_use(stage):
    async with stage.client() as client:
        response = await client.post(URL, json=body(scheme="social_insurance"))
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {
            "field": "scheme",
            "message": "social_insurance is a total of other schemes; use compulsory_si or voluntary_si",
            "code": "value_error",
        }
    ]
    assert stage.publisher.sent == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"registration_id": "\xff"}'])
async def test_a_body_that_is_no_json_object_is_a_422_of_the_body(stage, content):
    async with stage.client() as client:
        response = await client.post(URL, content=content)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["body"]


async def test_the_office_comes_from_the_key(stage):
    async with stage.client("office") as client:
        assert (await client.post(URL, json=body())).status_code == 201
        assert (await client.post(URL, json=body(office=OFFICE))).status_code == 201
        other = await client.post(URL, json=body(office="ELSEWHERE"))
    assert [event["office"] for event in stage.events()] == [OFFICE, OFFICE]
    assert other.status_code == 403
    assert OFFICE in other.json()["detail"]
    assert "ELSEWHERE" in other.json()["detail"]


async def test_a_key_that_is_missing_unknown_or_of_another_scope_is_refused(stage):
    for key, status in ((None, 401), ("unknown", 401), ("reference", 403)):
        async with stage.client(key) as client:
            response = await client.post(URL, json=body())
        assert response.status_code == status
        assert (response.headers.get("www-authenticate") == "Bearer") == (status == 401)
    assert not stage.publisher.sent


async def test_a_body_over_the_limit_is_413_declared_or_not():
    stage = Stage(overrides={"max_body_bytes": 2000})

    async def chunks():
        for _ in range(5):
            yield b" " * 500

    async with stage.client() as client:
        declared = await client.post(URL, json=body(reason="x" * 2000))
        chunked = await client.post(URL, content=chunks())
        fits = await client.post(URL, json=body(reason="x" * 500))
    assert (declared.status_code, chunked.status_code, fits.status_code) == (413, 413, 201)


async def test_too_many_requests_with_one_key_are_429_and_do_not_hamper_another_key():
    stage = Stage(overrides={"rate_limit_per_s": 5})
    async with stage.client() as client, stage.client("office") as other:
        answers = [await client.post(URL, json=body()) for _ in range(12)]
        assert (await other.post(URL, json=body())).status_code == 201
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited
    assert all(int(answer.headers["retry-after"]) > 0 for answer in limited)
    assert len(stage.publisher.sent) == 12 - len(limited) + 1


async def test_what_happened_is_counted(stage):
    sent = body()
    async with stage.client() as client:
        for one in (sent, sent, {**sent, "scheme": "health"}, body(kind="joined")):
            await client.post(URL, json=one)
        stage.publisher.go_away()
        await client.post(URL, json=body(kind="renewed"))
        metrics = (await client.get("/metrics")).text
    for line in (
        'registrations_total{kind="enrolled",outcome="accepted"} 1.0',
        'registrations_total{kind="enrolled",outcome="repeated"} 1.0',
        'registrations_total{kind="enrolled",outcome="conflict"} 1.0',
        'registrations_total{kind="",outcome="refused"} 1.0',
        'registrations_total{kind="renewed",outcome="unavailable"} 1.0',
        "registration_seconds_count 2.0",
        "records_in_flight 0.0",
        "broker_up 0.0",
        "regions_known 8.0",
    ):
        assert line in metrics, line
    assert VN_ID not in metrics


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"national_id": "091985900123"}, "unborn"),
        ({"national_id": "097185900123"}, "unknown_place"),
        ({"national_id": "290000001"}, "old_number"),
        ({"national_id": "0911859001"}, "wrong_length"),
        ({"national_id": "09118590012x"}, "not_digits"),
        ({"national_id": "1101700900127", "country": "TH"}, "check_digit"),
        ({"region": "VN.99.999"}, "unknown_region"),
        ({"region": "VN.91-2025.31012"}, "not_on_that_day"),
        ({"occurred_at": "2099-01-01T09:00:00+07:00"}, "in_the_future"),
        ({"occurred_at": "2020-05-10T09:00:00"}, "timezone_aware"),
        ({"birth_year": 1700}, "greater_than_equal"),
        ({"kind": "joined"}, "enum"),
    ],
)
async def test_a_program_learns_from_the_code_what_is_wrong(stage, changes, code):
    async with stage.client() as client:
        response = await client.post(URL, json=body(**changes))
    assert [error["code"] for error in response.json()["errors"]] == [code]

"""The whole service over a real broker: restarts, a broker that dies, SIGTERM, what it writes."""

import json
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator

import httpx
import pytest

from services.shared.topics import create_all
from tests.registration.brokers import ROOT, Broker, read_topic
from tests.registration.processes import Process
from tests.registration.stage import TH_ID, VN_ID, body, ndjson, outcomes
from tests.support.waiting import until

URL = "/v1/registrations"
NDJSON = {"content-type": "application/x-ndjson"}


@pytest.fixture
def prefix(broker: Broker) -> str:
    """Topics of this test's own."""
    prefix = f"p{uuid.uuid4().hex[:8]}-"
    create_all(broker.settings(topic_prefix=prefix), deadline_s=30)
    return prefix


@pytest.fixture
def process(broker: Broker, prefix: str) -> Iterator[Process]:
    """A service that is ready and knows the small country."""
    with Process(broker, prefix) as process:
        process.ready().send_regions()
        yield process


def test_after_a_restart_the_same_body_is_accepted_again_with_the_same_event_id(process, broker, prefix):
    sent = body()
    with process.client() as client:
        first = client.post(URL, json=sent)
        assert client.post(URL, json=sent).status_code == 200
        assert process.stop() == 0
        process.start()
        process.ready()
        again = client.post(URL, json=sent)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["event_id"] == again.json()["event_id"]
    kept = [json.loads(value) for value in read_topic(broker, f"{prefix}enrollment-events").values()]
    assert len(kept) == 2
    assert {event["event_id"] for event in kept} == {first.json()["event_id"]}


def test_another_instance_knows_a_new_region_within_five_seconds(process, broker, prefix):
    village = {"id": "VN.91-2025.31012.v1", "country": "VN", "level": "village", "parent": "VN.91-2025.31012",
               "name_vi": "x", "name_th": "x", "name_en": "x"}  # fmt: skip
    with Process(broker, prefix) as other:
        other.ready()
        with process.client("reference") as client:
            assert (
                outcomes(client.put("/v1/reference/regions", content=ndjson(village), headers=NDJSON))[1]["accepted"]
                == 1
            )
        sent = body(region=village["id"], occurred_at="2025-08-01T00:00:00Z")
        with process.client() as client:
            assert client.post(URL, json=sent).status_code == 201, "this instance knows at once"
        with other.client() as client:
            until(lambda: client.post(URL, json=sent).status_code == 201, "known", deadline_s=5)


def test_a_broker_that_dies_gives_503_soon_and_the_service_recovers_by_itself(process, broker, prefix):
    with process.client() as client:
        assert client.post(URL, json=body()).status_code == 201
        broker.kill()
        started = time.monotonic()
        answer = client.post(URL, json=body())
        assert (answer.status_code, time.monotonic() - started < 4) == (503, True)
        assert int(answer.headers["retry-after"]) > 0
        until(lambda: process.status("/readyz") == 503, "not ready")
        started = time.monotonic()
        assert client.post(URL, json=body()).status_code == 503
        assert time.monotonic() - started < 0.5
        assert process.status("/healthz") == 200
        broker.start()
        if not broker.keeps_topics:  # as the embedded stack does
            create_all(broker.settings(topic_prefix=prefix), deadline_s=30)
        process.ready()
        if broker.keeps_topics:
            assert client.post(URL, json=body()).status_code == 201


def test_started_while_the_broker_is_away_it_waits_and_says_so(broker, prefix):
    broker.kill()
    with Process(broker, prefix) as process:
        ready = httpx.get(f"{process.url}/readyz")
        with process.client() as client:
            answer = client.post(URL, json=body())
        assert (ready.status_code, answer.status_code) == (503, 503)
        assert "Kafka" in ready.json()["detail"]
        assert "retry-after" in answer.headers
        broker.start()
        if not broker.keeps_topics:
            create_all(broker.settings(topic_prefix=prefix), deadline_s=30)
        process.ready().send_regions()
        with process.client() as client:
            assert client.post(URL, json=body()).status_code == 201


def test_at_sigterm_every_request_under_way_is_answered_and_every_receipt_is_kept(process, broker, prefix):
    answers: list[int] = []
    receipts: list[dict] = []

    def clerk() -> None:
        with process.client() as client:
            while True:
                try:
                    answer = client.post(URL, json=body())
                except httpx.TransportError:
                    return  # it takes no new connections any more
                answers.append(answer.status_code)
                if answer.status_code == 201:
                    receipts.append(answer.json())

    clerks = [threading.Thread(target=clerk) for _ in range(8)]
    for thread in clerks:
        thread.start()
    until(lambda: len(receipts) > 200, "under load")
    assert process.stop() == 0
    for thread in clerks:
        thread.join(10)
    assert set(answers) <= {201, 503}
    kept = read_topic(broker, f"{prefix}enrollment-events")
    for receipt in receipts:
        assert json.loads(kept[receipt["partition"], receipt["offset"]])["event_id"] == receipt["event_id"]


def test_a_large_upload_by_a_client_that_reads_only_afterwards_is_answered(process):
    rows = [body(national_id=f"091185{number:06d}") for number in range(20_000)]
    content = ndjson(*rows)
    with process.client() as client:
        listed, summary = outcomes(client.post(f"{URL}/bulk", content=content, headers=NDJSON, timeout=120))
    assert summary["accepted"] == summary["rows"] == 20_000
    assert [row["registration_id"] for row in listed] == [row["registration_id"] for row in rows]


def test_outcomes_come_while_the_upload_is_still_being_sent(process):
    seen = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b"POST /v1/registrations/bulk HTTP/1.1\r\nhost: x\r\nauthorization: Bearer any\r\n"
        yield b"content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
        for number in range(3):
            row = ndjson(body())
            yield b"%x\r\n%s\r\n" % (len(row), row)
            if number == 1:
                assert seen.wait(20), "the first outcome came before the last row was sent"
        yield b"0\r\n\r\n"

    with socket.create_connection(("127.0.0.1", process.port), timeout=30) as connection:
        sender = threading.Thread(target=lambda: [connection.sendall(piece) for piece in slowly()])
        sender.start()
        received = b""
        while b'"summary":true' not in received:
            received += connection.recv(65536)
            if b'"row":1' in received:
                seen.set()
        sender.join(10)
    assert received.count(b'"status":"accepted"') == 3


def test_a_national_id_is_in_no_output_topic_or_metric(process, broker, prefix):
    bad_check_digit = TH_ID[:-1] + "0"
    secrets = [VN_ID, TH_ID, bad_check_digit, "091185900199"]
    with process.client() as client:
        for sent in (
            body(),
            body(national_id=TH_ID, country="TH"),
            body(national_id=bad_check_digit, country="TH"),
            body(agent=VN_ID),
            body(reason=f"was {TH_ID}"),
            {VN_ID: VN_ID},
            body(region=f"VN.{VN_ID}"),
            body(registration_id=VN_ID),
            body(occurred_at=VN_ID),
            body(kind=VN_ID),
            body(birth_year=VN_ID),
        ):
            answer = client.post(URL, json=sent)
            assert not [secret for secret in secrets if secret in answer.text], answer.text
        client.post(f"{URL}?national_id={VN_ID}", content=f'{{"national_id": "{VN_ID}"')
        client.get(f"/v1/people/{VN_ID}")
        rows = ndjson(
            body(national_id="091185900199"), body(national_id=bad_check_digit, country="TH"), VN_ID, f'{{"{VN_ID}'
        )
        answer = client.post(f"{URL}/bulk", content=rows, headers=NDJSON)
        assert not [secret for secret in secrets if secret in answer.text]
        answer = client.post(f"{URL}/bulk", content=f"{VN_ID},x\n{VN_ID},y\n", headers={"content-type": "text/csv"})
        assert VN_ID not in answer.text
        metrics = client.get("/metrics").text
    assert process.stop() == 0
    kept = b"".join(read_topic(broker, f"{prefix}enrollment-events").values()).decode()
    assert kept.count('"event_id"') == 3
    for secret in secrets:
        assert secret not in process.output()
        assert secret not in metrics
        assert secret not in kept


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"PARTICIPANT_SECRET": ""}, "PARTICIPANT_SECRET"),
        ({"PARTICIPANT_SECRET": "short"}, "PARTICIPANT_SECRET"),
        ({"AUTH_KEYS_FILE": "/nowhere/keys.json"}, "AUTH_KEYS_FILE"),
        ({"REGISTRATION_PORT": "http"}, "REGISTRATION_PORT"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "kafka"}, "KAFKA_BOOTSTRAP_SERVERS"),
        ({"REMEMBERED_REGISTRATIONS": "1000", "MAX_IN_FLIGHT": "1000"}, "REMEMBERED_REGISTRATIONS"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line_and_code_2(broker, environ, why):
    process = Process(broker, "x-", **environ)
    command = [sys.executable, "-m", "services.registration"]
    done = subprocess.run(command, cwd=ROOT, env=process.environ(), capture_output=True, text=True, timeout=60)
    process.__exit__()
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert why in done.stderr
    assert "short" not in done.stderr.replace("shorter", "")

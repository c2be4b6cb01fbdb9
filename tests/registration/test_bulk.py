"""`POST /v1/registrations/bulk`: every row has its own outcome."""

import asyncio
import csv
import io
import json
import uuid

import pytest

from schemas.registration import Receipt, RowOutcome, UploadSummary
from tests.registration.stage import OFFICE, TH_ID, VN_ID, Stage, body, ndjson, outcomes
from tests.support.waiting import until_async

URL = "/v1/registrations/bulk"
NDJSON = {"content-type": "application/x-ndjson"}
CSV = {"content-type": "text/csv; charset=utf-8"}


def as_csv(*rows: dict) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, sorted({name for row in rows for name in row}))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def upload(stage, content, headers=NDJSON, key="any"):
    async with stage.client(key) as client:
        return outcomes(await client.post(URL, content=content, headers=headers))


async def test_each_row_has_its_outcome_in_order_and_the_summary_is_last(stage):
    rows = [body(), body(kind="joined"), body(region="TH.75", country="TH", national_id=TH_ID), body(national_id="1")]
    listed, summary = await upload(stage, ndjson(*rows))
    assert [row["row"] for row in listed] == [1, 2, 3, 4]
    assert [row["status"] for row in listed] == ["accepted", "refused", "accepted", "refused"]
    assert summary == {"summary": True, "rows": 4, "accepted": 2, "repeated": 0, "refused": 2, "unavailable": 0}
    receipt = Receipt.model_validate(listed[0]["receipt"])
    assert str(receipt.registration_id) == listed[0]["registration_id"] == rows[0]["registration_id"]
    assert [event["registration_id"] for event in stage.events()] == [
        rows[0]["registration_id"],
        rows[2]["registration_id"],
    ]
    assert listed[1]["errors"][0]["field"] == "kind"
    for row in listed:
        RowOutcome.model_validate(row)
    UploadSummary.model_validate(summary)


async def test_csv_gives_the_same_events_as_ndjson(stage):
    rows = [body(birth_year=1985, sex="F", agent='A, with "quotes" and more'), body(office=OFFICE)]
    await upload(stage, ndjson(*rows))
    other = Stage()
    listed, _ = await upload(other, as_csv(*rows), CSV)
    assert [row["status"] for row in listed] == ["accepted", "accepted"], listed
    assert other.events() == stage.events()


async def test_a_bad_row_of_any_kind_spoils_no_other(stage):
    bad = [b"not json", b"[1]", b"\xff\xfe", b'{"a": ' + b"1" * 70_000 + b"}", b'{"registration_id": 7}', b"{"]
    rows = [piece for junk in bad for piece in (junk, json.dumps(body()).encode())]
    listed, summary = await upload(stage, ndjson(*rows))
    assert [row["status"] for row in listed] == ["refused", "accepted"] * len(bad)
    assert (summary["accepted"], summary["refused"]) == (len(bad), len(bad))
    assert "longer than 65536 bytes" in listed[6]["errors"][0]["message"]


async def test_bad_rows_of_a_csv_spoil_no_other(stage):
    good = as_csv(body(), body()).splitlines(keepends=True)
    content = good[0] + good[1] + b"too,few\r\n" + b"\xff" + good[2] + b"\r\n" + good[2]
    listed, _ = await upload(stage, content, CSV)
    assert [row["status"] for row in listed] == ["accepted", "refused", "refused", "accepted"]
    assert "columns" in listed[1]["errors"][0]["message"]
    assert "not UTF-8" in listed[2]["errors"][0]["message"]


async def test_rows_repeated_in_one_upload_are_published_once(stage):
    one, other = body(), body()
    listed, summary = await upload(stage, ndjson(one, other, one, {**one, "scheme": "health"}, one))
    assert [row["status"] for row in listed] == ["accepted", "accepted", "repeated", "refused", "repeated"]
    assert listed[2]["receipt"] == listed[0]["receipt"]
    assert listed[3]["errors"][0]["field"] == "registration_id"
    assert summary["repeated"] == 2
    assert len(stage.publisher.sent) == 2


async def test_the_same_upload_again_is_all_repeated(stage):
    content = ndjson(*(body() for _ in range(50)))
    first, _ = await upload(stage, content)
    again, summary = await upload(stage, content)
    assert summary["repeated"] == 50
    assert [row["receipt"] for row in again] == [row["receipt"] for row in first]


async def test_rows_the_broker_does_not_take_are_unavailable_and_the_others_are_kept(stage):
    rows = [body() for _ in range(20)]
    stage.publisher.held = True
    async with stage.client() as client:
        request = asyncio.create_task(client.post(URL, content=ndjson(*rows[:10], *rows[:1]), headers=NDJSON))
        await until_async(lambda: stage.publisher.in_flight == 10, "ten under way")
        stage.publisher.go_away()
        listed, summary = outcomes(await request)
        assert summary["unavailable"] == 11
        assert "Send it again" in listed[0]["errors"][0]["message"]
        assert (await client.post(URL, content=ndjson(*rows), headers=NDJSON)).status_code == 503
        stage.publisher.come_back()
        stage.publisher.held = False
        _, summary = outcomes(await client.post(URL, content=ndjson(*rows), headers=NDJSON))
    assert summary["accepted"] == 20


async def test_a_full_pipeline_slows_the_upload_down_and_loses_nothing():
    stage = Stage(overrides={"upload_window": 7, "max_in_flight": 5, "remembered_registrations": 1000})
    stage.publisher._max_in_flight = 5
    listed, summary = await upload(stage, ndjson(*(body() for _ in range(300))))
    assert summary["accepted"] == 300
    assert [row["row"] for row in listed] == list(range(1, 301))


async def test_rows_beyond_the_limit_are_refused_one_by_one():
    stage = Stage(overrides={"upload_max_rows": 3})
    listed, summary = await upload(stage, ndjson(*(body() for _ in range(5))))
    assert [row["status"] for row in listed] == ["accepted"] * 3 + ["refused"] * 2
    assert "beyond the 3 rows" in listed[4]["errors"][0]["message"]
    assert summary["rows"] == 5


async def test_the_office_of_the_key_holds_for_each_row(stage):
    listed, _ = await upload(stage, ndjson(body(), body(office="ELSEWHERE")), key="office")
    assert [row["status"] for row in listed] == ["accepted", "refused"]
    assert listed[1]["errors"][0]["field"] == "office"
    assert stage.events()[0]["office"] == OFFICE


async def test_an_empty_upload_is_a_summary_of_nothing(stage):
    for content, headers in ((b"", NDJSON), (b"\n\n", NDJSON), (b"", CSV), (b"registration_id,kind\n", CSV)):
        listed, summary = await upload(stage, content, headers)
        assert (listed, summary["rows"]) == ([], 0)


@pytest.mark.parametrize(
    ("key", "headers", "content", "status"),
    [
        (None, NDJSON, b"", 401),
        ("reference", NDJSON, b"", 403),
        ("any", {"content-type": "application/json"}, b"", 415),
        ("any", {}, b"x", 415),
        ("any", CSV, b"registration_id,surname\n", 422),
    ],
)
async def test_an_upload_that_cannot_be_read_at_all_is_a_problem(stage, key, headers, content, status):
    async with stage.client(key) as client:
        response = await client.post(URL, content=content, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_csv_without_a_header_shows_no_national_id(stage):
    content = f"{uuid.uuid4()},enrolled,voluntary_si,VN.91.913.31012,{VN_ID},2020-05-10T09:00:00+07:00\n"
    async with stage.client() as client:
        response = await client.post(URL, content=content, headers=CSV)
    assert response.status_code == 422
    assert VN_ID not in response.text


async def test_a_record_separator_before_each_row_is_taken(stage):
    content = b"".join(b"\x1e" + line + b"\n" for line in ndjson(body(), body()).splitlines())
    _, summary = await upload(stage, content, {"content-type": "application/json-seq"})
    assert summary["accepted"] == 2

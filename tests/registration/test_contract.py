"""The HTTP contract: one error body everywhere, and an OpenAPI document that says what is really answered."""

import json

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from schemas.problem import Problem
from tests.registration.stage import OFFICE, Stage, body

STAGE = Stage()
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", STAGE.app)


NOT_CHECKED = [schemathesis.checks.CHECKS.get_one(name) for name in ("positive_data_acceptance", "ignored_auth")]
"""Check digits, existing regions, what one kind requires: a body may fit the schema and still be refused. And the key
is put into every request here; requests without one are in test_register_one.py, test_bulk.py and test_put_reference.py."""


@schemathesis.serializer("application/x-ndjson")
def _lines(context, value):
    return (value if isinstance(value, str) else json.dumps(value)).encode()


@SCHEMA.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_openapi_document_describes(case):
    key = "reference" if case.path.startswith("/v1/reference") else "any"
    headers = {**dict(case.headers or {}), "authorization": f"Bearer {key}"}
    case.call_and_validate(headers=headers, excluded_checks=NOT_CHECKED)


async def test_every_error_has_the_same_body(stage):
    async with stage.client() as client, stage.client(None) as stranger, stage.client("reference") as other:
        answers = [
            await client.get("/nowhere"),
            await client.get("/v1/registrations"),
            await client.delete("/healthz"),
            await client.post("/v1/registrations", content=b"{"),
            await client.get("/v1/regions"),
            await stranger.post("/v1/registrations", json=body()),
            await other.post("/v1/registrations", json=body()),
            await client.post("/v1/registrations/bulk", content=b""),
            await other.put("/v1/reference/colours", content=b""),
        ]
        stage.publisher.trouble = "Kafka: away"
        answers += [await client.post("/v1/registrations", json=body()), await client.get("/readyz")]
    assert [answer.status_code for answer in answers] == [404, 405, 405, 422, 422, 401, 403, 415, 404, 503, 503]
    for answer in answers:
        assert answer.headers["content-type"] == "application/problem+json", answer.request.url
        problem = Problem.model_validate_json(answer.content)
        assert problem.status == answer.status_code
        assert problem.title
        assert problem.detail
        assert bool(problem.errors) == (answer.status_code == 422)


async def test_a_fault_of_ours_is_a_problem_without_its_text(stage, monkeypatch):
    def fails(*_: object) -> None:
        raise RuntimeError("the text of a fault")

    monkeypatch.setattr(stage.service.desk, "take", fails)
    monkeypatch.setattr(stage.reference, "folded_names", fails)
    async with stage.client() as client:
        for answer in (await client.post("/v1/registrations", json=body()), await client.get("/v1/regions?q=x")):
            assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
            assert "the text" not in answer.text


async def test_a_route_answers_the_same_with_and_without_fastapis_layers(stage):
    """`POST /v1/registrations` is answered in front of FastAPI; what FastAPI documents must be the same code."""
    behind = httpx.ASGITransport(stage.app._app)
    sent = body()
    async with stage.client() as client, httpx.AsyncClient(transport=behind, base_url="http://x") as documented:
        documented.headers["authorization"] = "Bearer any"
        front = await client.post("/v1/registrations", json=sent)
        back = await documented.post("/v1/registrations", json=sent)
    assert (front.status_code, back.status_code) == (201, 200)
    assert front.content == back.content


async def test_health_readiness_docs_and_metrics_are_there(stage):
    async with stage.client(None) as client:
        for path in ("/healthz", "/readyz", "/docs", "/openapi.json", "/metrics", "/"):
            assert (await client.get(path)).status_code == 200, path


async def test_an_office_reports_what_it_still_holds(stage):
    report = {"unsynced_count": 12, "oldest_unsynced_at": "2025-07-31T01:00:00+07:00"}
    async with stage.client("office") as client:
        answer = await client.post(f"/v1/offices/{OFFICE}/sync-status", json=report)
        other = await client.post("/v1/offices/ELSEWHERE/sync-status", json=report)
        wrong = await client.post(f"/v1/offices/{OFFICE}/sync-status", json={"unsynced_count": -1})
    assert answer.status_code == 200
    assert (other.status_code, wrong.status_code) == (403, 422)
    [sent] = stage.publisher.sent
    assert (sent.topic, sent.key.decode()) == ("reference-data", f"office_sync/{OFFICE}")
    [event] = stage.events()
    assert (event["kind"], event["key"]) == ("office_sync", OFFICE)
    assert event["row"] == {
        "office": OFFICE, "unsynced_count": 12, "oldest_unsynced_at": "2025-07-31T01:00:00+07:00",
        "reported_at": "2025-08-01T03:00:00Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("u minh thuong", ["VN.91-2025.31012"]),
        ("U Minh Thượng", ["VN.91-2025.31012"]),
        ("thượng giang", ["VN.91-2025.31012"]),
        ("an giang", ["VN.91-2025"]),
        ("สงคราม", ["TH.75"]),
        ("samut", ["TH.75"]),
        ("TH.75", ["TH.75"]),
        ("kien giang", []),
        ("nowhere", []),
    ],
)
async def test_regions_of_today_are_found_with_and_without_marks(stage, query, found):
    async with stage.client(None) as client:
        answer = await client.get("/v1/regions", params={"q": query})
    assert [region["id"] for region in answer.json()] == found

"""Both services, running for real, answer as their OpenAPI documents say: to good requests, to bad ones, with any key.

Requests are made up from the documents, the same each time. Regions and plans that exist are mixed in, so that not every
request ends at "no such region".
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from schemas.problem import MEDIA_TYPE, Problem
from tests.support.openapi_documents import api_document, registration_document
from tests.support.whole_stack import WholeStack

BOUNDED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
NOT_CHECKED = [positive_data_acceptance, ignored_auth]
"""A body may fit the document and still name a region that is not there; and what keys open is tested below."""
REGIONS = ("VN", "VN.91", "VN.91.913", "TH.75", "TH.75.7503", "VN.99", "nowhere")
ENDLESS = "/v1/stream"

REGISTRATION = schemathesis.openapi.from_dict(registration_document())
API = schemathesis.openapi.from_dict(api_document())


@schemathesis.serializer("application/x-ndjson")
def _ndjson(context: object, value: Any) -> bytes:
    return (value if isinstance(value, str) else json.dumps(value)).encode()


LONGEST_REGION = 120


@API.hook
def map_query(context: object, query: dict[str, Any] | None) -> dict[str, Any] | None:
    return _with_a_known_region(query)


@API.hook
def map_path_parameters(context: object, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    return _with_a_known_region(path_parameters)


def _with_a_known_region(values: dict[str, Any] | None) -> dict[str, Any] | None:
    """Three times in four a region that exists, or looks as if it did; by the value that was made up, not by chance.

    One that was made up to be refused for its length stays as it is.
    """
    for name in ("region", "within"):
        made_up = (values or {}).get(name)
        if values is not None and isinstance(made_up, str):
            number = sum(made_up.encode(errors="replace"))
            kept = number % 4 == 0 or not 0 < len(made_up) <= LONGEST_REGION
            values = {**values, name: made_up if kept else REGIONS[number % len(REGIONS)]}
    return values


@REGISTRATION.parametrize()
@BOUNDED
def test_registration_answers_as_documented(case: Any, stack: WholeStack) -> None:
    key = stack.reference_key if case.path.startswith("/v1/reference") else stack.register_key
    case.call_and_validate(base_url=stack.registration_url, headers=_bearer(key), excluded_checks=NOT_CHECKED)


@API.exclude(path=ENDLESS).parametrize()
@BOUNDED
def test_the_api_answers_as_documented(case: Any, stack: WholeStack) -> None:
    case.call_and_validate(base_url=stack.api_url, headers=_bearer(stack.read_key), excluded_checks=NOT_CHECKED)


@pytest.mark.parametrize(
    "parameters", [{}, {"region": "nowhere", "scheme": "health"}, {"region": "VN", "scheme": "life"}]
)
def test_a_stream_that_cannot_be_is_a_documented_problem(stack: WholeStack, parameters: dict[str, str]) -> None:
    with stack.api() as client:
        assert_documented(client, "get", ENDLESS, client.get(ENDLESS, params=parameters))


def operations(client: httpx.Client) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of everything that may be asked with a key."""
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            if operation.get("security"):
                yield method, path, operation


def assert_documented(client: httpx.Client, method: str, path: str, answer: httpx.Response) -> None:
    """The status is one of the operation's, and a problem is a problem."""
    document = client.get("/openapi.json").json()
    assert str(answer.status_code) in document["paths"][path][method]["responses"]
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert Problem.model_validate_json(answer.content).status == answer.status_code


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer not-a-key"}, {"Authorization": "Basic bm9ib2R5"}],
    ids=["no key", "an unknown key", "another kind of key"],
)
def test_without_a_known_key_nothing_is_taken(stack: WholeStack, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=stack.registration_url) as client:
        asked = list(operations(client))
        assert len(asked) >= 4
        for method, path, _ in asked:
            answer = client.request(method, _filled(path), headers=headers)
            assert (answer.status_code, answer.headers.get("www-authenticate")) == (401, "Bearer"), (method, path)
            assert_documented(client, method, path, answer)


def test_a_key_without_the_scope_is_told_so(stack: WholeStack) -> None:
    with httpx.Client(base_url=stack.registration_url) as client:
        for method, path, _ in operations(client):
            key = stack.register_key if path.startswith("/v1/reference") else stack.reference_key
            answer = client.request(method, _filled(path), headers=_bearer(key))
            assert answer.status_code == 403, (method, path)
            assert_documented(client, method, path, answer)


def test_totals_are_open_in_the_embedded_stack(stack: WholeStack) -> None:
    with httpx.Client(base_url=stack.api_url) as client:
        answer = client.get("/v1/coverage", params={"region": "VN.91", "scheme": "voluntary_si"})
        assert answer.status_code == 200


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _filled(path: str) -> str:
    """A path with something in place of its parameters."""
    return path.replace("{kind}", "offices").replace("{office}", "VNPOST-91-0012")

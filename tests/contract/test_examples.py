"""The examples: every one is what its folder says it is, to the models and to the JSON Schemas."""

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for
from pydantic import TypeAdapter, ValidationError

from schemas.events import RejectionReason
from schemas.reference import REFERENCE_KINDS
from schemas.vocabulary import RECORDED_SCHEMES, Country, Kind
from services.aggregator.domain.records import Rejected, decode
from tests.contract.contract_files import CARDS, EXAMPLES, card_of, example_files, json_schema_of, models_of, name_of

VALID, INVALID = example_files("valid"), example_files("invalid")
NO_KIND_OF_UPLOAD = {"office_sync", "duplicate_reviews"}
"""Kinds on reference-data that come from elsewhere than `PUT /v1/reference/{kind}`."""
SEEN_BY_THE_MODEL_ONLY = {
    "value_error",
    "greater_than_equal",
    "json_invalid",
}
"""What JSON Schema cannot say, or says only as a format."""


def bodies(topic: str) -> dict[str, dict[str, Any]]:
    """The valid examples of a topic, by name."""
    return {path.stem: json.loads(path.read_bytes()) for path in VALID if path.relative_to(EXAMPLES).parts[0] == topic}


def reasons(topic: Path) -> dict[str, str]:
    """Why each invalid example of a topic is none."""
    loaded: dict[str, str] = json.loads((topic / "why-invalid.json").read_bytes())
    return loaded


def why_not(path: Path) -> ValidationError | None:
    """What the models of the example's topic say against it."""
    try:
        models = tuple(models_of(card_of(path)))
        TypeAdapter(models[0] if len(models) == 1 else models[0] | models[1]).validate_json(path.read_bytes())
    except ValidationError as error:
        return error
    return None


def fits_json_schema(path: Path) -> bool:
    """Whether one of the JSON Schemas of its topic takes the example."""
    body = json.loads(path.read_bytes())
    schemas = [json_schema_of(model) for model in models_of(card_of(path))]
    return any(validator_for(schema, validate_formats=True).is_valid(body) for schema in schemas)


def test_every_topic_has_examples_and_every_folder_has_a_topic() -> None:
    assert {folder.name for folder in EXAMPLES.iterdir()} == {card.examples for card in CARDS.values()}


@pytest.mark.parametrize("folder", sorted(EXAMPLES.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_version_holds_valid_and_invalid_examples_and_why_these_are_invalid(folder: Path) -> None:
    assert re.fullmatch(r"v\d+", folder.name)
    assert {path.name for path in folder.iterdir()} == {"valid", "invalid", "why-invalid.json"}
    assert list((folder / "valid").iterdir())
    assert sorted(reasons(folder)) == sorted(path.stem for path in (folder / "invalid").iterdir())


@pytest.mark.parametrize("path", VALID + INVALID, ids=name_of)
def test_a_file_is_named_by_its_situation(path: Path) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.json", path.name)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_valid_example_fits_its_model_and_its_json_schema(path: Path) -> None:
    assert why_not(path) is None
    assert fits_json_schema(path)


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_an_invalid_example_is_refused_for_the_reason_given(path: Path) -> None:
    expected, error = reasons(path.parents[1])[path.stem], why_not(path)
    assert error is not None, "the model takes it"
    said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    if card_of(path).topic == "enrollment-events":
        with pytest.raises(Rejected) as rejected:
            decode(path.read_bytes(), 0, 0)
        said = f"{rejected.value.reason}: {rejected.value.detail}"
    assert expected in said


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_a_json_schema_refuses_what_it_can_say(path: Path) -> None:
    error = why_not(path)
    assert error is not None
    if {e["type"] for e in error.errors()} <= SEEN_BY_THE_MODEL_ONLY:
        return
    assert not fits_json_schema(path)


def test_every_reason_has_a_dead_letter() -> None:
    seen = {body["reason"] for body in bodies("enrollment-rejected").values() if "reason" in body}
    assert seen == {reason.value for reason in RejectionReason}


@pytest.mark.parametrize("name", [name for name, body in bodies("enrollment-rejected").items() if "reason" in body])
def test_a_dead_letter_holds_the_bytes_that_were_refused(name: str) -> None:
    body = bodies("enrollment-rejected")[name]
    if body["topic"] != "enrollment-events":
        return
    value = None if body["value_base64"] is None else b64decode(body["value_base64"])
    if body["reason"] in ("malformed", "unsupported_version", "invalid"):
        with pytest.raises(Rejected) as rejected:
            decode(value, body["partition"], body["offset"])
        assert (rejected.value.reason, rejected.value.detail) == (body["reason"], body["detail"])
    else:
        person, record = decode(value, body["partition"], body["offset"])
        assert (person.participant.encode(), record.registration_id) == (
            b64decode(body["key_base64"]),
            body["registration_id"],
        )


@pytest.mark.parametrize(("name", "body"), bodies("reference-data").items(), ids=str)
def test_a_reference_row_is_one_of_its_kind_under_its_own_key(name: str, body: dict[str, Any]) -> None:
    if body["kind"] not in NO_KIND_OF_UPLOAD:
        assert REFERENCE_KINDS[body["kind"]].model_validate(body["row"]).key == body["key"]


def test_every_kind_of_reference_data_has_an_example() -> None:
    assert {body["kind"] for body in bodies("reference-data").values()} == {*REFERENCE_KINDS, *NO_KIND_OF_UPLOAD}


def test_every_kind_of_event_and_every_scheme_has_an_example() -> None:
    events = bodies("enrollment-events").values()
    for field, words in (("kind", Kind), ("scheme", RECORDED_SCHEMES), ("country", Country)):
        assert {event[field] for event in events} == {*words}


def test_no_example_holds_an_identity_number() -> None:
    for path in VALID + INVALID:
        text = path.read_text(errors="replace")
        originals = re.findall(r'"value_base64": "([^"]+)"', text)
        for part in (
            re.sub(r'"timestamp_ms": \d+', "", text),
            *(b64decode(one).decode(errors="replace") for one in originals),
        ):
            assert not re.search(r"(?<![0-9a-fA-F-])\d{12,13}(?![0-9a-fA-F-])", part), path

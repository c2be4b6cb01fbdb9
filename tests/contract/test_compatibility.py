"""What version 1 took is taken for ever: today's JSON Schemas beside those first published.

The topics keep everything, and a counter in the field may be years old.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsoncompat
import pytest

from schemas.generate import json_schemas
from tests.contract.contract_files import BASELINE, CARDS, models_of

PUBLISHED = sorted(BASELINE.glob("*.json"))
OPTIONAL = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
Document = dict[str, Any]


def complaints(old: Document, new: Document) -> list[str]:
    """What in `new` would refuse a message that `old` takes."""
    found = []
    if not jsoncompat.check_compat(json.dumps(_bare(old)), json.dumps(_bare(new)), "deserializer"):
        found.append("refuses messages that were taken")
    # jsoncompat does not compare regular expressions
    patterns, earlier = _patterns(new), _patterns(old)
    return found + [f"{place}: another pattern" for place in patterns if patterns[place] != earlier.get(place)]


def _bare(schema: Any) -> Any:
    """Without what only describes: jsoncompat takes a field that may be anything, and says so, for one that may not."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        word: {name: _bare(one) for name, one in what.items()} if word in ("properties", "$defs") else _bare(what)
        for word, what in schema.items()
        if word not in ("title", "description", "default")
    }


def _patterns(schema: Any, place: str = "") -> dict[str, str]:
    if isinstance(schema, list):
        return {k: v for n, one in enumerate(schema) for k, v in _patterns(one, f"{place}/{n}").items()}
    if not isinstance(schema, dict):
        return {}
    below = {k: v for name, one in schema.items() for k, v in _patterns(one, f"{place}/{name}").items()}
    return below | ({place: schema["pattern"]} if isinstance(schema.get("pattern"), str) else {})


@pytest.fixture
def event() -> Document:
    """The event of version 1."""
    document: Document = json.loads((BASELINE / "enrollment-event.json").read_bytes())
    return document


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_what_was_taken_once_is_taken_today(path: Path) -> None:
    today = json_schemas.documents()[path.stem]
    assert complaints(json.loads(path.read_bytes()), today) == []


def test_everything_on_a_topic_has_a_baseline() -> None:
    on_topics = {json_schemas.file_name(model) for card in CARDS.values() for model in models_of(card)}
    assert on_topics <= {path.stem for path in PUBLISHED}


def test_a_new_optional_field_is_compatible(event: Document) -> None:
    new = deepcopy(event)
    new["properties"]["household"] = OPTIONAL
    assert complaints(event, new) == []


def test_a_new_kind_is_compatible(event: Document) -> None:
    new = deepcopy(event)
    new["$defs"]["Kind"]["enum"].append("suspended")
    assert complaints(event, new) == []


def test_a_new_required_field_is_not(event: Document) -> None:
    new = deepcopy(event)
    new["properties"]["household"] = {"type": "string"}
    new["required"].append("household")
    assert complaints(event, new) != []


@pytest.mark.parametrize("field", ["agent", "region", "refers_to"])
def test_a_field_that_is_gone_is_not(event: Document, field: str) -> None:
    new = deepcopy(event)
    del new["properties"][field]
    new["required"] = [name for name in new["required"] if name != field]
    assert complaints(event, new) != []


def test_an_optional_field_that_became_required_is_not(event: Document) -> None:
    new = deepcopy(event)
    new["required"].append("agent")
    assert complaints(event, new) != []


def test_a_kind_that_is_gone_is_not(event: Document) -> None:
    new = deepcopy(event)
    new["$defs"]["Kind"]["enum"].remove("transferred")
    assert complaints(event, new) != []


def test_a_bound_that_was_tightened_is_not(event: Document) -> None:
    new = deepcopy(event)
    new["properties"]["birth_year"]["anyOf"][0]["maximum"] = 2000
    assert complaints(event, new) != []


def test_another_pattern_is_not(event: Document) -> None:
    new = deepcopy(event)
    new["properties"]["participant"]["pattern"] = "^[0-9a-f]{64}$"
    assert complaints(event, new) == ["/properties/participant: another pattern"]

"""The files of the contract, as the tests here walk them."""

import importlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from schemas.generate import json_schemas
from services.shared.topics import TopicCard, cards

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
EXAMPLES = SCHEMAS / "examples"
BASELINE = SCHEMAS / "baseline" / "v1"
CARDS = {card.topic: card for card in cards()}


def models_of(card: TopicCard) -> list[type[BaseModel]]:
    """The models a topic's card names, `|` between them."""
    found = []
    for path in card.value.split("|"):
        module, _, name = path.strip().rpartition(".")
        found.append(getattr(importlib.import_module(module), name))
    return found


def json_schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The committed JSON Schema of a model."""
    loaded: dict[str, Any] = json.loads((json_schemas.FOLDER / f"{json_schemas.file_name(model)}.json").read_bytes())
    return loaded


def example_files(sort: str) -> list[Path]:
    """Every example of a sort, `valid` or `invalid`."""
    return sorted(EXAMPLES.glob(f"*/v*/{sort}/*"))


def name_of(path: Path) -> str:
    """An example as a test report names it."""
    return str(path.relative_to(EXAMPLES).with_suffix("")) if path.is_relative_to(EXAMPLES) else path.stem


def card_of(example: Path) -> TopicCard:
    """The card of the topic that an example is on."""
    return next(card for card in CARDS.values() if card.examples == example.relative_to(EXAMPLES).parts[0])

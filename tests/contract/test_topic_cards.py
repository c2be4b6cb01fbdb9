"""The topic cards name what exists, and the services use the topics that the cards say."""

import importlib.util
from pathlib import Path

import pytest
from pydantic import BaseModel

from services.shared import topics
from services.shared.settings import SharedSettings
from services.shared.topics import TopicCard
from tests.contract.contract_files import CARDS, EXAMPLES, ROOT, models_of

COMMANDS = {"dead-letter command": ("aggregator", "services.aggregator.commands")}
"""Clients of topics that are not services: the service they belong to, and their module."""
NAMES = {value: name for name, value in vars(topics).items() if isinstance(value, str) and value in CARDS}

each_card = pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)


@each_card
def test_a_card_names_models_that_exist(card: TopicCard) -> None:
    assert all(issubclass(model, BaseModel) for model in models_of(card))


@each_card
def test_a_card_names_examples_that_exist(card: TopicCard) -> None:
    assert (EXAMPLES / card.examples).is_dir()


@each_card
def test_who_writes_and_reads_a_topic_exists_and_names_it(card: TopicCard) -> None:
    for client in {*card.producers, *card.consumers}:
        service, module = COMMANDS.get(client, (client, f"services.{client}"))
        assert importlib.util.find_spec(module), f"{card.topic}: there is no {client}"
        assert _mentions(ROOT / "services" / service, card.topic), f"{client} does not name {card.topic}"


@each_card
def test_a_service_that_names_a_topic_is_on_its_card(card: TopicCard) -> None:
    known = {COMMANDS.get(client, (client, ""))[0] for client in {*card.producers, *card.consumers}}
    for service in ("registration", "aggregator"):
        if _mentions(ROOT / "services" / service, card.topic):
            assert service in known


def test_the_topics_command_asks_for_what_the_cards_say() -> None:
    settings = SharedSettings(topic_prefix="here-")
    specs = {spec.name: spec for spec in (card.spec(settings) for card in topics.cards())}
    assert set(specs) == {f"here-{name}" for name in CARDS}
    assert specs["here-reference-data"].configs["cleanup.policy"] == "compact"
    assert specs["here-enrollment-events"].configs.items() >= {("cleanup.policy", "delete"), ("retention.ms", "-1")}
    assert specs["here-enrollment-events"].partitions == 6


def test_every_topic_has_a_name_in_the_code_and_one_card() -> None:
    assert set(NAMES) == set(CARDS)
    assert {path.stem for path in topics.FOLDER.iterdir()} == set(CARDS)


def _mentions(folder: Path, topic: str) -> bool:
    """Whether a service's files use the topic, by its constant or in letters."""
    text = "".join(path.read_text() for path in folder.rglob("*.py"))
    return NAMES[topic] in text or f'"{topic}"' in text

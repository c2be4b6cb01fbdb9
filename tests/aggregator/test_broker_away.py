"""A worker whose broker is away for longer than its client waits goes on by itself, and says so with few words."""

import logging
from types import SimpleNamespace

from aiokafka.errors import KafkaTimeoutError

from services.aggregator.agent import Aggregator
from services.aggregator.settings import AggregatorSettings
from services.shared.log_setup import NotAgain
from tests.aggregator.place import Place


def record(name: str, text: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, text, arguments, None)


async def test_a_heartbeat_that_gets_no_answer_from_the_broker_waits_for_the_next(place: Place) -> None:
    aggregator = Aggregator(AggregatorSettings(), place.store)
    asked: list[object] = []

    async def highwaters(*partitions: object) -> dict:
        asked.append(partitions)
        raise KafkaTimeoutError("Failed to get offsets by times in 40000 ms")

    aggregator.app = SimpleNamespace(consumer=SimpleNamespace(highwaters=highwaters, assignment=set))
    await aggregator._guarded(aggregator._beat)
    assert asked


def test_what_the_kafka_library_repeats_is_logged_once_in_ten_seconds() -> None:
    clock = [0.0]
    again = NotAgain(lambda: clock[0])
    text = "Unable connect to node with id %s: %s"
    assert again.filter(record("aiokafka", text, 1, "refused"))
    clock[0] = 9.0
    assert not again.filter(record("aiokafka", text, 1, "refused"))
    assert again.filter(record("aiokafka", "Marking the coordinator dead"))
    assert again.filter(record("services.aggregator.agent", text, 1, "refused"))
    clock[0] = 10.5
    assert again.filter(record("aiokafka", text, 1, "refused"))

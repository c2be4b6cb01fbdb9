"""What a worker puts on Kafka: dead letters, and milestones that were reached or taken back."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from pydantic import BaseModel

from services.aggregator import metrics
from services.aggregator.counting import LogRecord
from services.aggregator.dead_letters import letters
from services.aggregator.domain.plan import Refusal
from services.aggregator.milestones import Milestones
from services.aggregator.settings import AggregatorSettings

log = structlog.get_logger()

RawRecords = Mapping[tuple[int, int], LogRecord]
"""Original records by partition and offset."""


class Outbox:
    """Returns once Kafka has what it was given. `producer`: Faust's, which is there once the worker runs."""

    def __init__(self, settings: AggregatorSettings, producer: Callable[[], Any]) -> None:
        self._producer, self._interval_s = producer, settings.reconcile_interval_s
        self._rejected, self._reached = settings.topic("enrollment-rejected"), settings.topic("coverage-milestones")
        self._told_at = float("-inf")

    async def reject(self, topic: str, refusals: Sequence[Refusal], raw: RawRecords) -> None:
        """Put a dead letter there for each refusal of a record of `topic`."""
        for letter in letters(topic, refusals, raw, datetime.now(UTC)):
            await self._put(self._rejected, letter.id, letter)
            metrics.REJECTED.labels(letter.reason.value).inc()

    async def tell(self, milestones: Milestones, version: int) -> None:
        """Tell, now and then, which milestones were reached or taken back; then note, in `version`, that it was told."""
        if time.monotonic() - self._told_at < self._interval_s:
            return
        self._told_at = time.monotonic()
        changed = await asyncio.to_thread(milestones.changes, datetime.now(UTC))
        try:
            for event in changed:
                await self._put(self._reached, str(event.id), event)
        except KafkaError as error:  # they are told the next time; the counting goes on
            log.warning("milestones_wait", error=f"{type(error).__name__}: {error}", waiting=len(changed))
            return
        await asyncio.to_thread(milestones.keep, changed, version)

    async def _put(self, topic: str, key: str, message: BaseModel) -> None:
        await self._producer().send_and_wait(topic, key.encode(), message.model_dump_json().encode(), None, None, None)

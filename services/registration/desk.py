"""The desk: takes each registration once. A repetition gets the receipt of the first, another body a conflict."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple

import orjson

from schemas.registration import Receipt, Registration
from services.registration.domain.event import CheckedEvent, to_event
from services.registration.domain.identity import Pseudonyms
from services.registration.domain.regions import Regions
from services.shared.errors import InvalidEvent, Unavailable
from services.shared.ports import Acknowledged, Publisher

Clock = Callable[[], datetime]


class ConflictingRegistration(InvalidEvent):
    """Another body came under this registration_id before."""


class Taken(NamedTuple):
    """A registration handed to the broker; `kept` resolves when the broker has acknowledged it."""

    event_id: str
    registration_id: str
    participant: str
    recorded_at: datetime
    kept: "asyncio.Future[Acknowledged]"

    def receipt(self) -> Receipt:
        """The receipt, once `kept` is done."""
        return Receipt.model_validate_json(self.receipt_json())

    def receipt_json(self) -> bytes:
        """The receipt as the JSON of `Receipt`, in a fraction of the time."""
        where = self.kept.result()
        return orjson.dumps(
            {
                "registration_id": self.registration_id,
                "event_id": self.event_id,
                "participant": self.participant,
                "received_at": self.recorded_at,
                "topic": where.topic,
                "partition": where.partition,
                "offset": where.offset,
            },
            option=orjson.OPT_UTC_Z,
        )


def event_json(event: CheckedEvent) -> bytes:
    """What goes to Kafka: the JSON of `EnrollmentEvent`, in a fraction of the time."""
    return orjson.dumps(event.fields, option=orjson.OPT_UTC_Z)


class Desk:
    """Remembers the last `remembered` registrations by id; what it has forgotten is deduplicated downstream."""

    def __init__(
        self,
        publisher: Publisher,
        topic: str,
        regions: Regions,
        pseudonyms: Pseudonyms,
        clock: Clock,
        remembered: int,
        heard: Callable[[str, datetime], None] = lambda office, at: None,
    ) -> None:
        self._publisher, self._topic, self._regions = publisher, topic, regions
        self._pseudonyms, self._clock, self._remembered = pseudonyms, clock, remembered
        self._heard = heard
        self._taken: dict[str, Taken] = {}

    def take(self, registration: Registration, key_office: str) -> tuple[Taken, bool]:
        """Publish a registration, or find it again; True where it was taken before.

        Raises Refused, WrongOffice, ConflictingRegistration; Unavailable or Backpressure where it cannot be taken now.
        """
        if not self._regions.loaded:
            raise Unavailable("The reference data is still being read")
        event = to_event(
            registration, key_office=key_office, regions=self._regions, pseudonyms=self._pseudonyms, now=self._clock()
        )
        self._heard(event.office, event.recorded_at)
        known = self._taken.pop(event.registration_id, None)
        if known is None:
            return self._publish(event), False
        self._taken[event.registration_id] = known  # the most recently asked for is forgotten last
        if known.event_id != event.event_id:
            raise ConflictingRegistration(
                f"registration_id {event.registration_id} was used for another registration; give this one its own id"
            )
        return known, True

    def _publish(self, event: CheckedEvent) -> Taken:
        kept = self._publisher.send(self._topic, event.participant.encode(), event_json(event))
        taken = Taken(event.event_id, event.registration_id, event.participant, event.recorded_at, kept)
        self._taken[event.registration_id] = taken
        kept.add_done_callback(partial(self._forget_if_failed, event.registration_id))
        if len(self._taken) > self._remembered:
            del self._taken[next(iter(self._taken))]
        return taken

    def _forget_if_failed(self, registration_id: str, kept: "asyncio.Future[Acknowledged]") -> None:
        if kept.cancelled() or kept.exception() is not None:
            self._taken.pop(registration_id, None)


async def acknowledged(taken: Taken) -> None:
    """Wait for the broker; Unavailable or InvalidEvent where it did not take it.

    Several may wait for one, and one that is cancelled disturbs no other; `asyncio.shield` does the same for more.
    """
    kept = taken.kept
    if not kept.done():
        woken = asyncio.get_running_loop().create_future()
        kept.add_done_callback(lambda _: None if woken.done() else woken.set_result(None))
        await woken
    if kept.cancelled():
        raise Unavailable("The service is stopping")
    kept.result()

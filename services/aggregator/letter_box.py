"""The dead letters as their topic holds them: each once, and whether it was replayed."""

import threading
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from schemas.events import DeadLetter, DeadLetterReplayed, RejectionReason
from services.shared.errors import Unavailable
from services.shared.kafka_publisher import CompactedReader, client_options
from services.shared.settings import SharedSettings

MESSAGES: TypeAdapter[DeadLetter | DeadLetterReplayed] = TypeAdapter(DeadLetter | DeadLetterReplayed)
READ_TIMEOUT_S = 30.0


@dataclass
class Letter:
    """A dead letter, and the marks of its replays."""

    letter: DeadLetter
    replays: list[DeadLetterReplayed] = field(default_factory=list)

    @property
    def key(self) -> bytes | None:
        """The original key."""
        return None if self.letter.key_base64 is None else b64decode(self.letter.key_base64)

    @property
    def value(self) -> bytes | None:
        """The original value."""
        return None if self.letter.value_base64 is None else b64decode(self.letter.value_base64)


class LetterBox:
    """Collects what the topic says; a letter that was sent twice, after a crash, is one letter."""

    def __init__(self) -> None:
        self.letters: dict[str, Letter] = {}
        self._early: dict[str, list[DeadLetterReplayed]] = {}

    def add(self, key: bytes | None, value: bytes | None, offset: int) -> None:
        """Take a record of the topic; what is neither letter nor mark is passed over, it can only be listed by hand."""
        try:
            message = MESSAGES.validate_json(value or b"")
        except ValidationError:
            return
        if isinstance(message, DeadLetter):
            known = self.letters.get(message.id)
            replays = known.replays if known else self._early.pop(message.id, [])
            self.letters[message.id] = Letter(message, replays)
            return
        place = f"{message.topic}/{message.partition}/{message.offset}"
        marks = self.letters[place].replays if place in self.letters else self._early.setdefault(place, [])
        marks.append(message)


def read_letters(settings: SharedSettings) -> Mapping[str, Letter]:
    """All dead letters by id, in the order of the topic. Unavailable where the broker does not answer in time."""
    box, caught_up = LetterBox(), threading.Event()
    topic = settings.topic("enrollment-rejected")
    reader = CompactedReader(client_options(settings, "dead-letters"), topic, box.add, caught_up.set)
    reader.start()
    in_time = caught_up.wait(READ_TIMEOUT_S)
    reader.stop()
    if not in_time:
        raise Unavailable(f"Kafka: {topic} could not be read in {READ_TIMEOUT_S:.0f} s")
    return dict(box.letters)


def conflict_verdicts(letters: Mapping[str, Letter], topic: str) -> set[tuple[int, int]]:
    """Positions of records once refused because their registration_id was taken: a rebuild refuses them again.

    Between partitions there is no order that a second reading could be sure to repeat; the verdict is the order.
    """
    return {
        (kept.letter.partition, kept.letter.offset)
        for kept in letters.values()
        if kept.letter.topic == topic and kept.letter.reason == RejectionReason.CONFLICTING_REGISTRATION
    }

"""One consistent state of everything that is served live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.vocabulary import Country, Scheme
from services.api.domain.windows import Calendar
from services.api.live.figures import Figures
from services.api.live.reference import Reference
from services.api.queries.progress import Position

MOST_ANSWERS_KEPT = 5_000


@dataclass(frozen=True)
class Snapshot:
    """Figures of all schemes and countries as of one moment. Answers made from one snapshot agree with each other."""

    reference: Reference
    calendars: Mapping[Country, Calendar]
    figures: Mapping[tuple[Calendar, Scheme], Figures]
    positions: Sequence[Position]
    """How far each partition was counted before the figures were read."""
    number: int = 0
    answers: dict[object, bytes] = field(default_factory=dict, compare=False, repr=False)
    """Answers already made, as bytes."""

    @property
    def as_of(self) -> datetime:
        """The moment of the figures."""
        return max(calendar.as_of for calendar in self.calendars.values())

    def of(self, position: int, scheme: Scheme) -> Figures:
        """The figures to ask about a region."""
        country = self.reference.tree.places[position].country
        return self.figures[self.calendars[country], scheme]

    def complete_up_to(self, topic: str) -> datetime | None:
        """Every event recorded before this moment is in the figures; None while nothing is known of it."""
        return min((p.complete_up_to for p in self.positions if p.topic == topic), default=None)

    def freshness_ms(self, topic: str, now: datetime) -> int | None:
        """The age of that moment."""
        complete = self.complete_up_to(topic)
        return None if complete is None else max(0, int((now - complete).total_seconds() * 1000))

    def keep(self, key: object, answer: bytes) -> bytes:
        """Keep an answer for those who ask the same of this snapshot."""
        if len(self.answers) < MOST_ANSWERS_KEPT:
            self.answers[key] = answer
        return answer


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)

"""What all routes work with, wired by `main` (or by a test)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.registration.desk import Desk
from services.registration.domain.identity import Pseudonyms
from services.registration.http import Gate
from services.registration.metrics import Metrics
from services.registration.reference import ReferenceData
from services.registration.settings import RegistrationSettings
from services.shared.auth import KeyRing
from services.shared.errors import Unavailable
from services.shared.ports import Publisher
from services.shared.topics import ENROLLMENT_EVENTS, REFERENCE_DATA


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


@dataclass
class Service:
    """The parts of the service and what they share."""

    settings: RegistrationSettings
    publisher: Publisher
    reference: ReferenceData
    keys: KeyRing
    clock: Callable[[], datetime] = utc_now
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        """Build what is made of the parts."""
        self.gate = Gate(self.keys, self.settings.rate_limit_per_s)
        self.reference_topic = self.settings.topic(REFERENCE_DATA)
        self.desk = Desk(
            self.publisher,
            self.settings.topic(ENROLLMENT_EVENTS),
            self.reference,
            Pseudonyms(self.settings.participant_secret.get_secret_value().encode()),
            self.clock,
            self.settings.remembered_registrations,
            self.reference.offices.heard,
        )
        self.metrics.registry.register(self.reference.offices)
        self.metrics.watch("records_in_flight", "Records awaiting acknowledgement", lambda: self.publisher.in_flight)
        self.metrics.watch("broker_up", "1 while the broker answers", lambda: self.publisher.trouble is None)
        self.metrics.watch("regions_known", "Regions of the reference data", lambda: len(self.reference))

    def missing(self) -> list[str]:
        """What the service waits for before it can take registrations; nothing when it is ready."""
        missing = [self.publisher.trouble] if self.publisher.trouble else []
        if not self.reference.loaded:
            missing.append("The reference data is still being read")
        return missing

    def must_be_able_to_publish(self) -> None:
        """Unavailable where nothing could be taken now."""
        missing = self.missing()
        if missing:
            raise Unavailable("; ".join(missing))

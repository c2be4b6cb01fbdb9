"""What Prometheus reads from the registration service."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]

OUTCOMES = ("accepted", "repeated", "refused", "conflict", "unavailable")
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """One set of instruments per process (or per app under test)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._registrations = Counter(
            "registrations", "Registrations by outcome and kind", ["outcome", "kind"], registry=self.registry
        )
        self._resolved: dict[tuple[str, str], Callable[[], None]] = {}
        self.latency = Histogram(
            "registration_seconds",
            "From the request to the broker's acknowledgement",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.reference_rows = Counter(
            "reference_rows", "Rows of reference data by kind and outcome", ["kind", "outcome"], registry=self.registry
        )

    def count(self, outcome: str, kind: str) -> None:
        """One registration; `kind` is empty where it could not be read."""
        increment = self._resolved.get((outcome, kind))
        if increment is None:
            increment = self._resolved[outcome, kind] = self._registrations.labels(outcome, kind).inc
        increment()

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that asks for its value when it is read."""
        Gauge(name, text, registry=self.registry).set_function(value)

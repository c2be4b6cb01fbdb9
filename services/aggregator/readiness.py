"""What keeps a worker from counting: asked anew with every /readyz, so it names what is away now."""

from services.aggregator.agent import Aggregator
from services.aggregator.settings import AggregatorSettings
from services.shared.clickhouse_store import ClickHouseStore
from services.shared.errors import Unavailable
from services.shared.kafka_client import client_options, knock


class Readiness:
    """Told by `main` what there is already: first ClickHouse, then the broker, then the partitions."""

    def __init__(self, settings: AggregatorSettings) -> None:
        self._options = client_options(settings, "readiness")
        self.store: ClickHouseStore | None = None
        self.aggregator: Aggregator | None = None

    def missing(self) -> list[str]:
        """One entry per part that is missing; empty when the worker counts."""
        missing = []
        if self.store is None or not self.store.ping():
            missing.append("clickhouse")
        try:
            knock(self._options)
        except Unavailable:
            missing.append("broker")
        if not missing and (self.aggregator is None or not self.aggregator.ready):
            missing.append("partitions of the broker")
        return missing

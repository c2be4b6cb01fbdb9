"""Settings of the aggregator."""

import socket

from pydantic import Field

from services.shared.settings import SharedSettings


class AggregatorSettings(SharedSettings):
    """What the aggregator needs beside Kafka and ClickHouse."""

    aggregator_port: int = Field(8003, ge=1, le=65535, description="Port of /metrics, /healthz and /readyz")
    aggregator_group: str = Field(
        "aggregator", description="Kafka consumer group; workers of one group share the partitions"
    )
    aggregator_worker: str = Field(
        "",
        description="Name of this worker, unique in the group; the host's name and the port when empty. A worker that comes "
        "back under its name takes its partitions up at once",
    )
    batch_max_records: int = Field(20_000, ge=1, le=200_000, description="About how many records are counted at once")
    batch_interval_ms: int = Field(
        200, ge=0, le=10_000, description="Least time from one batch to the next, so that parts stay few"
    )
    session_timeout_s: float = Field(
        10.0, ge=6.0, le=300.0, description="Silence after which Kafka gives a worker's partitions away"
    )
    stall_timeout_s: float = Field(
        60.0,
        ge=5.0,
        le=3600.0,
        description="A worker that counts nothing for so long, though there is something to count and ClickHouse "
        "answers, ends itself with exit code 70, to be started anew",
    )
    reconcile_interval_s: float = Field(
        10.0, ge=1.0, le=3600.0, description="Least time between two comparisons of counters and people"
    )

    @property
    def worker(self) -> str:
        """The worker's name."""
        return self.aggregator_worker or f"{socket.gethostname()}-{self.aggregator_port}"

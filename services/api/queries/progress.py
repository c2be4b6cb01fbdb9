"""How far the records are counted."""

from dataclasses import dataclass
from datetime import datetime

from services.shared.clickhouse_store import ClickHouseStore

PROGRESS = """
SELECT topic, kafka_partition, next_offset, end_offset, watermark, complete_up_to, version FROM progress FINAL
ORDER BY topic, kafka_partition
"""
RECONCILIATIONS = "SELECT kafka_partition, difference, checked_at FROM reconciliations FINAL"
REJECTED = "SELECT reason, count() FROM rejected FINAL GROUP BY reason ORDER BY reason"


@dataclass(frozen=True, slots=True)
class Position:
    """How far one partition is counted. `complete_up_to`: every event recorded before it is counted."""

    topic: str
    partition: int
    next_offset: int
    end_offset: int
    watermark: datetime | None
    complete_up_to: datetime
    version: int


def read_positions(store: ClickHouseStore) -> list[Position]:
    """All partitions of all topics."""
    return [Position(*row) for row in store.query(PROGRESS)]


def read_reconciliations(store: ClickHouseStore) -> dict[int, tuple[int, datetime]]:
    """Per partition: the difference found, and when."""
    return {partition: (difference, checked_at) for partition, difference, checked_at in store.query(RECONCILIATIONS)}


def read_rejections(store: ClickHouseStore) -> dict[str, int]:
    """Dead letters by reason."""
    return dict(store.query(REJECTED))

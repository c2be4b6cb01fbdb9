"""`/v1/freshness`: how far the records are counted."""

from datetime import UTC, datetime

from schemas.coverage import Freshness, PartitionFreshness
from services.api.queries.progress import Position, read_positions, read_reconciliations, read_rejections
from services.shared.clickhouse_store import ClickHouseStore


def freshness(store: ClickHouseStore) -> Freshness:
    """As ClickHouse says it; the caller adds the moment and the age of what it serves."""
    positions, reconciliations = read_positions(store), read_reconciliations(store)
    partitions = [_served(p, reconciliations.get(p.partition)) for p in positions]
    differences = [difference for difference, _ in reconciliations.values()]
    return Freshness(
        as_of=datetime.now(UTC),
        freshness_ms=None,
        lag=sum(p.lag for p in partitions),
        difference=sum(differences) if differences else None,
        partitions=partitions,
        rejected=read_rejections(store),
    )


def _served(position: Position, reconciled: tuple[int, datetime] | None) -> PartitionFreshness:
    # Only the partitions of the events are reconciled; the reference topic has no counters.
    found = reconciled if reconciled and position.topic.endswith("enrollment-events") else None
    return PartitionFreshness(
        topic=position.topic,
        partition=position.partition,
        next_offset=position.next_offset,
        end_offset=position.end_offset,
        lag=max(0, position.end_offset - position.next_offset),
        watermark=position.watermark,
        complete_up_to=position.complete_up_to,
        difference=found[0] if found else None,
        reconciled_at=found[1] if found else None,
    )

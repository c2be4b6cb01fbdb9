"""What Prometheus is told about the counting."""

from prometheus_client import Counter, Gauge, Histogram

from schemas.events import RejectionReason

EVENTS = Counter("aggregator_events_total", "Records taken from enrollment-events")
PEOPLE = Counter("aggregator_people_folded_total", "People folded anew")
REPEATED = Counter("aggregator_repeated_total", "Records that were there already: retries and replays")
REJECTED = Counter("aggregator_rejected_total", "Records sent to the dead letters", ["reason"])
for _reason in RejectionReason:
    REJECTED.labels(_reason.value)  # a series that begins at 0 shows its first increase
REFERENCE_ROWS = Counter("aggregator_reference_rows_total", "Rows of reference data taken")
BATCH_EVENTS = Histogram(
    "aggregator_batch_events", "Records in a batch", buckets=(1, 10, 100, 1_000, 5_000, 10_000, 20_000, 50_000)
)
BATCH_SECONDS = Histogram(
    "aggregator_batch_seconds",
    "Time to count a batch, inserts included",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
STEP_SECONDS = Histogram(
    "aggregator_step_seconds",
    "Time of one step of a batch",
    ["step"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
LAG = Gauge("aggregator_lag_events", "Records not counted yet", ["topic", "partition"])
WATERMARK = Gauge("aggregator_watermark_timestamp_seconds", "recorded_at of the last counted event", ["partition"])
DIFFERENCE = Gauge(
    "aggregator_reconciliation_difference", "Sum of |counters - people| at the last check", ["partition"]
)
RECOUNTS = Counter("aggregator_recounts_total", "Times the counters were counted anew", ["why"])
RECOUNTS.labels("difference")
RECOUNTS.labels("lost rows")
RETRIES = Counter("aggregator_retries_total", "Batches tried again because ClickHouse was away")
CLICKHOUSE_UP = Gauge("aggregator_clickhouse_up", "1 while ClickHouse takes what is written, 0 while it is away")
"""Metrics are per process: behind several workers, sum them."""


def forget_partitions() -> None:
    """Of a partition that went to another worker, this one must not go on telling what it last saw."""
    for gauge in (LAG, WATERMARK, DIFFERENCE):
        gauge.clear()

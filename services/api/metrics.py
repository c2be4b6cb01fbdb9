"""What the service tells Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUESTS = Histogram(
    "api_request_seconds",
    "Time to answer, by route and status",
    ["route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
REFRESH_SECONDS = Histogram(
    "api_refresh_seconds",
    "Time to renew the live figures from ClickHouse",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
REFRESH_FAILURES = Counter("api_refresh_failures", "Renewals of the live figures that failed", registry=REGISTRY)
STREAMS = Gauge("api_streams", "Live streams that are open", registry=REGISTRY)
STREAM_EVENTS = Counter("api_stream_events", "Coverage events sent on live streams", registry=REGISTRY)
FRESHNESS = Gauge(
    "api_freshness_seconds", "Age of the oldest moment up to which every record is served", registry=REGISTRY
)
SNAPSHOT_AGE = Gauge("api_snapshot_age_seconds", "Age of the live figures", registry=REGISTRY)

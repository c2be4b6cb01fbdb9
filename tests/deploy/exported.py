"""The names of everything that the services tell Prometheus, and the names that an expression asks for."""

import re
from collections.abc import Iterable
from functools import cache

from prometheus_client import REGISTRY, Metric

import services.aggregator.metrics  # noqa: F401  registers what it measures
from services.api.metrics import REGISTRY as API_REGISTRY
from tests.registration.stage import Stage

OF_CLICKHOUSE = frozenset({"ClickHouseAsyncMetrics_DiskAvailable_default", "ClickHouseAsyncMetrics_DiskTotal_default"})
"""What a server says on its port 9363. The embedded engine has no such port: tests/containers/ asks a real server."""
OF_OTHERS = OF_CLICKHOUSE | {"up"}
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
STRING = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")
LABELS = re.compile(r"\{[^{}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w*\s*\()")
WORDS = frozenset({"and", "or", "unless", "bool", "offset"})


@cache
def exported_names() -> set[str]:
    """The names of all series of the three services."""
    ours = [metric for metric in REGISTRY.collect() if metric.name.startswith("aggregator_")]
    return _names([*ours, *API_REGISTRY.collect(), *Stage().service.metrics.registry.collect()])


def asked_names(expression: str) -> set[str]:
    """The names of the series in a PromQL expression."""
    bare = LABELS.sub(" ", STRING.sub("", expression))
    return {name for name in NAME.findall(bare) if name not in WORDS}


def _names(metrics: Iterable[Metric]) -> set[str]:
    return {metric.name + suffix for metric in metrics for suffix in SUFFIXES[metric.type]}

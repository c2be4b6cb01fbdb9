"""Where national IDs were seen: every log, topic, table and metric is read for those that the load was made of."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
from kafka import KafkaConsumer, TopicPartition

from services.shared.clickhouse_store import ClickHouseStore
from services.shared.kafka_client import client_options
from services.shared.settings import SharedSettings

TWELVE_DIGITS = re.compile(rb"(?<!\d)\d{12}(?!\d)")
Kept = dict[tuple[int, int], bytes]
"""Values of a topic by partition and offset."""


def holds(text: bytes, known: set[bytes]) -> bool:
    """Whether one of the known numbers is written in a text."""
    return not known.isdisjoint(TWELVE_DIGITS.findall(text))


def places(texts: Iterable[tuple[str, bytes]], known: set[bytes]) -> list[str]:
    """The names of the texts that hold one."""
    return sorted({name for name, text in texts if holds(text, known)})


def logs(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Log files."""
    for path in paths:
        yield f"log {path.name}", path.read_bytes()


def tables(store: ClickHouseStore) -> Iterator[tuple[str, bytes]]:
    """Every column of every table, superseded rows too."""
    found = store.query("SELECT name FROM system.tables WHERE database = {d:String}", {"d": store.database})
    for (table,) in found:
        with store.raw_stream(f"SELECT * FROM {store.database}.{table}", "TSV") as stream:
            yield f"table {table}", stream.read()


def metrics(urls: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """What Prometheus is told."""
    for url in urls:
        yield f"metrics of {url}", httpx.get(f"{url}/metrics", timeout=30).content


def read_topic(settings: SharedSettings, topic: str) -> tuple[Kept, list[bytes]]:
    """Everything on a topic: values by partition and offset, and all keys."""
    options = {**client_options(settings, "chaos"), "metrics_enabled": False}
    consumer = KafkaConsumer(**options, group_id=None, auto_offset_reset="earliest")
    try:
        numbers = consumer.partitions_for_topic(topic) or set()
        partitions = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(partitions)
        ends, kept, keys = consumer.end_offsets(partitions), {}, []
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for records in consumer.poll(timeout_ms=500, max_records=5000).values():
                kept |= {(record.partition, record.offset): record.value or b"" for record in records}
                keys += [record.key or b"" for record in records]
        return kept, keys
    finally:
        consumer.close()

"""Reads a compacted topic as a whole, and goes on reading it."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition

from services.shared.errors import CoverageError, Unavailable
from services.shared.kafka_client import knock, open_client, translated

log = structlog.get_logger()


class CompactedReader(threading.Thread):
    """Reads all of a topic from its beginning and goes on; `on_record(key, value, offset)` runs in this thread.

    `on_caught_up` is called once, when everything that was there at the start has been handed over. Retries for ever.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        topic: str,
        on_record: Callable[[bytes, bytes | None, int], None],
        on_caught_up: Callable[[], None],
    ) -> None:
        super().__init__(name=f"read-{topic}", daemon=True)
        self._options, self._topic = dict(options), topic
        self._on_record, self._on_caught_up = on_record, on_caught_up
        self._stopping = threading.Event()
        self._caught_up = False

    def run(self) -> None:
        """Read until stopped; after an error, again from the beginning."""
        said = ""
        while not self._stopping.is_set():
            try:
                with translated():
                    self._read()
            except CoverageError as error:
                if str(error) != said:
                    log.warning("reader_waits", topic=self._topic, error=str(error))
                said = str(error)
            self._stopping.wait(1)

    def _read(self) -> None:
        knock(self._options)
        how = {"metrics_enabled": False, "enable_auto_commit": False, "auto_offset_reset": "earliest"}
        consumer = open_client(KafkaConsumer, self._options, group_id=None, **how)
        try:
            numbers = consumer.partitions_for_topic(self._topic)
            if not numbers:
                raise Unavailable(f"Kafka: topic {self._topic} is not there")
            partitions = [TopicPartition(self._topic, number) for number in numbers]
            consumer.assign(partitions)
            consumer.seek_to_beginning(*partitions)
            ends = consumer.end_offsets(partitions)
            while not self._stopping.is_set():
                for records in consumer.poll(timeout_ms=200, max_records=2000).values():
                    for record in records:
                        self._on_record(record.key, record.value, record.offset)
                if not self._caught_up and all(consumer.position(p) >= ends[p] for p in partitions):
                    self._caught_up = True
                    self._on_caught_up()
        finally:
            consumer.close()

    def stop(self) -> None:
        """Stop reading; the thread ends within a second or two."""
        self._stopping.set()

"""The only file that imports kafka: publishing with acknowledgement, reading a compacted topic, creating topics.

Every error of the library that leaves this file is one of `services.shared.errors`.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import structlog
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka import errors as kafka_errors

from services.shared.errors import Backpressure, ConfigError, CoverageError, InvalidEvent, Unavailable
from services.shared.ports import Acknowledged
from services.shared.settings import SharedSettings

log = structlog.get_logger()

BLOCK_MS = 200
"""The longest the event loop could ever be held for metadata; it is warmed in the background, so this is the last resort."""
REFUSED = (
    kafka_errors.MessageSizeTooLargeError,
    kafka_errors.InvalidRecordError,
    kafka_errors.RecordListTooLargeError,
)
"""The record itself is at fault: sending it again does not help."""


class TopicSpec(NamedTuple):
    """A topic to create: its full name and what its card says."""

    name: str
    partitions: int
    configs: Mapping[str, str]


def client_options(settings: SharedSettings, client_id: str) -> dict[str, Any]:
    """How kafka-python reaches the brokers of these settings."""
    options: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in settings.kafka_bootstrap_servers.split(",")],
        "client_id": client_id,
        "security_protocol": settings.kafka_security_protocol,
        "reconnect_backoff_max_ms": 1000,
    }
    if settings.kafka_ca_file:
        options["ssl_cafile"] = str(settings.kafka_ca_file)
    if settings.kafka_security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password and settings.kafka_password.get_secret_value()
    return options


def translate(error: BaseException) -> CoverageError:
    """The error of this system for an error of the library."""
    text = f"Kafka: {str(error) or type(error).__name__}"[:300]
    if isinstance(error, kafka_errors.KafkaConfigurationError | ValueError):
        return ConfigError(text)
    return InvalidEvent(text) if isinstance(error, REFUSED) else Unavailable(text)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (kafka_errors.KafkaError, OSError, ValueError) as error:
        raise translate(error) from error


class KafkaPublisher:
    """Publishes from an event loop without ever blocking it; belongs to the loop in which it was started.

    A daemon thread, the keeper, builds the producer, warms its metadata, and asks the broker every `probe_every_s`
    whether all `topics` are there. While they are not, `send` refuses at once and `trouble` says why; when they are
    again, it goes on by itself. Records are pipelined: at most `max_in_flight` await acknowledgement.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        topics: Iterable[str],
        *,
        max_in_flight: int = 5000,
        delivery_timeout_s: float = 5.0,
        linger_ms: int = 2,
        probe_every_s: float = 1.0,
    ) -> None:
        self._options, self._topics = dict(options), list(topics)
        self._max_in_flight, self._delivery_timeout_s = max_in_flight, delivery_timeout_s
        self._linger_ms, self._probe_every_s = linger_ms, probe_every_s
        self._producer: KafkaProducer | None = None
        self._admin: KafkaAdminClient | None = None
        self._finished: deque[tuple[asyncio.Future[Acknowledged], Any]] = deque()
        self._delivery_scheduled = False
        self._closing = threading.Event()
        self._last_ack_at = float("-inf")
        self._failing_since: float | None = None
        self.in_flight = 0
        self.trouble: str | None = "Kafka: not connected yet"

    def start(self) -> None:
        """Begin to connect, in the background. Call it inside the running loop."""
        self._loop = asyncio.get_running_loop()
        self._keeper = threading.Thread(target=self._keep, name="kafka-keeper", daemon=True)
        self._keeper.start()

    def send(self, topic: str, key: bytes, value: bytes) -> "asyncio.Future[Acknowledged]":
        """Hand a record to the producer; the future resolves on acks=all, or fails with Unavailable or InvalidEvent.

        Raises Unavailable at once while the broker is away, Backpressure when too many records are under way.
        """
        producer = self._producer
        if self.trouble is not None or producer is None:
            raise Unavailable(self.trouble or "Kafka: not connected yet")
        if self.in_flight >= self._max_in_flight:
            raise Backpressure(f"Kafka: {self.in_flight} records await acknowledgement already")
        try:
            pending = producer.send(topic, value, key)
        except kafka_errors.KafkaError as error:
            translated = translate(error)
            if isinstance(translated, Unavailable):
                self.trouble = str(translated)
            raise translated from error
        future = self._loop.create_future()
        self.in_flight += 1
        pending.add_callback(self._hand_over, future).add_errback(self._hand_over, future)
        return future

    def _hand_over(self, future: "asyncio.Future[Acknowledged]", outcome: Any) -> None:
        """In the producer's thread: queue an outcome, and wake the loop once for all that are queued."""
        self._finished.append((future, outcome))
        if not self._delivery_scheduled:
            self._delivery_scheduled = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._delivery_scheduled = False  # before the queue is emptied, so that nothing is left behind
        while self._finished:
            future, outcome = self._finished.popleft()
            self.in_flight -= 1
            if isinstance(outcome, BaseException):
                self._failing_since = self._failing_since or time.monotonic()
                if not future.done():
                    future.set_exception(translate(outcome))
                continue
            self._last_ack_at, self._failing_since = time.monotonic(), None
            if not future.done():
                future.set_result(Acknowledged(outcome.topic, outcome.partition, outcome.offset))

    def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                if self._stuck():
                    log.warning("kafka_producer_replaced", failing_for_s=self._delivery_timeout_s)
                    self._drop_producer()
                self._producer = self._producer or self._connect()
                self._probe()
                if self.trouble is not None and not self._closing.is_set():
                    log.info("kafka_reachable", topics=self._topics)
                    self.trouble = None
            except (kafka_errors.KafkaError, OSError, ValueError, CoverageError) as error:
                self._note_trouble(error)
            self._closing.wait(self._probe_every_s)

    def _note_trouble(self, error: Exception) -> None:
        with suppress(Exception):
            if self._admin:
                self._admin.close()
        self._admin = None
        if time.monotonic() - self._last_ack_at < self._probe_every_s:
            return  # the broker is acknowledging: only the probe was slow
        if self.trouble is None:
            log.warning("kafka_away", error=str(error))
        self.trouble = str(error if isinstance(error, CoverageError) else translate(error))

    def _connect(self) -> KafkaProducer:
        return KafkaProducer(
            **self._options,
            metrics_enabled=False,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            linger_ms=self._linger_ms,
            batch_size=65536,
            max_block_ms=BLOCK_MS,
            request_timeout_ms=int(self._delivery_timeout_s * 1000 * 0.6),
            delivery_timeout_ms=int(self._delivery_timeout_s * 1000),
            bootstrap_timeout_ms=3000,
        )

    def _probe(self) -> None:
        """Raises where the broker does not answer or a topic has no leader."""
        if self._admin is None:
            self._admin = KafkaAdminClient(**self._options, bootstrap_timeout_ms=3000, request_timeout_ms=3000)
        known = {topic["name"]: topic for topic in self._admin.describe_topics(self._topics)}
        for name in self._topics:
            topic = known.get(name, {"error_code": 3})
            if topic["error_code"] or any(partition["leader_id"] < 0 for partition in topic["partitions"]):
                raise Unavailable(f"Kafka: topic {name} is not there or has no leader; services.shared.topics makes it")
            if self._producer is not None:
                self._producer.partitions_for(name)

    def _stuck(self) -> bool:
        """The broker answers probes, yet for long no record got through: the producer is past mending."""
        since = self._failing_since
        return since is not None and self.trouble is None and time.monotonic() - since > self._delivery_timeout_s

    def _drop_producer(self) -> None:
        producer, self._producer, self._failing_since = self._producer, None, None
        self.trouble = "Kafka: connecting anew"
        if producer is not None:
            _close(producer, self._delivery_timeout_s + 1)

    async def close(self) -> None:
        """Take nothing more, wait until every record under way is acknowledged or has failed, then disconnect."""
        self.trouble = "The service is stopping"
        self._closing.set()
        deadline = time.monotonic() + self._delivery_timeout_s + 2
        while self.in_flight and time.monotonic() < deadline:  # noqa: ASYNC110 (once in a lifetime; an event costs every send)
            await asyncio.sleep(0.01)
        await asyncio.to_thread(self._disconnect)

    def _disconnect(self) -> None:
        self._keeper.join(timeout=10)
        if self._producer is not None:
            _close(self._producer, self._delivery_timeout_s)
        if self._admin is not None:
            self._admin.close()


def _close(producer: KafkaProducer, timeout_s: float) -> None:
    try:
        producer.close(timeout=timeout_s)
    except kafka_errors.KafkaTimeoutError as error:  # it stays open then; what it holds was reported as failed
        log.warning("kafka_producer_not_closed", error=str(error))


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
        while not self._stopping.is_set():
            try:
                with _translated():
                    self._read()
            except CoverageError as error:
                log.warning("reader_waits", topic=self._topic, error=str(error))
            self._stopping.wait(1)

    def _read(self) -> None:
        consumer = KafkaConsumer(
            **self._options,
            metrics_enabled=False,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            bootstrap_timeout_ms=3000,
        )
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


def create_topics(settings: SharedSettings, specs: Sequence[TopicSpec]) -> list[str]:
    """Create those that are missing; returns their names. Unavailable where the broker is away."""
    with _translated():
        admin = KafkaAdminClient(**client_options(settings, "topics"), bootstrap_timeout_ms=2000)
        try:
            known = set(admin.list_topics())
            missing = {
                spec.name: {
                    "num_partitions": spec.partitions,
                    "replication_factor": settings.topic_replication,
                    "configs": dict(spec.configs),
                }
                for spec in specs
                if spec.name not in known
            }
            if missing:
                with suppress(kafka_errors.TopicAlreadyExistsError):  # another process was faster
                    admin.create_topics(missing)
                admin.wait_for_topics(list(missing))
            return list(missing)
        finally:
            admin.close()

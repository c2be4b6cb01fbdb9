"""Publishing to Kafka from an event loop, with acknowledgement, without ever blocking it."""

import asyncio
import gc
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from kafka import KafkaAdminClient, KafkaProducer
from kafka import errors as kafka_errors

from services.shared.errors import Backpressure, CoverageError, Unavailable
from services.shared.kafka_client import BOOTSTRAP_MS, client_options, knock, open_client, translate
from services.shared.kafka_partitioner import KeyPartitioner
from services.shared.kafka_reader import CompactedReader
from services.shared.ports import Acknowledged

__all__ = ["CompactedReader", "KafkaPublisher", "client_options"]

log = structlog.get_logger()

BLOCK_MS = 200
"""The longest the event loop could ever be held for metadata; it is warmed in the background, so this is the last resort."""
EXPIRY_S = 0.25
"""How often overdue records are looked for, and how long after the library should have given them up."""


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
        self._under_way: dict[asyncio.Future[Acknowledged], float] = {}
        self.trouble: str | None = "Kafka: not connected yet"

    @property
    def in_flight(self) -> int:
        """Records that await acknowledgement."""
        return len(self._under_way)

    def start(self) -> None:
        """Begin to connect, in the background. Call it inside the running loop."""
        self._loop = asyncio.get_running_loop()
        self._expire()
        self._keeper = threading.Thread(target=self._keep, name="kafka-keeper", daemon=True)
        self._keeper.start()

    def send(self, topic: str, key: bytes, value: bytes) -> "asyncio.Future[Acknowledged]":
        """Hand a record to the producer; the future resolves on acks=all, or fails with Unavailable or InvalidEvent.

        Raises Unavailable at once while the broker is away, Backpressure when too many records are under way.
        """
        producer = self._producer
        if self.trouble is not None or producer is None or self._closing.is_set():
            raise Unavailable(self.trouble or "Kafka: not connected yet")
        if len(self._under_way) >= self._max_in_flight:
            raise Backpressure(f"Kafka: {len(self._under_way)} records await acknowledgement already")
        try:
            pending = producer.send(topic, value, key)
        except kafka_errors.KafkaError as error:
            translated = translate(error)
            if isinstance(translated, Unavailable):
                self.trouble = str(translated)
            raise translated from error
        except ValueError as error:  # the topic vanished from the metadata
            raise Unavailable(f"Kafka: {error}") from error
        future = self._loop.create_future()
        self._under_way[future] = time.monotonic() + self._delivery_timeout_s + EXPIRY_S
        pending.add_both(partial(self._hand_over, future))
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
            if self._under_way.pop(future, None) is None:
                continue  # it was given up before
            if isinstance(outcome, BaseException):
                self._failing_since = self._failing_since or time.monotonic()
                if not future.done():
                    future.set_exception(translate(outcome))
                continue
            self._last_ack_at, self._failing_since = time.monotonic(), None
            if not future.done():
                future.set_result(Acknowledged(outcome.topic, outcome.partition, outcome.offset))

    def _expire(self) -> None:
        """Give up what is overdue: while the library waits for a new producer id, it does not keep its own timeout."""
        now = time.monotonic()
        for future, deadline in list(self._under_way.items()):
            if deadline > now:
                break
            del self._under_way[future]
            self._failing_since = self._failing_since or now
            if not future.done():
                future.set_exception(Unavailable("Kafka: not acknowledged in time"))
        if self._under_way or not self._closing.is_set():
            self._loop.call_later(EXPIRY_S, self._expire)

    def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                self._probe()
                if self._past_mending():
                    self._drop_producer()
                self._producer = self._producer or self._connect()
                self._warm(self._producer)
                if self.trouble is not None and not self._closing.is_set():
                    log.info("kafka_reachable", topics=self._topics)
                    self.trouble = None
            except (kafka_errors.KafkaError, OSError, ValueError, CoverageError) as error:
                self._note_trouble(error)
            self._closing.wait(self._probe_every_s)

    def _past_mending(self) -> bool:
        """The producer lost records when the broker was away, or loses them though the broker answers.

        The library may then never send again; its own documentation recommends a new one.
        """
        since = self._failing_since
        return since is not None and (
            self.trouble is not None or time.monotonic() - since > self._delivery_timeout_s + EXPIRY_S
        )

    def _drop_producer(self) -> None:
        producer, self._producer, self._failing_since = self._producer, None, None
        self.trouble = self.trouble or "Kafka: connecting anew"
        if producer is not None:
            log.warning("kafka_producer_replaced")
            _close(producer, 0)

    def _note_trouble(self, error: Exception) -> None:
        with suppress(Exception):
            if self._admin:
                self._admin.close()
        self._admin = None
        gc.collect(1)  # the library leaves the sockets of failed connections to the collector
        if time.monotonic() - self._last_ack_at < self._probe_every_s:
            return  # the broker is acknowledging: only the probe was slow
        trouble = str(error if isinstance(error, CoverageError) else translate(error))
        if trouble != self.trouble:
            log.warning("kafka_away", error=trouble)
        self.trouble = trouble

    def _connect(self) -> KafkaProducer:
        return open_client(
            KafkaProducer,
            self._options,
            metrics_enabled=False,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            linger_ms=self._linger_ms,
            batch_size=65536,
            partitioner=KeyPartitioner(),
            max_block_ms=BLOCK_MS,
            request_timeout_ms=int(self._delivery_timeout_s * 1000 * 0.6),
            delivery_timeout_ms=int(self._delivery_timeout_s * 1000),
        )

    def _probe(self) -> None:
        """Raises where no broker answers or a topic has no leader."""
        knock(self._options)
        if self._admin is None:
            self._admin = open_client(KafkaAdminClient, self._options, request_timeout_ms=BOOTSTRAP_MS)
        known = {topic["name"]: topic for topic in self._admin.describe_topics(self._topics)}
        for name in self._topics:
            topic = known.get(name, {"error_code": 3})
            if topic["error_code"] or any(partition["leader_id"] < 0 for partition in topic["partitions"]):
                raise Unavailable(f"Kafka: topic {name} is not there or has no leader; services.shared.topics makes it")

    def _warm(self, producer: KafkaProducer) -> None:
        for name in self._topics:
            producer.partitions_for(name)

    async def close(self) -> None:
        """Take nothing more, wait until every record under way is acknowledged or has failed, then disconnect."""
        self.trouble = "The service is stopping"
        self._closing.set()
        deadline = time.monotonic() + self._delivery_timeout_s + 2
        while self._under_way and time.monotonic() < deadline:  # noqa: ASYNC110 (once in a lifetime; an event costs every send)
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
    except kafka_errors.KafkaTimeoutError:  # it holds what will never be sent, and would stay open for it
        producer._sender.force_close()
        with suppress(kafka_errors.KafkaTimeoutError):
            producer.close(timeout=timeout_s + 1)

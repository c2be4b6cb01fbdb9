"""Faust with one stream event per fetched partition batch: the app, its topics and the loop of an agent.

    app = batching_app("aggregator", "127.0.0.1:9092")

    @app.agent(batch_topic(app, "enrollment-events"))
    async def count(stream):
        async for batches in take_batches(stream):
            ...insert the records of all batches, retrying here while the store is away...
            for batch in batches:
                batch.ack()

What holds (batch_transport.py says how): an offset is committed only after `ack()`, never past a batch that is not
acked; a crash, a failed agent or a rebalance before it means the whole batch is delivered again; order within a
partition is kept.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, StreamT, TopicT

from services.aggregator.batch_transport import BatchConsumer, BatchLimits, RecordBatch

__all__ = ["BatchLimits", "Progress", "RecordBatch", "batch_topic", "batching_app", "progress", "take_batches"]

BeforeReading = Callable[[set[TP]], Awaitable[Mapping[TP, int] | None]]


class AsItIs(faust.Schema):
    """No decoding by Faust: the value of an event is the batch."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        return message.value


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with the batch consumer."""

    Consumer = BatchConsumer


class BatchingApp(faust.App):
    """A Faust app whose consumer reads by batches."""

    limits = BatchLimits()

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Make none: there are no local tables."""


def batching_app(
    name: str,
    bootstrap_servers: str,
    *,
    limits: BatchLimits | None = None,
    before_reading: BeforeReading | None = None,
    session_timeout_s: float = 10.0,
    rebalance_timeout_s: float = 30.0,
    **settings: Any,
) -> BatchingApp:
    """Make the app; `name` is the consumer group, bootstrap_servers is `host:port[,host:port]`.

    before_reading is awaited after every (re)assignment with all partitions now assigned, before any of their batches
    is delivered and while no agent has batches in hand. It may return the offsets to read on from, for partitions whose
    committed offset is not what counts. It may take long (heartbeats go on); if it raises, the worker
    stops. `settings` are Faust's own and win over the ones chosen here.
    """
    chosen = {
        "broker": [f"kafka://{server}" for server in bootstrap_servers.split(",")],
        "store": "memory://",
        "web_enabled": False,
        "topic_disable_leader": True,  # no leader election topic
        "table_standby_replicas": 0,  # no tables: Kafka's round robin instead of Faust's table-aware assignor
        "topic_allow_declare": False,  # topics are made by their own command
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": 1024**2,  # per partition and fetch, as stored by the broker
        "broker_commit_interval": 0.5,
        "broker_session_timeout": session_timeout_s,
        "broker_heartbeat_interval": session_timeout_s / 4,
        "broker_rebalance_timeout": rebalance_timeout_s,
        "broker_request_timeout": max(40.0, session_timeout_s, rebalance_timeout_s + 5),
        "stream_wait_empty": True,  # bounded here, see BatchConsumer.wait_empty
    }
    app = BatchingApp(name, **{**chosen, **settings})
    app.limits = limits or BatchLimits()

    @app.on_rebalance_complete.connect
    async def prepare(*_: Any, **__: Any) -> None:
        consumer = app.consumer
        await consumer.idle.wait()
        if before_reading and (assigned := consumer.assignment()):
            with consumer.holding():
                consumer.start_at = await before_reading(assigned) or {}

    return app


def batch_topic(app: faust.App, name: str) -> TopicT:
    """Make the topic for an agent: values stay undecoded and Faust keeps no acks of its own."""
    return app.topic(name, schema=AsItIs(), acks=False)


async def take_batches(stream: StreamT, max_records: int = 60_000) -> AsyncIterator[list[RecordBatch]]:
    """Yield the batches that wait, oldest first, as soon as there is one and without waiting for more.

    Lists grow by themselves when the agent is slower than the topic, up to max_records (and one batch more). If the
    agent raised with batches in hand, Faust starts it again, and they come again.
    """
    consumer, queue = stream.app.consumer, stream.channel.queue
    await consumer.read_again(stream.channel.topics)
    async for event in stream.events():
        batches = [event.value]
        while not queue.empty() and sum(batch.size for batch in batches) < max_records:
            batches.append(queue.get_nowait().value)
        if live := [batch for batch in batches if batch.live]:
            for batch in live:
                batch.taken = True
            with consumer.holding():
                yield live


@dataclass(frozen=True)
class Progress:
    """How far one assigned partition is. Offsets are next offsets; None where not known yet."""

    tp: TP
    delivered: int | None
    acked: int | None
    committed: int | None
    end_offset: int | None

    @property
    def lag(self) -> int | None:
        """Records in the partition that are not acked."""
        done = next((offset for offset in (self.acked, self.committed) if offset is not None), 0)
        return None if self.end_offset is None else max(0, self.end_offset - done)


def progress(app: BatchingApp) -> list[Progress]:
    """Report every partition this worker reads, from memory: no request is made."""
    consumer = app.consumer
    return [
        Progress(tp, partition.delivered, partition.acked, partition.committed, consumer.end_offset(tp))
        for tp, partition in sorted(consumer.partitions.items())
    ]

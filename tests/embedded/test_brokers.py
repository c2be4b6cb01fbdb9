"""Both brokers, spoken to by the clients the services use."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from deploy.embedded.broker import Choice, choose
from deploy.embedded.kafka_config import Node, properties
from deploy.embedded.kafka_jars import BrokerUnavailable
from deploy.embedded.stack import EmbeddedStack, Ports
from tests.support.waiting import until

from .kafka_clients import KafkaAdminClient, KafkaProducer, NewTopic

COUNT = 200


@pytest.fixture(params=["kafka", "tansu"])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedStack]:
    try:
        choose(request.param)
    except BrokerUnavailable as error:
        pytest.skip(f"{request.param} cannot run here: {error}")
    with EmbeddedStack(tmp_path, only={"broker"}, base={"EMBEDDED_BROKER": request.param}) as stack:
        yield stack


def _create_topic(stack: EmbeddedStack) -> None:
    admin = KafkaAdminClient(bootstrap_servers=stack.environ["KAFKA_BOOTSTRAP_SERVERS"])
    admin.create_topics([NewTopic("people", num_partitions=6, replication_factor=1)])
    admin.close()
    until(lambda: "people" in _topics(stack), "the topic there")


def _produce(stack: EmbeddedStack) -> set[tuple[int, int]]:
    """Partition and offset of what was acknowledged."""
    servers = stack.environ["KAFKA_BOOTSTRAP_SERVERS"]
    producer = KafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True, linger_ms=5)
    futures = [producer.send("people", key=b"%d" % number, value=b"%d" % number) for number in range(COUNT)]
    producer.flush(timeout=30)
    places = {(record.partition, record.offset) for record in (future.get(timeout=30) for future in futures)}
    producer.close()
    return places


async def _consume(stack: EmbeddedStack, group: str) -> set[bytes]:
    consumer = AIOKafkaConsumer(
        "people",
        bootstrap_servers=stack.environ["KAFKA_BOOTSTRAP_SERVERS"],
        group_id=group,
        auto_offset_reset="earliest",
        session_timeout_ms=6000,
        rebalance_timeout_ms=6000,
    )
    await consumer.start()
    values: set[bytes] = set()
    while len(values) < COUNT:
        for records in (await consumer.getmany(timeout_ms=20_000)).values():
            values |= {record.value for record in records}
    await consumer.stop()
    return values


async def test_acknowledged_records_reach_a_consumer_group(stack: EmbeddedStack) -> None:
    _create_topic(stack)
    assert len(_produce(stack)) == COUNT
    assert await _consume(stack, "readers") == {b"%d" % number for number in range(COUNT)}


async def test_kafka_keeps_its_topics_through_kill_9_and_on_other_ports(tmp_path: Path) -> None:
    if choose().broker != "kafka":
        pytest.skip(f"Apache Kafka is needed: {choose().why}")
    options = {"only": {"broker"}, "base": {"EMBEDDED_BROKER": "kafka"}, "say": lambda line: None}
    with EmbeddedStack(tmp_path, **options) as stack:
        _create_topic(stack)
        _produce(stack)
        before = stack.pid("broker")
        stack.kill("broker")
        until(lambda: stack.pid("broker") != before, "a new process")
        stack.wait_ready("broker")
        assert len(await _consume(stack, "first")) == COUNT
    with EmbeddedStack(tmp_path, **options) as stack:
        assert len(await _consume(stack, "second")) == COUNT


def test_a_broker_without_memory_is_given_its_topics_again(tmp_path: Path) -> None:
    base = {"EMBEDDED_BROKER": "tansu"}
    with EmbeddedStack(tmp_path, only={"broker", "topics"}, base=base, say=lambda line: None) as stack:
        before = stack.pid("broker")
        stack.kill("broker")
        until(lambda: stack.pid("broker") != before, "a new process")
        stack.wait_ready("broker")
        until(lambda: "enrollment-events" in _topics(stack), "the topics there again")


def _topics(stack: EmbeddedStack) -> set[str]:
    admin = KafkaAdminClient(bootstrap_servers=stack.environ["KAFKA_BOOTSTRAP_SERVERS"])
    topics = set(admin.list_topics())
    admin.close()
    return topics


def test_only_the_two_brokers_can_be_forced() -> None:
    with pytest.raises(ValueError, match="EMBEDDED_BROKER=redpanda"):
        choose("redpanda")
    assert choose("tansu") == Choice("tansu", "EMBEDDED_BROKER says so")


def test_without_java_the_choice_is_tansu_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert choose() == Choice("tansu", "Apache Kafka cannot run here: no java on PATH")
    with pytest.raises(BrokerUnavailable, match="no java"):
        choose("kafka")


def test_three_nodes_keep_three_copies_of_which_two_must_be_in_sync(tmp_path: Path) -> None:
    cluster = [Node(node_id, 9000 + node_id, 9100 + node_id) for node_id in (1, 2, 3)]
    settings = properties(cluster[1], cluster, tmp_path)
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103"
    assert (settings["node.id"], settings["default.replication.factor"], settings["min.insync.replicas"]) == (
        "2",
        "3",
        "2",
    )


def test_each_module_explains_itself() -> None:
    for module in ("broker", "kafka_broker", "kafka_cluster", "tansu_broker", "clickhouse_http", "stack"):
        done = subprocess.run(
            [sys.executable, "-m", f"deploy.embedded.{module}", "--help"], capture_output=True, text=True, check=True
        )
        assert "usage: python -m deploy.embedded" in done.stdout


def test_ports_that_are_free_differ() -> None:
    ports = Ports.free()
    assert len({getattr(ports, name) for name in Ports.__slots__}) == len(Ports.__slots__)

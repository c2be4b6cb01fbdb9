"""Three brokers: what was acknowledged survives one of them, a minority takes nothing, and they come back by themselves."""

from pathlib import Path

import pytest

from deploy.embedded.broker import choose
from deploy.embedded.kafka_cluster import NODES, KafkaCluster
from deploy.embedded.stack import Ports
from services.shared.kafka_client import existing_topics
from services.shared.settings import SharedSettings
from services.shared.topics import create_all
from tests.support.waiting import until

from .kafka_clients import KafkaProducer

TOPIC = "enrollment-events"


def acknowledged(cluster: KafkaCluster, value: bytes) -> bool:
    """Whether a record is, within a few seconds."""
    producer = KafkaProducer(
        bootstrap_servers=cluster.bootstrap_servers, acks="all", enable_idempotence=True,
        delivery_timeout_ms=4_000, request_timeout_ms=2_000, max_block_ms=3_000,
    )  # fmt: skip
    try:
        producer.send(TOPIC, value, key=b"1").get(timeout=6)
    except Exception as error:
        assert "Kafka" in type(error).__name__ or "Replicas" in type(error).__name__, error  # noqa: PT017
        return False
    else:
        return True
    finally:
        producer._sender.force_close()
        producer.close(timeout=5)


def test_one_of_three_may_die_and_one_alone_takes_nothing(tmp_path: Path) -> None:
    if choose().broker != "kafka":
        pytest.skip(f"Apache Kafka is needed: {choose().why}")
    ports = Ports.free()
    with KafkaCluster(tmp_path, [getattr(ports, name) for name in Ports.__slots__]) as cluster:
        settings = SharedSettings(kafka_bootstrap_servers=cluster.bootstrap_servers, topic_replication=len(NODES))
        create_all(settings, deadline_s=60)
        until(lambda: [p.in_sync for p in existing_topics(settings)[TOPIC]] == [3] * 6, "three copies", 60)
        until(lambda: acknowledged(cluster, b"with three"), "three take it", 60)
        cluster.take_away([1])
        until(lambda: acknowledged(cluster, b"with two"), "two go on", 60)
        cluster.take_away([2])
        assert not acknowledged(cluster, b"with one")
        cluster.start([1, 2])
        until(lambda: acknowledged(cluster, b"with three again"), "they go on", 120)
        until(lambda: [p.in_sync for p in existing_topics(settings)[TOPIC]] == [3] * 6, "three copies again", 120)

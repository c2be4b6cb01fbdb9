"""Apache Kafka over SASL_SSL with SCRAM, as deploy/tls.env.example sets it: topics, registration's publisher, aggregator."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.kafka_config import CLUSTER_ID, Node, properties, write_config
from deploy.embedded.kafka_jars import JARS_DIR, find_java
from deploy.embedded.kafka_java import broker_command, install_kafka
from services.shared.kafka_publisher import KafkaPublisher, client_options
from services.shared.topics import ENROLLMENT_EVENTS, create_all
from tests.contract.contract_files import ROOT
from tests.support.aggregator_process import AggregatorProcess
from tests.support.certificates import certificate_of_localhost
from tests.support.engines import settings_of
from tests.support.needs import needs_kafka, needs_openssl
from tests.support.ports import free_port
from tests.support.waiting import until, until_async

USER, PASSWORD = "coverage", "only-of-a-test"
DEADLINE_S = 90.0
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
pytestmark = [needs_openssl, needs_kafka]


def secured(node: Node, port: int, pem: Path, data_dir: Path) -> dict[str, str]:
    """server.properties with a listener for clients beside the broker's own."""
    plain = properties(node, [node], data_dir)
    return plain | {
        "listeners": f"{plain['listeners']},SASL_SSL://127.0.0.1:{port}",
        "advertised.listeners": f"{plain['advertised.listeners']},SASL_SSL://127.0.0.1:{port}",
        "listener.security.protocol.map": f"{plain['listener.security.protocol.map']},SASL_SSL:SASL_SSL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": SCRAM,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(pem),
    }


@pytest.fixture(scope="module")
def settings_over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A broker that lets clients in over SASL_SSL; yields the services' settings for it."""
    folder = tmp_path_factory.mktemp("secured")
    certificate, key = certificate_of_localhost(folder)
    pem = folder / "server.pem"
    pem.write_text(key.read_text() + certificate.read_text())
    node, port = Node(1, free_port(), free_port()), free_port()
    install_kafka()
    server, logging = write_config(node, [node], folder)
    server.write_text("".join(f"{name}={value}\n" for name, value in secured(node, port, pem, folder).items()))
    _format(server, logging)
    with (folder / "out").open("wb") as out:
        broker = subprocess.Popen(broker_command(server, logging, "256m"), stdout=out, stderr=out)
    try:
        yield {
            "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{port}",
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "KAFKA_USERNAME": USER,
            "KAFKA_PASSWORD": PASSWORD,
            "KAFKA_CA_FILE": str(certificate),
        }
    finally:
        broker.kill()
        broker.wait(20)


def _format(server: Path, logging: Path) -> None:
    """Format the storage with the user in it."""
    tool = [find_java(), f"-Dlog4j2.configurationFile={logging}", "-cp", f"{JARS_DIR}/*", "kafka.tools.StorageTool"]
    user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    arguments = ["format", "--cluster-id", CLUSTER_ID, "--config", str(server), "--add-scram", user]
    run = subprocess.run([*tool, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture
def environ(settings_over_tls: dict[str, str], settings_env: dict[str, str]) -> dict[str, str]:
    """Settings of a service: tables of its own, topics on the secured broker."""
    made = settings_env | settings_over_tls
    create_all(settings_of(made), DEADLINE_S)
    return made


async def test_what_registration_publishes_is_acknowledged(environ):
    settings = settings_of(environ)
    topic = settings.topic(ENROLLMENT_EVENTS)
    publisher = KafkaPublisher(
        client_options(settings, "test"), [topic], max_in_flight=10, delivery_timeout_s=20.0, linger_ms=0
    )
    publisher.start()
    try:
        await until_async(lambda: publisher.trouble is None, "a broker that is reached", DEADLINE_S)
        assert (await publisher.send(topic, b"key", b"value")).topic == topic
    finally:
        await publisher.close()


def test_an_aggregator_takes_its_partitions_over(environ, tmp_path):
    log = tmp_path / "log"
    worker = AggregatorProcess(environ, log)
    worker.start()
    try:
        until(worker.ready, "an aggregator that is ready", DEADLINE_S)
    finally:
        worker.stop()


def topics_command(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`python -m services.shared.topics`, which gives up soon. In a process of its own: kafka-python leaves sockets behind."""
    command = [sys.executable, "-m", "services.shared.topics"]
    asked = {**os.environ, **environ, "TOPICS_DEADLINE_S": "1"}
    return subprocess.run(command, cwd=ROOT, env=asked, capture_output=True, text=True, timeout=DEADLINE_S, check=False)


def test_without_the_password_nobody_is_let_in(environ):
    assert topics_command(environ).returncode == 0
    refused = topics_command(environ | {"KAFKA_PASSWORD": "another"})
    assert refused.returncode == 1
    assert refused.stderr.startswith("topics: Kafka: ")
    assert PASSWORD not in refused.stderr


def test_a_broker_of_another_ca_is_not_trusted(environ, tmp_path):
    certificate, _ = certificate_of_localhost(tmp_path)
    assert topics_command(environ | {"KAFKA_CA_FILE": str(certificate)}).returncode == 1

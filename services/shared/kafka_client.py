"""How kafka-python is reached: options from the settings, clients that leave nothing behind, its errors translated, topics.

Only the modules `kafka_client`, `kafka_partitioner`, `kafka_publisher` and `kafka_reader` import kafka. Every error of the library that
leaves them is one of `services.shared.errors`.
"""

import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, TypeVar

from kafka import KafkaAdminClient
from kafka import errors as kafka_errors
from kafka.net.compat import KafkaNetClient

from services.shared.errors import ConfigError, CoverageError, InvalidEvent, Unavailable
from services.shared.settings import SharedSettings

BOOTSTRAP_MS = 3000
C = TypeVar("C")
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


class PartitionState(NamedTuple):
    """A partition as the brokers see it; `leader` below 0: none."""

    leader: int
    replicas: int
    in_sync: int


def client_options(settings: SharedSettings, client_id: str) -> dict[str, Any]:
    """How kafka-python reaches the brokers of these settings. ConfigError where they are no brokers' addresses."""
    servers = [server.strip() for server in settings.kafka_bootstrap_servers.split(",")]
    wrong = [server for server in servers if not re.fullmatch(r"\S+:\d{1,5}", server)]
    if wrong:
        raise ConfigError(f"KAFKA_BOOTSTRAP_SERVERS: {', '.join(wrong)!r} is not host:port")
    options: dict[str, Any] = {
        "bootstrap_servers": servers,
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


def open_client(client: Callable[..., C], options: Mapping[str, Any], **more: Any) -> C:
    """Build a client. One that finds no broker leaves a thread and sockets behind; here they are closed."""
    opened: list[KafkaNetClient] = []

    def net_client(**config: Any) -> KafkaNetClient:
        opened.append(KafkaNetClient(**config))
        return opened[-1]

    try:
        return client(**options, kafka_client=net_client, bootstrap_timeout_ms=BOOTSTRAP_MS, **more)
    except BaseException:
        for net in opened:
            net.close()
        raise


def knock(options: Mapping[str, Any]) -> None:
    """Raises Unavailable where nobody listens: known at once, and at no cost. TLS listeners would log each knock."""
    if "SSL" in options["security_protocol"]:
        return
    for server in options["bootstrap_servers"]:
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=1).close()
        except OSError:
            continue
        return
    raise Unavailable(f"Kafka: nobody listens at {', '.join(options['bootstrap_servers'])}")


@contextmanager
def translated() -> Iterator[None]:
    """Inside, what the library raises becomes an error of this system."""
    try:
        yield
    except (kafka_errors.KafkaError, OSError, ValueError) as error:
        raise translate(error) from error


@contextmanager
def admin_client(settings: SharedSettings) -> Iterator[KafkaAdminClient]:
    """Asks and tells the broker about topics. Unavailable where it is away."""
    with translated():
        options = client_options(settings, "topics")
        knock(options)
        admin = open_client(KafkaAdminClient, options)
        try:
            yield admin
        finally:
            admin.close()


def existing_topics(settings: SharedSettings) -> dict[str, list[PartitionState]]:
    """The topics that there are, with their partitions. Unavailable where the broker is away."""
    with admin_client(settings) as admin:
        topics = admin.describe_topics(sorted(admin.list_topics()))
    return {
        topic["name"]: [
            PartitionState(p["leader_id"], len(p["replica_nodes"]), len(p["isr_nodes"])) for p in topic["partitions"]
        ]
        for topic in topics
    }


def create_topics(settings: SharedSettings, specs: Sequence[TopicSpec]) -> list[str]:
    """Create those that are missing; returns their names. Unavailable where the broker is away."""
    with admin_client(settings) as admin:
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

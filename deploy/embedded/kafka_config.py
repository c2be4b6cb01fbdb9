"""What a Kafka node is told: server.properties and its logging, written into its data directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Node", "properties", "write_config"]

# Nodes of one cluster must agree on this; embedded clusters never meet, so one value does for all.
CLUSTER_ID = "ZW1iZWRkZWQtY292ZXJhZw"
_HOST = "127.0.0.1"
_FOREVER_MINUTES = 10 * 365 * 24 * 60

_LOG4J = """\
<Configuration status="warn">
  <Appenders>
    <RollingFile name="file" fileName="{log_dir}/server.log" filePattern="{log_dir}/server.log.%i">
      <PatternLayout pattern="%d{{ISO8601}} %p %m (%c{{1}})%n"/>
      <Policies><SizeBasedTriggeringPolicy size="10 MB"/></Policies>
      <DefaultRolloverStrategy max="3"/>
    </RollingFile>
  </Appenders>
  <Loggers><Root level="INFO"><AppenderRef ref="file"/></Root></Loggers>
</Configuration>
"""


@dataclass(frozen=True, slots=True)
class Node:
    """One broker, which is a controller too. Ports are on 127.0.0.1."""

    node_id: int
    port: int
    controller_port: int


def properties(node: Node, cluster: Sequence[Node], data_dir: Path) -> dict[str, str]:
    """server.properties of one node of `cluster`, for a small machine: quick to start, a few threads, small buffers."""
    copies = min(3, len(cluster))
    in_sync = max(1, copies - 1)
    listeners = f"PLAINTEXT://{_HOST}:{node.port},CONTROLLER://{_HOST}:{node.controller_port}"
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": node.node_id,
        # Voters by address, not --standalone: the ports may be others at the next start.
        "controller.quorum.voters": ",".join(f"{n.node_id}@{_HOST}:{n.controller_port}" for n in cluster),
        "listeners": listeners,
        "advertised.listeners": f"PLAINTEXT://{_HOST}:{node.port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data_dir / "topics",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 4,
        "offsets.retention.minutes": _FOREVER_MINUTES,  # a stack left off for weeks goes on where it was
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "auto.create.topics.enable": "false",
        "log.retention.ms": -1,  # ClickHouse can be rebuilt from the topics, so they keep everything
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        # A killed node that comes back is let in once its old session has run out.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
        "num.recovery.threads.per.data.dir": 2,
        "log.cleaner.threads": 1,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }
    return {name: str(value) for name, value in settings.items()}


def write_config(node: Node, cluster: Sequence[Node], data_dir: Path) -> tuple[Path, Path]:
    """Write server.properties and log4j2.xml into `data_dir`; returns their paths."""
    log_dir = data_dir / "log"
    log_dir.mkdir(parents=True, exist_ok=True)
    server, logging = data_dir / "server.properties", data_dir / "log4j2.xml"
    server.write_text("".join(f"{name}={value}\n" for name, value in properties(node, cluster, data_dir).items()))
    logging.write_text(_LOG4J.format(log_dir=log_dir))
    return server, logging

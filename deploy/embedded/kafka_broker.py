"""Apache Kafka as one process: broker and controller (KRaft) in one node, no ZooKeeper, no container.

`python -m deploy.embedded.kafka_broker --port 9092 --data-dir DIR` prepares the directory and then *becomes* the Java
process, so that its pid is the broker's. Several nodes on one machine: give each the same `--voters`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .kafka_config import Node, write_config
from .kafka_jars import BrokerUnavailable
from .kafka_java import broker_command, format_storage, install_kafka

__all__ = ["prepare"]


def prepare(node: Node, cluster: Sequence[Node], data_dir: Path) -> tuple[Path, Path]:
    """Write the node's configuration and format its storage at the first start.

    Returns the paths of server.properties and log4j2.xml. Raises BrokerUnavailable.
    """
    install_kafka()
    server, logging = write_config(node, cluster, data_dir.resolve())
    if not (data_dir / "topics" / "meta.properties").exists():
        format_storage(server, logging)
    return server, logging


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.kafka_broker", description=__doc__)
    parser.add_argument("--port", type=int, default=9092, help="port of the brokers' clients (default %(default)s)")
    parser.add_argument("--controller-port", type=int, help="port of the controller (default: --port + 1)")
    parser.add_argument("--data-dir", type=Path, required=True, help="directory of topics, settings and logs")
    parser.add_argument("--heap", default="512m", help="Java heap (default %(default)s)")
    parser.add_argument("--node-id", type=int, default=1, help="(default %(default)s)")
    parser.add_argument(
        "--voters", default="", help="all nodes of the cluster, ID@CONTROLLER_PORT,... (default: this one alone)"
    )
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    node = Node(arguments.node_id, arguments.port, arguments.controller_port or arguments.port + 1)
    voters = [text.split("@") for text in arguments.voters.split(",") if text]
    cluster = [Node(int(node_id), 0, int(port)) for node_id, port in voters] or [node]
    try:
        server, logging = prepare(node, cluster, arguments.data_dir)
        command = broker_command(server, logging, arguments.heap)
    except BrokerUnavailable as error:
        sys.exit(str(error))
    print(f"Apache Kafka starts on 127.0.0.1:{node.port}, its log is in {arguments.data_dir / 'log'}", flush=True)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()

"""Three Kafka brokers on one machine, each a controller too: three copies of every topic, two of them in sync.

`python -m deploy.embedded.kafka_cluster --port 9092 --data-dir DIR` runs them in the foreground on --port and the five
ports after it, starts again what dies, and stops them on Ctrl-C or SIGTERM. For trying out what a cluster does when
brokers fail; point a stack at it with KAFKA_BOOTSTRAP_SERVERS and TOPIC_REPLICATION=3.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .kafka_config import Node
from .kafka_jars import BrokerUnavailable
from .kafka_java import install_kafka
from .kafka_probe import answers_kafka
from .stack.child import Child, Workplace

__all__ = ["NODES", "KafkaCluster"]

NODES = (1, 2, 3)
HEAP = "256m"
_HOST = "127.0.0.1"
_READY_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 25.0


class KafkaCluster:
    """`ports`: six that are free: the brokers' and the controllers'. Raises BrokerUnavailable without Java or jars."""

    def __init__(
        self, data_dir: Path, ports: Sequence[int], say: Callable[[str], None] = lambda line: None, heap: str = HEAP
    ) -> None:
        install_kafka()
        self.nodes = [Node(node_id, ports[n], ports[n + len(NODES)]) for n, node_id in enumerate(NODES)]
        self._failed: dict[str, str] = {}
        place = Workplace(log_dir=data_dir / "log", run_dir=data_dir / "run", environ=os.environ)
        voters = ",".join(f"{node.node_id}@{node.controller_port}" for node in self.nodes)
        self._children = {
            node.node_id: Child(
                f"broker-{node.node_id}",
                ["deploy.embedded.kafka_broker", "--port", str(node.port), "--controller-port", str(node.controller_port),
                 "--node-id", str(node.node_id), "--voters", voters, "--heap", heap,
                 "--data-dir", str(data_dir / f"kafka-{node.node_id}")],
                place, say, self._failed.__setitem__,
            )
            for node in self.nodes
        }  # fmt: skip

    @property
    def bootstrap_servers(self) -> str:
        """For KAFKA_BOOTSTRAP_SERVERS."""
        return ",".join(f"{_HOST}:{node.port}" for node in self.nodes)

    def __enter__(self) -> Self:
        try:
            self.start(NODES)
        except BaseException:
            self.take_away(NODES)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for child in self._children.values():
            child.request_stop()
        for child in self._children.values():
            child.stop(_STOP_TIMEOUT_S)

    def start(self, node_ids: Collection[int]) -> None:
        """Start these and wait until they answer. Raises BrokerUnavailable."""
        for node_id in node_ids:
            self._children[node_id].start()
        for node_id in node_ids:
            self.wait_ready(node_id)

    def wait_ready(self, node_id: int, timeout_s: float = _READY_TIMEOUT_S) -> None:
        """Until a broker answers. Raises BrokerUnavailable."""
        port = next(node.port for node in self.nodes if node.node_id == node_id)
        deadline = time.monotonic() + timeout_s
        while not (self._children[node_id].running and answers_kafka(port)):
            if self._failed or time.monotonic() > deadline:
                raise BrokerUnavailable(f"broker {node_id} does not answer on port {port}; {self._failed or ''}")
            time.sleep(0.1)

    def take_away(self, node_ids: Collection[int]) -> None:
        """Kill these at once, until `start`."""
        for node_id in node_ids:
            self._children[node_id].stop(0)

    def restart(self, node_id: int) -> None:
        """Stop one as an operator would, start it again, and wait until it answers."""
        self._children[node_id].stop(_STOP_TIMEOUT_S)
        self.start([node_id])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.kafka_cluster", description=__doc__)
    parser.add_argument("--port", type=int, default=9092, help="first of six ports (default %(default)s)")
    parser.add_argument("--data-dir", type=Path, required=True, help="directory of topics, settings and logs")
    parser.add_argument("--heap", default=HEAP, help="Java heap of each (default %(default)s)")
    arguments = parser.parse_args()
    ports = range(arguments.port, arguments.port + 2 * len(NODES))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        with KafkaCluster(arguments.data_dir, ports, print, arguments.heap) as cluster:
            print(
                f"KAFKA_BOOTSTRAP_SERVERS={cluster.bootstrap_servers} TOPIC_REPLICATION={len(NODES)}\nready", flush=True
            )
            stopping.wait()
    except BrokerUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A real broker that a test can kill and start again."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from deploy.embedded.broker import choose
from services.shared.kafka_publisher import client_options
from services.shared.settings import SharedSettings
from services.shared.topics import create_all

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Broker:
    """The embedded stack's broker on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port, self._controller_port = folder, free_port(), free_port()
        self._choice = choose(os.environ.get("EMBEDDED_BROKER", ""))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def keeps_topics(self) -> bool:
        """Whether topics are still there after `kill` and `start`."""
        return self._choice.keeps_topics

    def settings(self, **changes: Any) -> SharedSettings:
        """Settings that reach it."""
        return SharedSettings(kafka_bootstrap_servers=self.address, **changes)

    def start(self) -> None:
        """Start it, and wait until it takes requests."""
        command = self._choice.command(self.port, self._controller_port, self._folder)
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
            )
        create_all(self.settings(topic_prefix="started-"), deadline_s=60)

    def kill(self) -> None:
        """As when its machine loses power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def pause(self) -> None:
        """As when it hangs: it keeps its connections and does nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None, "the broker runs"
        self._process.send_signal(number)


def read_topic(broker: Broker, topic: str) -> dict[tuple[int, int], bytes]:
    """Everything on a topic, by partition and offset."""
    consumer = KafkaConsumer(**client_options(broker.settings(), "test"), group_id=None, auto_offset_reset="earliest")
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    ends, kept = consumer.end_offsets(partitions), {}
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        for records in consumer.poll(timeout_ms=500).values():
            kept |= {(record.partition, record.offset): record.value for record in records}
    consumer.close()
    return kept

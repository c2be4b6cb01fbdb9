"""Chooses the broker: Apache Kafka where it can run, else Tansu.

`python -m deploy.embedded.broker --port 9092 --data-dir DIR` prints the choice and starts it.
`EMBEDDED_BROKER=kafka` or `=tansu` forces one.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from .kafka_jars import BrokerUnavailable
from .kafka_java import install_kafka

__all__ = ["Choice", "choose"]

_KAFKA, _TANSU = "kafka", "tansu"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which broker (`kafka` or `tansu`) and why."""

    broker: str
    why: str

    @property
    def keeps_topics(self) -> bool:
        """Whether topics are still there after a restart."""
        return self.broker == _KAFKA

    def command(self, port: int, controller_port: int, data_dir: Path) -> list[str]:
        """What follows `python -m` to start it."""
        if self.broker == _TANSU:
            return ["deploy.embedded.tansu_broker", "--port", str(port)]
        ports = ["--port", str(port), "--controller-port", str(controller_port)]
        return ["deploy.embedded.kafka_broker", *ports, "--data-dir", str(data_dir)]


def choose(forced: str = "") -> Choice:
    """Choose a broker, fetching Kafka if need be.

    Raises BrokerUnavailable if `forced` is kafka and it cannot run, ValueError if `forced` is neither broker.
    """
    if forced not in ("", _KAFKA, _TANSU):
        raise ValueError(f"EMBEDDED_BROKER={forced}: only {_KAFKA} or {_TANSU} can be chosen")
    if forced == _TANSU:
        return Choice(_TANSU, "EMBEDDED_BROKER says so")
    try:
        install_kafka()
    except BrokerUnavailable as error:
        if forced:
            raise
        return Choice(_TANSU, f"Apache Kafka cannot run here: {error}")
    return Choice(_KAFKA, "EMBEDDED_BROKER says so" if forced else "Java and Kafka's jars are here")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.broker", description=__doc__)
    parser.add_argument("--port", type=int, default=9092, help="(default %(default)s)")
    parser.add_argument("--controller-port", type=int, help="Kafka's second port (default: --port + 1)")
    parser.add_argument("--data-dir", type=Path, required=True, help="directory of Kafka's topics")
    arguments = parser.parse_args()
    try:
        choice = choose(os.environ.get("EMBEDDED_BROKER", ""))
    except (BrokerUnavailable, ValueError) as error:
        sys.exit(str(error))
    print(f"broker: {choice.broker} ({choice.why})", flush=True)
    command = choice.command(arguments.port, arguments.controller_port or arguments.port + 1, arguments.data_dir)
    os.execv(sys.executable, [sys.executable, "-m", *command])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()

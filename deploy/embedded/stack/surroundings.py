"""What the processes of one stack share: the directory it alone uses, and the environment they are started in."""

import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from deploy.embedded.broker import Choice
from deploy.embedded.tansu_broker import CLIENT_SETTINGS as TANSU_CLIENT_SETTINGS

from .keys import Keys
from .parts import BROKER
from .ports import HOST, Ports

__all__ = ["DirectoryInUse", "Surroundings", "lock_directory"]


class DirectoryInUse(RuntimeError):
    """Another stack runs on this data directory; one line."""


def lock_directory(run_dir: Path) -> IO[str]:
    """Hold `run_dir` until the returned file is closed or this process ends. Raises DirectoryInUse."""
    run_dir.mkdir(parents=True, exist_ok=True)
    lock = (run_dir / "stack.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        message = f"a stack already runs on {run_dir.parent} (pid {holder}): stop it or choose another DATA_DIR"
        raise DirectoryInUse(message) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


@dataclass(slots=True)
class Surroundings:
    """`base`: the environment the stack itself was started in; KAFKA_BOOTSTRAP_SERVERS and CLICKHOUSE_URL in it name
    parts that are elsewhere."""

    data_dir: Path
    ports: Ports
    base: Mapping[str, str]
    keys: Keys
    broker: Choice | None = None

    @staticmethod
    def elsewhere(base: Mapping[str, str]) -> set[str]:
        """Names of the parts that are used but not started."""
        named = {BROKER: "KAFKA_BOOTSTRAP_SERVERS", "clickhouse": "CLICKHOUSE_URL"}
        return {part for part, setting in named.items() if base.get(setting)}

    def environ(self) -> dict[str, str]:
        """The whole environment of a process. What the stack's own environment says about secrets and keys stands."""
        port_settings = {f"{name.upper()}_PORT": str(getattr(self.ports, name)) for name in Ports.__slots__}
        made = {
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{self.ports.kafka}",
            "CLICKHOUSE_URL": f"http://{HOST}:{self.ports.clickhouse}",
            "CLICKHOUSE_USER": "default",
            "PARTICIPANT_SECRET": self.keys.secret["PARTICIPANT_SECRET"],
            "AUTH_KEYS_FILE": str(self.keys.hashed_file),
        }
        if not self.base.get("CLICKHOUSE_URL"):
            made["CLICKHOUSE_PASSWORD"] = self.keys.secret["CLICKHOUSE_PASSWORD"]
        if self.broker is not None and not self.broker.keeps_topics:
            made |= TANSU_CLIENT_SETTINGS
        given = {name: value for name, value in self.base.items() if value}
        return {**made, **given, **port_settings, "DATA_DIR": str(self.data_dir)}

    def loader_environ(self) -> dict[str, str]:
        """What loaders get besides: the plain keys and the services' addresses."""
        services = ("registration", "api", "aggregator")
        urls = {f"{name.upper()}_URL": f"http://{HOST}:{getattr(self.ports, name)}" for name in services}
        return {**self.keys.plain, **urls}

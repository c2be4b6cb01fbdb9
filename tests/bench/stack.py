"""The stack that is measured: the embedded one, on free ports, in a directory of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.stack import EmbeddedStack

SERVICES = ("registration", "aggregator", "api")
ENGINES = ("clickhouse", "broker")


@dataclass(frozen=True)
class BenchStack:
    """A running stack and the key for it."""

    embedded: EmbeddedStack

    @property
    def registration_port(self) -> int:
        return self.embedded.ports.registration

    @property
    def api_port(self) -> int:
        return self.embedded.ports.api

    @property
    def register_key(self) -> str:
        return self.embedded.surroundings.loader_environ()["REGISTER_KEY"]

    @property
    def broker(self) -> str:
        choice = self.embedded.surroundings.broker
        return "elsewhere" if choice is None else str(choice.broker)

    def pid(self, name: str) -> int:
        """Of a part's process."""
        return self.embedded.pid(name)

    @contextmanager
    def engines_alone(self) -> Iterator[None]:
        """Without the stack's own services, for parts that bring a worker of their own or none."""
        for name in SERVICES:
            self.embedded.stop_part(name)
        try:
            yield
        finally:
            for name in SERVICES:
                self.embedded.start_part(name)


def memory(stack: BenchStack) -> dict[str, object]:
    """Resident memory of each process after the load, in MB."""
    return {f"resident memory of {name}, MB": resident_mb(stack.pid(name)) for name in (*SERVICES, *ENGINES)}


def resident_mb(pid: int, field: str = "VmRSS") -> int:
    """Resident memory of a process now, or with `VmHWM` the most it ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith(f"{field}:"))
    return round(int(kilobytes) / 1024)


def cpu_s(pid: int) -> float:
    """CPU time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

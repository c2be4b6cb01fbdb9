"""The stack that is measured: the embedded one, on free ports, in a directory of its own."""

from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.stack import EmbeddedStack

SERVICES = ("registration", "aggregator", "api", "clickhouse", "broker")


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


def memory(stack: BenchStack) -> dict[str, object]:
    """Resident memory of each process after the load, in MB."""
    return {f"resident memory of {name}, MB": _resident_mb(stack.embedded.pid(name)) for name in SERVICES}


def _resident_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return round(int(kilobytes) / 1024)

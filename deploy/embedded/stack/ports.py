"""The stack's ports: where they come from, whether they are free, whether something answers on them."""

import http.client
import os
import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

__all__ = ["HOST", "PortTaken", "Ports", "answers_http", "check_free"]

HOST = "127.0.0.1"
_PROBE_TIMEOUT_S = 2.0
_TEST_PORTS = range(20_000, 32_000)


class PortTaken(RuntimeError):
    """One line: the port, what wanted it, the setting to change."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All on 127.0.0.1. `kafka_controller` is used by Apache Kafka only."""

    kafka: int = 9092
    kafka_controller: int = 9093
    clickhouse: int = 8123
    registration: int = 8001
    api: int = 8002
    aggregator: int = 8003

    @classmethod
    def free(cls) -> "Ports":
        """Ports nobody uses at the moment, for tests; below those the system gives to outgoing connections."""
        candidates = random.SystemRandom().sample(_TEST_PORTS, len(_TEST_PORTS))
        return cls(*islice((port for port in candidates if _is_free(port)), len(cls.__slots__)))


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def check_free(wanted: Iterable[tuple[str, int, str]]) -> None:
    """Each (what wants it, port, its setting) must be free. Raises PortTaken for the first that is not."""
    seen: dict[int, str] = {}
    for what, port, setting in wanted:
        if port in seen:
            raise PortTaken(f"port {port} is wanted by {seen[port]} and by {what}: change {setting}")
        seen[port] = what
        try:
            socket.create_server((HOST, port)).close()
        except OSError as error:
            raise PortTaken(
                f"port {port} for {what} cannot be used ({os.strerror(error.errno or 0)}): change {setting}"
            ) from error


def answers_http(port: int, path: str) -> bool:
    """Whether GET `path` is answered with 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_PROBE_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

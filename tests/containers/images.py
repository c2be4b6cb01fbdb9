"""The images of deploy/docker-compose.yml, run by testcontainers as that file runs them."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import yaml
from testcontainers.core.container import DockerContainer

from tests.contract.contract_files import ROOT
from tests.support.ports import free_port
from tests.support.waiting import until

COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "deploy" / "docker-compose.yml").read_text())["services"]
PASSWORDS = {f"CLICKHOUSE_{user}_PASSWORD": f"{user.lower()}-of-a-test" for user in ("WRITER", "READER", "ANALYST")}
STARTED_S = 120.0


def no_engine() -> str | None:
    """Why no container can be run here; None where one can."""
    if shutil.which("docker") is None:
        return "no Docker engine: the command docker is not here"
    asked = ["docker", "version", "--format", "{{.Server.Version}}"]
    run = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
    return None if run.returncode == 0 else f"no Docker engine answers: {run.stderr.strip()}"


@contextmanager
def kafka_container() -> Iterator[str]:
    """One broker of apache/kafka; yields its bootstrap servers as seen from here."""
    service, port = COMPOSE["kafka"], free_port()
    environment = {
        **service["environment"],
        "KAFKA_LISTENERS": "INSIDE://:9092,OUTSIDE://:9094,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://localhost:9092,OUTSIDE://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    }
    container = DockerContainer(service["image"]).with_bind_ports(9094, port)
    for name, value in environment.items():
        container.with_env(name, str(value))
    with container:
        check = service["healthcheck"]["test"][1:]
        until(lambda: container.exec(check).exit_code == 0, "a broker that answers", STARTED_S)
        yield f"127.0.0.1:{port}"


@contextmanager
def clickhouse_container() -> Iterator[tuple[str, str]]:
    """A clickhouse-server with the configuration of the stack; yields the addresses of its HTTP interface and metrics."""
    service = COMPOSE["clickhouse"]
    container = DockerContainer(service["image"]).with_exposed_ports(8123, 9363)
    for name, value in {"CLICKHOUSE_SKIP_USER_SETUP": "1", **PASSWORDS}.items():
        container.with_env(name, value)
    for volume in service["volumes"]:
        source, target, *_ = volume.split(":")
        if source.startswith("."):
            container.with_volume_mapping(str((ROOT / "deploy" / source).resolve()), target, "ro")
    with container:
        host = container.get_container_host_ip()
        http, metrics = (f"http://{host}:{container.get_exposed_port(port)}" for port in (8123, 9363))
        until(lambda: _answers(f"{http}/ping"), "a ClickHouse that answers", STARTED_S)
        yield http, f"{metrics}/metrics"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False

"""The brokers of the compose file: Kafka itself reads their configuration, as its image makes it of their environment."""

import subprocess
from typing import Any

import pytest
import yaml

from deploy.embedded.kafka_jars import JARS_DIR, find_java
from deploy.embedded.kafka_java import install_kafka
from tests.contract.contract_files import ROOT
from tests.support.needs import needs_kafka

COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "deploy" / "docker-compose.yml").read_text())["services"]
BROKERS = {name: each["environment"] for name, each in COMPOSE.items() if each["image"].startswith("apache/kafka:")}
pytestmark = needs_kafka


@pytest.mark.parametrize("name", BROKERS)
def test_kafka_takes_the_configuration(name, tmp_path):
    install_kafka()
    environment = BROKERS[name] | {"KAFKA_LOG_DIRS": tmp_path / "data"}
    settings = {
        variable.removeprefix("KAFKA_").lower().replace("_", "."): value
        for variable, value in environment.items()
        if variable.startswith("KAFKA_")
    }
    server = tmp_path / "server.properties"
    server.write_text("".join(f"{setting}={value}\n" for setting, value in settings.items()))
    tool = [find_java(), "-XX:TieredStopAtLevel=1", "-cp", f"{JARS_DIR}/*", "kafka.tools.StorageTool", "format"]
    arguments = ["--cluster-id", environment["CLUSTER_ID"], "--config", str(server)]
    run = subprocess.run([*tool, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"node.id={environment['KAFKA_NODE_ID']}" in (tmp_path / "data" / "meta.properties").read_text()

"""deploy/README.md and the examples: what they name is there."""

import importlib.util
import re

import pytest

from services.aggregator.settings import AggregatorSettings
from services.shared.settings import SharedSettings
from tests.contract.contract_files import ROOT
from tests.deploy.test_kubernetes import OBJECTS

FOLDER = ROOT / "deploy"
RUNBOOK = (FOLDER / "README.md").read_text()
TLS = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", (FOLDER / "tls.env.example").read_text(), re.MULTILINE))


def test_every_file_it_names_is_there():
    table = RUNBOOK.partition("| --- | --- |\n")[2].partition("\n\n")[0]
    named = [name for line in table.splitlines() for name in re.findall(r"`([^`]+)`", line.split("|")[1])]
    assert named
    assert not [name for name in named if not (FOLDER / name).exists()]
    assert {path.name for path in FOLDER.iterdir()} - {name.rstrip("/") for name in named} <= {
        "README.md",
        "__pycache__",
    }


def test_every_command_it_names_exists():
    modules = set(re.findall(r"python -m ([\w.]+)", RUNBOOK))
    assert "services.aggregator" in modules
    assert all(importlib.util.find_spec(module) for module in modules)


def test_every_setting_it_names_exists():
    known = {name.upper() for name in AggregatorSettings.model_fields} | {
        "PARTICIPANT_SECRET",
        "MAX_IN_FLIGHT",
        "STREAM_LIMIT",
    }
    shaped = set(re.findall(r"`((?:KAFKA|CLICKHOUSE|AGGREGATOR|TOPIC|SESSION)_[A-Z_]+)(?:=[^`]*)?`", RUNBOOK))
    assert shaped
    assert shaped <= known


def test_the_example_for_tls_names_settings_and_makes_services_use_it(monkeypatch):
    for name, value in TLS.items():
        monkeypatch.setenv(name, value or "x")
    settings = SharedSettings.from_environment()
    assert set(TLS) <= {name.upper() for name in SharedSettings.model_fields}
    assert settings.kafka_security_protocol == "SASL_SSL"
    assert settings.clickhouse_url.startswith("https:")


def test_the_example_for_tls_holds_no_secret():
    assert {name for name in TLS if "PASSWORD" in name} == {name for name, value in TLS.items() if not value}


@pytest.mark.parametrize("secret", ["coverage-secrets", "coverage-files"])
def test_it_says_how_each_secret_of_the_manifests_is_made(secret):
    section = RUNBOOK.partition(f"create secret generic {secret}")[2].partition("\nkubectl")[0]
    asked = set(re.findall(rf"'name': '{secret}', 'key': '([\w-]+)'", str(OBJECTS)))
    asked |= set(re.findall(r"/etc/coverage/([\w.-]+)", str(OBJECTS))) if secret == "coverage-files" else set()
    made = set(re.findall(r"--from-literal=([\w-]+)=|--from-file=([\w.-]+)", section))
    assert {literal or file for literal, file in made} == asked

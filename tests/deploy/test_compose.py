"""The compose file: what can be known of it without an engine."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import tomllib
from typing import Any

import jsonschema_rs
import pytest
import yaml

from services.shared.settings import SharedSettings, load
from tests.contract.contract_files import ROOT
from tests.deploy.settings_named import SECRET, SETTINGS, module_of, readable, required

FOLDER = ROOT / "deploy"
TEXT = (FOLDER / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (FOLDER / ".env.example").read_text()
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("coverage:")}
JOBS = {"topics", "migrate", "keys", "regions"}
VARIABLE = re.compile(r"\$\{(\w+)(:[-?][^}]*)?\}")
EXACT_TAG = re.compile(r"^[a-z0-9/.-]+:v?\d+\.\d+\.\d+[\w.-]*$")


def command(service: dict[str, Any]) -> list[str]:
    return [*service.get("entrypoint", []), *service.get("command", [])]


def test_it_is_what_the_compose_specification_allows():
    schema = json.loads((ROOT / "tests" / "deploy" / "compose_spec" / "compose-spec.json").read_text())
    errors = [error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(COMPOSE)]
    assert errors == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_an_exact_tag(name):
    assert EXACT_TAG.match(SERVICES[name]["image"])


def test_the_image_has_the_version_of_the_project():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {service["image"] for service in OURS.values()} == {f"coverage:{version}"}
    assert (ROOT / OURS["api"]["build"]["dockerfile"]).exists()


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists_and_gets_only_settings_it_knows(name):
    service = OURS[name]
    module = module_of(command(service))
    found = importlib.util.find_spec(module)
    assert found, module
    assert found.submodule_search_locations is None or importlib.util.find_spec(f"{module}.__main__")
    given = set(service.get("environment", {}))
    assert given <= readable(module), given - readable(module)
    assert required(module) <= given


@pytest.mark.parametrize("name", [name for name in OURS if module_of(command(OURS[name])) in SETTINGS])
def test_the_settings_start_a_service(name, monkeypatch):
    for variable in os.environ.keys() & {field.upper() for field in SharedSettings.model_fields}:
        monkeypatch.delenv(variable)
    filled = {"TOPIC_REPLICATION": "3", "READ_KEYS_REQUIRED": "true"}
    for variable, value in OURS[name]["environment"].items():
        monkeypatch.setenv(variable, VARIABLE.sub(lambda match: filled.get(match[1], "x" * 40), str(value)))
    load(SETTINGS[module_of(command(OURS[name]))])


def test_what_is_secret_has_no_default():
    used = {match[1]: match[2] or "" for match in VARIABLE.finditer(TEXT)}
    secrets = {name for name in used if re.search(r"SECRET|PASSWORD|KEY$", name)}
    assert secrets
    assert all(used[name].startswith(":?") for name in secrets), used
    for service in OURS.values():
        for name in SECRET & set(service.get("environment", {})):
            assert VARIABLE.fullmatch(service["environment"][name]), name


def test_the_example_names_every_variable_and_gives_no_secret_away():
    named = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    used = {match[1] for match in VARIABLE.finditer(TEXT)}
    assert used - {"READ_KEYS_REQUIRED"} <= set(named)
    assert set(named) <= used | {"COMPOSE_PROFILES"}
    assert not any(named[name] for name in named if re.search(r"SECRET|PASSWORD|KEY$", name))


@pytest.mark.parametrize("name", SERVICES)
def test_every_part_says_whether_it_is_well_but_jobs_which_end(name):
    service = SERVICES[name]
    if name in JOBS:
        assert service["healthcheck"] == {"disable": True}
        assert service["restart"] == "no"
    else:
        assert service["restart"] == "unless-stopped"
        assert "healthcheck" in service or "HEALTH_URL" in service["environment"]


def test_parts_wait_for_jobs_to_end_and_for_engines_to_be_well():
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            assert how["condition"] == ("service_completed_successfully" if other in JOBS else "service_healthy")


def test_volumes_and_files_that_are_mounted_are_there():
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (FOLDER / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], (
                f"{name}: {volume}"
            )


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_as_little_as_can_be(name):
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_three_brokers_keep_what_one_of_them_loses():
    three = [service["environment"] for service in SERVICES.values() if service.get("profiles") == ["three"]]
    assert len({environment["KAFKA_NODE_ID"] for environment in three}) == len(three) == 3
    for environment in three:
        assert (environment["KAFKA_DEFAULT_REPLICATION_FACTOR"], environment["KAFKA_MIN_INSYNC_REPLICAS"]) == (3, 2)
        assert environment["KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE"] == "false"


def compose_of_docker() -> bool:
    """Whether `docker compose` is here; it needs no engine to read a file."""
    if shutil.which("docker") is None:
        return False
    return (
        subprocess.run(["docker", "compose", "version"], capture_output=True, timeout=30, check=False).returncode == 0
    )


@pytest.mark.parametrize("profile", ["one", "three"])
def test_docker_compose_takes_it(profile, tmp_path):
    if not compose_of_docker():
        pytest.skip("`docker compose` is not here")
    env = tmp_path / "env"
    env.write_text(re.sub(r"^([A-Z_]+)=$", r"\1=" + "x" * 40, EXAMPLE, flags=re.MULTILINE))
    arguments = ["docker", "compose", "--env-file", str(env), "--profile", profile, "config", "--quiet"]
    run = subprocess.run(arguments, cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr

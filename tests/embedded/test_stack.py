"""The supervisor: what it checks, keeps, starts again and stops. Its parts here are stand-ins."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import psutil
import pytest

from deploy.embedded.stack import DirectoryInUse, EmbeddedStack, Part, Ports, StackError, child
from tests.support.waiting import until

from .standins import FAILING_STEP, PARTS, environment_of, standin_stack

REPO_ROOT = Path(__file__).parents[2]


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def stack(tmp_path: Path, lines: list[str]) -> Iterator[EmbeddedStack]:
    with standin_stack(tmp_path, say=lines.append) as stack:
        yield stack


def _run(arguments: list[str], **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=REPO_ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_taken_port_is_named_with_who_wants_it_and_the_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        free = Ports.free()
        others = {"KAFKA_PORT": free.kafka, "CLICKHOUSE_PORT": free.clickhouse, "REGISTRATION_PORT": free.registration}
        settings = {name: str(value) for name, value in {**others, "API_PORT": port}.items()}
        with _run(["deploy.embedded.stack"], **settings, DATA_DIR=str(tmp_path)) as process:
            out, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out == ""
    assert error.count("\n") == 1
    assert all(word in error for word in (str(port), "api", "API_PORT"))
    assert not (tmp_path / "log").exists()


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    with _run(["deploy.embedded.stack"], DATA_DIR=str(tmp_path), KAFKA_PORT="many") as process:
        _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert error.startswith("KAFKA_PORT: ")


def test_stopping_leaves_no_process_and_no_pid_file(stack: EmbeddedStack) -> None:
    pids = [stack.pid(part.name) for part in PARTS]
    pid_files = [stack.data_dir / "run" / f"{part.name}.pid" for part in PARTS]
    assert [int(path.read_text()) for path in pid_files] == pids
    stack.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not any(path.exists() for path in pid_files)


def test_services_stop_before_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[str] = []
    stop = child.Child.stop
    monkeypatch.setattr(
        child.Child, "stop", lambda self, timeout_s: (stopped.append(self.name), stop(self, timeout_s))[1]
    )
    with standin_stack(tmp_path):
        pass
    assert stopped == ["service", "engine"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_the_supervisor(tmp_path: Path, number: signal.Signals) -> None:
    with _run(["tests.embedded.standins", str(tmp_path)]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        process.wait(timeout=30)
    assert len(children) == len(PARTS)
    until(lambda: not any(c.is_running() and c.status() != psutil.STATUS_ZOMBIE for c in children), "all gone")


def test_what_is_killed_is_started_again(stack: EmbeddedStack, lines: list[str]) -> None:
    before = stack.pid("service")
    stack.kill("service")
    until(lambda: stack.pid("service") != before, "a new process")
    stack.wait_ready("service")
    assert lines == [f"service (pid {before}) ended with signal SIGKILL; starting it again"]
    assert int((stack.data_dir / "run" / "service.pid").read_text()) == stack.pid("service")


def test_a_restart_asked_for_is_no_failure(stack: EmbeddedStack, lines: list[str]) -> None:
    before = stack.pid("engine")
    stack.restart("engine")
    assert stack.pid("engine") != before
    assert lines == []


def test_a_part_can_be_away_for_a_while(stack: EmbeddedStack) -> None:
    stack.stop_part("engine")
    with pytest.raises(OSError, match="refused"):
        environment_of(stack, "clickhouse")
    stack.start_part("engine")
    assert environment_of(stack, "clickhouse")


def test_it_gives_up_on_what_cannot_stay_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_LONGEST_PAUSE_S", 0.01)
    broken = Part("broken", ("tests.embedded.no_such_module",), port="api", ready="/readyz")
    with pytest.raises(StackError, match="broken ended 10 times in a row") as failure:
        standin_stack(tmp_path, parts=(*PARTS, broken), say=lambda line: None).start()
    assert "No module named tests.embedded.no_such_module" in str(failure.value)


def test_a_failing_step_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"No module named tests\.embedded\.no_such_module"):
        standin_stack(tmp_path, steps=(FAILING_STEP,)).start()


def test_a_second_stack_on_the_same_directory_is_refused(stack: EmbeddedStack) -> None:
    with pytest.raises(DirectoryInUse, match=rf"\(pid {os.getpid()}\): stop it or choose another DATA_DIR"):
        standin_stack(stack.data_dir).start()
    assert environment_of(stack, "registration")  # the first is unharmed


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    contents = []
    for _ in range(2):
        with standin_stack(tmp_path):
            files = [tmp_path / name for name in ("keys.env", "auth-keys.json", "secret.env")]
            assert [path.stat().st_mode & 0o777 for path in files] == [0o600] * 3
            contents.append([path.read_text() for path in files])
    assert contents[0] == contents[1]
    plain = dict(line.split("=", 1) for line in contents[0][0].splitlines())
    hashed = {key["sha256"]: key for key in json.loads(contents[0][1])}
    register = hashed[sha256(plain["REGISTER_KEY"].encode()).hexdigest()]
    assert register == {"sha256": register["sha256"], "scopes": ["register"], "office": "*"}
    assert len(hashed) == len(plain) == 3


def test_parts_learn_addresses_and_secrets_from_their_environment(stack: EmbeddedStack) -> None:
    found = environment_of(stack, "registration")
    assert found["CLICKHOUSE_URL"] == f"http://127.0.0.1:{stack.ports.clickhouse}"
    assert found["KAFKA_BOOTSTRAP_SERVERS"] == f"127.0.0.1:{stack.ports.kafka}"
    assert found["REGISTRATION_PORT"] == str(stack.ports.registration)
    assert f"PARTICIPANT_SECRET={found['PARTICIPANT_SECRET']}" in (stack.data_dir / "secret.env").read_text()
    assert Path(found["AUTH_KEYS_FILE"]) == stack.data_dir / "auth-keys.json"
    assert "REGISTER_KEY" not in found


def test_what_is_elsewhere_is_used_and_not_started(tmp_path: Path) -> None:
    base = {**os.environ, "CLICKHOUSE_URL": "http://127.0.0.1:1", "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:2"}
    stack = EmbeddedStack(tmp_path, base=base)
    assert [part.name for part in stack.parts] == ["registration", "aggregator", "api"]
    with standin_stack(tmp_path, base=base) as stack:
        found = environment_of(stack, "registration")
    assert (found["CLICKHOUSE_URL"], found["KAFKA_BOOTSTRAP_SERVERS"]) == ("http://127.0.0.1:1", "127.0.0.1:2")

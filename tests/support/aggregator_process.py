"""A worker of its own process, which can be made to die after a certain step: `python -m tests.support.aggregator_process`.

CRASH_AFTER names the step of a batch (see services.aggregator.counting.STEPS) after which it kills itself with SIGKILL,
CRASH_AT_BATCH the batch, counted from 1.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.aggregator.main import run
from services.aggregator.settings import AggregatorSettings
from services.shared.log_setup import set_up_logs
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]


class AggregatorProcess:
    """A worker that a test starts, kills and starts again."""

    def __init__(self, environ: Mapping[str, str], log: Path, *, name: str = "worker") -> None:
        self.port = free_port()
        self._environ = {
            **environ,
            "AGGREGATOR_PORT": str(self.port),
            "AGGREGATOR_WORKER": name,
            "SESSION_TIMEOUT_S": "6",
        }
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **settings: Any) -> None:
        """Start it; settings are environment variables in lower case."""
        environ = {**os.environ, **self._environ, **{name.upper(): str(value) for name, value in settings.items()}}
        command = [sys.executable, "-m", "tests.support.aggregator_process"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the process started last."""
        assert self._process is not None
        return self._process.pid

    def ready(self) -> bool:
        """Whether it has taken its partitions over."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, wherever it is."""
        if self.running:
            self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> None:
        """End it as an operator would; kill it where it does not end."""
        if self.running:
            self.signal(signal.SIGTERM)
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.kill()

    def wait(self, timeout_s: float = 20.0) -> None:
        """Wait until it has ended."""
        if self._process is not None:
            self._process.wait(timeout_s)


def _die_after(step: str, batch: int) -> Any:
    seen = 0

    def after(done: str) -> None:
        nonlocal seen
        seen += done == step
        if seen >= batch:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)

    return after if step else lambda done: None


if __name__ == "__main__":
    set_up_logs("aggregator", "info")
    run(
        AggregatorSettings(),
        _die_after(os.environ.get("CRASH_AFTER", ""), int(os.environ.get("CRASH_AT_BATCH", "1"))),
    )

"""One process of the stack, kept running: started, watched, started again when it dies, stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Child", "Workplace", "run_together"]

REPO_ROOT = Path(__file__).parents[3]
_LEASH = Path(__file__).with_name("leash.py")
_LOG_KEPT_BYTES = 20 * 1024 * 1024
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
_SETTLED_S = 10.0
_QUICK_FAILURES = 10


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where processes leave their logs and pids, and what they find in their environment."""

    log_dir: Path
    run_dir: Path
    environ: Mapping[str, str]

    def log_file(self, name: str) -> Path:
        return self.log_dir / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        return self.run_dir / f"{name}.pid"

    def spawn(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start `python -m command` in the repository's root. It dies with the thread that called this."""
        log = self.log_file(name)
        if log.exists() and log.stat().st_size > _LOG_KEPT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        leash = [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid())]
        for folder in (self.log_dir, self.run_dir):
            folder.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            return subprocess.Popen(
                [*leash, sys.executable, "-m", *command],
                cwd=REPO_ROOT,
                env={**self.environ, "PYTHONPATH": str(REPO_ROOT), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is the stack's: it stops its parts in order
            )


def run_together(place: Workplace, commands: Mapping[str, Sequence[str]], stopping: threading.Event) -> list[str]:
    """Run commands side by side to their ends; returns the names of those that failed or were ended by `stopping`."""
    processes = {name: place.spawn(name, command) for name, command in commands.items()}
    while any(process.poll() is None for process in processes.values()):
        if stopping.wait(0.05):
            for process in processes.values():
                process.terminate()
                process.wait()
    return [name for name, process in processes.items() if process.returncode != 0]


class Child:
    """Watched by a thread of its own. `say` gets one line whenever it had to be started again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        place: Workplace,
        say: Callable[[str], None],
        on_gave_up: Callable[[str, str], None],
    ) -> None:
        self.name = name
        self.after_restart: Callable[[], None] = lambda: None
        self._command, self._place, self._say, self._on_gave_up = command, place, say, on_gave_up
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._spawned = threading.Event()
        self._expected = False

    @property
    def pid(self) -> int:
        """Of the process that runs now, or ran last. Raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError(f"{self.name} has not been started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self._stopping.clear()
        self._spawned.clear()
        self._thread = threading.Thread(target=self._watch, name=f"watch-{self.name}", daemon=True)
        self._thread.start()
        self._spawned.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; what it ends is started again."""
        if self._process is not None:
            self._process.send_signal(number)

    def restart(self) -> None:
        """Ask it to stop; it is started again when it has."""
        self._expected = True
        self.signal(signal.SIGTERM)

    def request_stop(self) -> None:
        self._stopping.set()
        self.signal(signal.SIGTERM)

    def stop(self, timeout_s: float) -> bool:
        """Stop it for good; False if it had to be killed."""
        if self._thread is None:
            return True
        self.request_stop()
        self._thread.join(timeout_s)
        in_time = not self._thread.is_alive()
        if not in_time:
            self.signal(signal.SIGKILL)
            self._thread.join()
        self._place.pid_file(self.name).unlink(missing_ok=True)
        return in_time

    def _watch(self) -> None:
        quick_failures, first = 0, True
        while not self._stopping.is_set():
            process = self._spawn()
            if not first:
                threading.Thread(target=self.after_restart, daemon=True).start()
            first = False
            started = time.monotonic()
            if self._stopping.is_set():  # asked while it was being started: the signal went to the one before
                process.terminate()
            code = process.wait()
            if self._stopping.is_set():
                return
            if self._expected:
                self._expected = False
                continue
            quick_failures = 0 if time.monotonic() - started > _SETTLED_S else quick_failures + 1
            if quick_failures >= _QUICK_FAILURES:
                self._on_gave_up(self.name, f"ended {quick_failures} times in a row right after its start")
                return
            self._say(f"{self.name} (pid {process.pid}) ended with {_reason(code)}; starting it again")
            self._stopping.wait(min(_FIRST_PAUSE_S * 2 ** (quick_failures - 1), _LONGEST_PAUSE_S))

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._process = self._place.spawn(self.name, self._command)
        self._place.pid_file(self.name).write_text(f"{self._process.pid}\n")
        self._spawned.set()
        return self._process


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

"""The stack as an object: starts its parts in order, waits for them, keeps them running, stops them in order."""

import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from deploy.embedded.broker import choose
from deploy.embedded.kafka_probe import answers_kafka

from .child import Child, Workplace, run_together
from .keys import load_or_make_keys
from .parts import BROKER, LOADERS, PARTS, STEPS, Part, Step
from .ports import Ports, answers_http, check_free
from .surroundings import Surroundings, lock_directory

__all__ = ["EmbeddedStack", "StackError", "Stopped"]

_READY_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 25.0
_POLL_S = 0.1


class StackError(RuntimeError):
    """Why the stack cannot start or go on, in a line or two."""


class Stopped(Exception):
    """`request_stop` was called while the stack was starting."""


def _print(line: str) -> None:
    print(line, flush=True)


class EmbeddedStack:
    """Used by `python -m deploy.embedded.stack` and, as a context manager, by tests. One object is started once.

    `ports`: free ones if None. `only`: names of the parts, steps and loaders to start, all if None. `base`: the
    environment the processes get, this process's own if None.
    """

    def __init__(
        self,
        data_dir: Path,
        ports: Ports | None = None,
        only: Collection[str] | None = None,
        base: Mapping[str, str] | None = None,
        say: Callable[[str], None] = _print,
        parts: Sequence[Part] = PARTS,
        steps: Sequence[Step] = STEPS,
        loaders: Sequence[Step] = LOADERS,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.ports = ports or Ports.free()
        self.surroundings: Surroundings
        self._base = dict(os.environ if base is None else base)
        self._say = say
        elsewhere = Surroundings.elsewhere(self._base)
        self.parts = [p for p in parts if (only is None or p.name in only) and p.name not in elsewhere]
        self._steps = [s for s in steps if only is None or s.name in only]
        self._loaders = [s for s in loaders if only is None or s.name in only]
        self._children: dict[str, Child] = {}
        self._stopping = threading.Event()
        self._failure = ""
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def environ(self) -> dict[str, str]:
        """The processes' environment: addresses, user and password are in it under the services' own settings."""
        return self.surroundings.environ()

    def start(self) -> None:
        """Start everything and wait until it answers.

        Raises StackError, DirectoryInUse, PortTaken, BrokerUnavailable or Stopped, after stopping what had started.
        """
        self._lock = lock_directory(self.data_dir / "run")
        try:
            check_free(self._wanted_ports())
            self.surroundings = Surroundings(self.data_dir, self.ports, self._base, load_or_make_keys(self.data_dir))
            if any(part.name == BROKER for part in self.parts):
                choice = self.surroundings.broker = choose(self._base.get("EMBEDDED_BROKER", ""))
                self._say(f"broker: {choice.broker} ({choice.why})")
            self._start_parts([part for part in self.parts if part.engine])
            self._run(self._steps)
            self._start_parts([part for part in self.parts if not part.engine])
            for loader in self._loaders:
                self._run([loader], self.surroundings.loader_environ())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what was started: services first, then the engines. Whoever does not end in time is killed."""
        self._stopping.set()
        for engine in (False, True):
            group = [self._children[p.name] for p in self.parts if p.engine == engine and p.name in self._children]
            for child in group:
                child.request_stop()
            deadline = time.monotonic() + _STOP_TIMEOUT_S
            for child in group:
                if not child.stop(max(0.0, deadline - time.monotonic())):
                    self._say(f"{child.name} did not stop within {_STOP_TIMEOUT_S:.0f} s and was killed")
        self._children.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def request_stop(self) -> None:
        """For signal handlers: ends `start` early, and `wait`."""
        self._stopping.set()

    def wait(self) -> None:
        """Until `request_stop`. Raises StackError as soon as a part cannot be kept running."""
        self._stopping.wait()
        if self._failure:
            raise StackError(self._failure)

    def pid(self, name: str) -> int:
        """Of a part's present process."""
        return self._children[name].pid

    def log_file(self, name: str) -> Path:
        return self._workplace().log_file(name)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a part a signal. If that ends it, it is started again: `wait_ready` tells when it answers."""
        self._children[name].signal(number)

    def restart(self, name: str) -> None:
        """Stop a part cleanly, and wait until it has been started again and answers."""
        before = self.pid(name)
        self._children[name].restart()
        self._until(lambda: self.pid(name) != before, f"{name} did not stop")
        self.wait_ready(name)

    def stop_part(self, name: str) -> None:
        """Take one part away until `start_part`."""
        self._children[name].stop(_STOP_TIMEOUT_S)

    def start_part(self, name: str) -> None:
        self._children[name].start()
        self.wait_ready(name)

    def wait_ready(self, name: str, timeout_s: float = _READY_TIMEOUT_S) -> None:
        """Until a part answers. Raises StackError."""
        part = next(part for part in self.parts if part.name == name)
        port = getattr(self.ports, part.port)

        def ready() -> bool:
            answers = answers_kafka(port) if part.ready == "kafka" else answers_http(port, part.ready)
            return answers and self._children[name].running

        self._until(ready, f"{name} does not answer on port {port}; its log is {self.log_file(name)}", timeout_s)

    def _until(self, condition: Callable[[], bool], complaint: str, timeout_s: float = _READY_TIMEOUT_S) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if self._failure:
                raise StackError(self._failure)
            if time.monotonic() > deadline:
                raise StackError(f"after {timeout_s:.0f} s {complaint}")
            if self._stopping.wait(_POLL_S):
                raise Stopped if not self._failure else StackError(self._failure)

    def _wanted_ports(self) -> Iterator[tuple[str, int, str]]:
        for part in self.parts:
            yield part.name, getattr(self.ports, part.port), part.port_setting
            if part.name == BROKER and self._base.get("EMBEDDED_BROKER") != "tansu":
                yield "the broker's controller", self.ports.kafka_controller, "KAFKA_CONTROLLER_PORT"

    def _workplace(self, more: Mapping[str, str] | None = None) -> Workplace:
        environ = {**self.environ, **(more or {})}
        return Workplace(log_dir=self.data_dir / "log", run_dir=self.data_dir / "run", environ=environ)

    def _command(self, part: Part) -> Sequence[str]:
        broker = self.surroundings.broker
        if part.name == BROKER and broker is not None:
            return broker.command(self.ports.kafka, self.ports.kafka_controller, self.data_dir / "kafka")
        names = {"data_dir": self.data_dir, **{f"{n}_port": getattr(self.ports, n) for n in Ports.__slots__}}
        return [word.format(**names) for word in part.command]

    def _start_parts(self, parts: Sequence[Part]) -> None:
        """Start them together and wait for all."""
        for part in parts:
            child = Child(part.name, self._command(part), self._workplace(), self._say, self._give_up)
            self._children[part.name] = child
            if part.name == BROKER:
                child.after_restart = self._broker_came_back
            child.start()
        for part in parts:
            self.wait_ready(part.name)

    def _run(self, steps: Sequence[Step], more: Mapping[str, str] | None = None) -> None:
        """Run steps side by side. Raises StackError for the first that failed."""
        failed = run_together(self._workplace(more), {step.name: step.command for step in steps}, self._stopping)
        if self._stopping.is_set():
            raise Stopped if not self._failure else StackError(self._failure)
        if failed:
            raise StackError(f"{failed[0]} failed; {self._end_of_log(failed[0])}")

    def _end_of_log(self, name: str) -> str:
        path = self.log_file(name)
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return "\n".join([f"the end of its log {path}:", *lines[-5:]])

    def _broker_came_back(self) -> None:
        """A broker that keeps topics in memory has lost them: run the steps that make them."""
        if self.surroundings.broker is None or self.surroundings.broker.keeps_topics:
            return
        try:
            self.wait_ready(BROKER)
            self._run([step for step in self._steps if step.after_broker])
        except Stopped:
            return
        except StackError as error:
            self._fail(str(error))

    def _give_up(self, name: str, reason: str) -> None:
        self._fail(f"{name} {reason}; {self._end_of_log(name)}")

    def _fail(self, reason: str) -> None:
        self._failure = reason
        self._stopping.set()

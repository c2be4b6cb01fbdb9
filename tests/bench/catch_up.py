"""Stored events per second into ClickHouse, beside plain Faust and beside Quix Streams doing less."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.shared.clickhouse_store import ClickHouseStore
from tests.bench.stack import BenchStack, cpu_s, resident_mb
from tests.support import counted
from tests.support.aggregator_process import AggregatorProcess
from tests.support.engines import own_place, settings_of
from tests.support.log_of_events import put_events, put_regions
from tests.support.made_up import event

EVENTS = 300_000
OF_FAUST = 60_000
"""Plain Faust would take minutes for all of them; a rate is a rate."""
PUT_AT_ONCE = 50_000
POLL_S = 0.05
ROOT = Path(__file__).parents[2]
BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
ROWS = "CREATE TABLE bench_rows AS enrollment_events"


@dataclass(frozen=True)
class Run:
    """A worker's run over stored events: the rate between the first events seen and the last, and what it cost."""

    events_per_s: float
    worker_us: float
    """CPU time of the worker per event, its start not included."""
    clickhouse_us: float
    peak_mb: int

    def figures(self, what: str) -> dict[str, Any]:
        return {
            f"{what}, events/s": round(self.events_per_s),
            f"{what}, CPU per event, us": round(self.worker_us),
            f"{what}, CPU of ClickHouse per event, us": round(self.clickhouse_us),
            f"{what}, peak memory, MB": self.peak_mb,
        }


def measure(stack: BenchStack) -> dict[str, Any]:
    """Rates, what they cost, and the ratios between them. The stack's own services are away meanwhile."""
    quix_python = _bench_python()
    with stack.engines_alone(), own_place(stack.embedded) as environ, tempfile.TemporaryDirectory() as folder:
        store = ClickHouseStore(settings_of(environ), timeout_s=300)
        asyncio.run(_store_events(environ))
        ours = _ours(store, environ, Path(folder), stack)
        faust = _other(store, environ, [sys.executable, "-m", "tests.bench.plain_faust"], OF_FAUST, stack)
        quix = _other(store, environ, [str(quix_python), "-m", "tests.bench.quix_rows"], EVENTS, stack)
        store.close()
    return {
        **ours.figures(f"the aggregator over {EVENTS:,} stored events"),
        **faust.figures(f"plain Faust with a table and rows ({OF_FAUST:,})"),
        **quix.figures(f"Quix Streams writing rows ({EVENTS:,})"),
        "times as fast as plain Faust": round(ours.events_per_s / faust.events_per_s, 1),
        "times as fast as Quix Streams": round(ours.events_per_s / quix.events_per_s, 1),
    }


async def _store_events(environ: dict[str, str]) -> None:
    kafka, prefix = environ["KAFKA_BOOTSTRAP_SERVERS"], environ["TOPIC_PREFIX"]
    await put_regions(kafka, prefix)
    for start in range(0, EVENTS, PUT_AT_ONCE):
        await put_events(kafka, prefix, [event(number) for number in range(start, start + PUT_AT_ONCE)])


def _ours(store: ClickHouseStore, environ: dict[str, str], folder: Path, stack: BenchStack) -> Run:
    topic = f"{environ['TOPIC_PREFIX']}enrollment-events"
    worker = AggregatorProcess(environ, folder / "worker.log")
    worker.start()
    try:
        found = _run(worker.pid, stack, lambda: EVENTS - counted.lag(store, topic, EVENTS), EVENTS)
        assert sum(counted.stock(store).values()) == EVENTS
        return found
    finally:
        worker.stop()


def _other(store: ClickHouseStore, environ: dict[str, str], command: list[str], events: int, stack: BenchStack) -> Run:
    store.command("DROP TABLE IF EXISTS bench_rows SYNC")
    store.command(ROWS)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        environ = {**os.environ, **environ, "TMPDIR": folder}
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            return _run(process.pid, stack, lambda: int(store.query("SELECT count() FROM bench_rows")[0][0]), events)
        except AssertionError:
            log.seek(0)
            print(log.read()[-3000:].decode(errors="replace"))
            raise
        finally:
            process.kill()
            process.wait()


def _run(pid: int, stack: BenchStack, done: Callable[[], int], total: int, deadline_s: float = 300.0) -> Run:
    """Watch a worker that has just been started until `total` events are in ClickHouse."""
    deadline = time.monotonic() + deadline_s
    clickhouse = stack.pid("clickhouse")
    first: tuple[float, int, float, float] | None = None
    while time.monotonic() < deadline:
        now, count = time.monotonic(), done()
        if first is None and count:
            first = (now, count, cpu_s(pid), cpu_s(clickhouse))
        if count >= total and first is not None:
            seconds, events = now - first[0], count - first[1]
            return Run(
                events_per_s=events / seconds,
                worker_us=(cpu_s(pid) - first[2]) / events * 1e6,
                clickhouse_us=(cpu_s(clickhouse) - first[3]) / events * 1e6,
                peak_mb=resident_mb(pid, "VmHWM"),
            )
        time.sleep(POLL_S)
    raise AssertionError(f"only {done()} of {total} in {deadline_s:.0f} s")


def _bench_python() -> Path:
    """The interpreter that has Quix Streams, which pins versions of its own."""
    if not BENCH_PYTHON.exists():
        print("setting up .venv-bench (once)")
        subprocess.run([sys.executable, "-m", "venv", str(ROOT / ".venv-bench")], check=True)
        uv = Path(sys.executable).parent / "uv"
        command = [str(uv), "pip", "install", "--quiet", "--python", str(BENCH_PYTHON), "--require-hashes"]
        subprocess.run([*command, "-r", "requirements-bench.txt"], cwd=ROOT, check=True)
    return BENCH_PYTHON

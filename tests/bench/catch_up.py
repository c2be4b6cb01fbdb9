"""Stored events per second into ClickHouse, beside plain Faust and beside Quix Streams doing less."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.shared.clickhouse_store import ClickHouseStore
from tests.bench.stack import BenchStack
from tests.support import counted
from tests.support.aggregator_process import AggregatorProcess
from tests.support.engines import own_place, settings_of
from tests.support.log_of_events import put_events, put_regions
from tests.support.made_up import event

EVENTS = 300_000
OF_OTHERS = 60_000
"""Plain Faust would take minutes for all of them; a rate is a rate."""
ROOT = Path(__file__).parents[2]
BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
ROWS = "CREATE TABLE bench_rows (participant String, scheme String, region String, registration_id String, total UInt64) ENGINE = MergeTree ORDER BY participant"


def measure(stack: BenchStack) -> dict[str, Any]:
    """Rates, and the ratios between them."""
    with own_place(stack.embedded) as environ, tempfile.TemporaryDirectory() as folder:
        store = ClickHouseStore(settings_of(environ), timeout_s=300)
        kafka, prefix = environ["KAFKA_BOOTSTRAP_SERVERS"], environ["TOPIC_PREFIX"]
        asyncio.run(put_regions(kafka, prefix))
        asyncio.run(put_events(kafka, prefix, [event(number) for number in range(EVENTS)]))
        ours = _ours(store, environ, Path(folder))
        faust = _other(store, environ, [sys.executable, "-m", "tests.bench.plain_faust"], OF_OTHERS)
        quix = _other(store, environ, [str(_bench_python()), str(ROOT / "tests/bench/quix_rows.py")], EVENTS)
        store.close()
    return {
        f"catch-up over {EVENTS:,} stored events, events/s": round(ours),
        f"plain Faust with a table and row inserts ({OF_OTHERS:,}), events/s": round(faust),
        f"Quix Streams writing the same rows ({EVENTS:,}), events/s": round(quix),
        "times as fast as plain Faust": round(ours / faust, 1),
        "times as fast as Quix Streams": round(ours / quix, 1),
    }


def _ours(store: ClickHouseStore, environ: dict[str, str], folder: Path) -> float:
    topic = f"{environ['TOPIC_PREFIX']}enrollment-events"
    worker = AggregatorProcess(environ, folder / "worker.log")
    worker.start()
    try:
        rate = _rate(lambda: EVENTS - counted.lag(store, topic, EVENTS), EVENTS)
        assert sum(counted.stock(store).values()) == EVENTS
        return rate
    finally:
        worker.stop()


def _other(store: ClickHouseStore, environ: dict[str, str], command: list[str], events: int) -> float:
    store.command("DROP TABLE IF EXISTS bench_rows SYNC")
    store.command(ROWS)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environ, "EVENTS": str(events)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return _rate(lambda: int(store.query("SELECT count() FROM bench_rows")[0][0]), events)
    finally:
        process.kill()
        process.wait()


def _rate(done: Callable[[], int], total: int, deadline_s: float = 300.0) -> float:
    """Events per second between the first ones seen and the last."""
    deadline = time.monotonic() + deadline_s
    first: tuple[float, int] | None = None
    while time.monotonic() < deadline:
        now, count = time.monotonic(), done()
        if first is None and count:
            first = (now, count)
        if count >= total and first is not None:
            return (count - first[1]) / (now - first[0])
        time.sleep(0.05)
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

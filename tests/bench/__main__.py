"""`make bench`, or `python -m tests.bench PART ...`: measures on the embedded stack and writes var/bench.json.

It starts a stack of its own on free ports in a temporary directory, and stops it. All parts take about ten minutes.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.embedded.stack import EmbeddedStack
from tests.bench import catch_up, freshness, lookups, queries, recovery, registration, screens
from tests.bench.stack import BenchStack, memory
from tests.support.engines import base_environment

PARTS: dict[str, Callable[[BenchStack], dict[str, Any]]] = {
    "registration": registration.measure,
    "freshness": freshness.measure,
    "memory": memory,
    "catch-up": catch_up.measure,
    "lookups": lookups.measure,
    "recovery": recovery.measure,
    "screens": screens.measure,
    "queries": queries.measure,
}
RESULT = Path("var/bench.json")
LONGEST_S = 1800


def main() -> int:
    """Measure the parts asked for, all where none is named."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all if none is named")
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"unknown: {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST_S)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, EmbeddedStack(Path(folder), base=base_environment()) as embedded:
        stack = BenchStack(embedded)
        busy = os.getloadavg()[0]
        for part in chosen:
            print(f"measuring {part} ...", flush=True)
            started = time.monotonic()
            found[part] = PARTS[part](stack)
            print("\n".join(f"  {what}: {figure:,}" for what, figure in found[part].items()))
            print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
        found["conditions"] = (
            f"{os.cpu_count()} cores for everything, this client included; broker {stack.broker}; "
            f"load before {busy:.1f}, in the end {os.getloadavg()[0]:.1f}"
        )
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1))
    _show(found)
    return 0


def _too_long(*_: object) -> None:
    raise SystemExit(f"not done after {LONGEST_S} s")


def _show(found: dict[str, Any]) -> None:
    table = Table("part", "what", "measured", title=found["conditions"])
    for part, figures in found.items():
        for what, figure in figures.items() if isinstance(figures, dict) else ():
            table.add_row(part, what, f"{figure:,}")
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    print(f"written to {RESULT}")


if __name__ == "__main__":
    sys.exit(main())

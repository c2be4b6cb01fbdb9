"""`make bench`, or `python -m tests.bench PART ...`: measures on the embedded stack and writes var/bench.json."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.embedded.stack import EmbeddedStack
from tests.bench import catch_up, freshness, lookups, recovery, registration
from tests.bench.stack import BenchStack, memory
from tests.support.engines import base_environment

PARTS: dict[str, Callable[[BenchStack], dict[str, Any]]] = {
    "registration": registration.measure,
    "freshness": freshness.measure,
    "memory": memory,
    "catch-up": catch_up.measure,
    "lookups": lookups.measure,
    "recovery": recovery.measure,
}
RESULT = Path("var/bench.json")


def main() -> int:
    """Measure the parts asked for, all where none is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"unknown: {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, EmbeddedStack(Path(folder), base=base_environment()) as embedded:
        stack = BenchStack(embedded)
        found["conditions"] = f"{os.cpu_count()} cores, broker {stack.broker}, everything on one machine"
        for part in chosen:
            print(f"measuring {part} ...", flush=True)
            found[part] = PARTS[part](stack)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1))
    _show(found)
    return 0


def _show(found: dict[str, Any]) -> None:
    table = Table("part", "what", "measured", title=found["conditions"])
    for part, figures in found.items():
        for what, figure in figures.items() if isinstance(figures, dict) else ():
            table.add_row(part, what, f"{figure:,}")
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    print(f"written to {RESULT}")


if __name__ == "__main__":
    sys.exit(main())

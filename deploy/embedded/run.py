"""`make run`: the whole stack with five real campaigns running through it, published figures beside the served ones.

RUN_ONCE=1 stops after the comparison, with exit 0 if every figure matches and 1 if not; otherwise it keeps serving.
"""

import os
import signal
import sys
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from deploy.embedded.kafka_jars import BrokerUnavailable
from deploy.embedded.stack import DirectoryInUse, EmbeddedStack, PortTaken, StackError, Stopped
from deploy.embedded.stack.settings import StackSettings
from deploy.reference import files
from deploy.reference.client import Loader, LoadError, Services
from deploy.reference.expected import compare
from deploy.reference.load import load_programmes, progress_bars

PROGRAMMES = tuple(path.stem for path in files.programme_files())


def add_programme(table: Table, programme: dict[str, Any], loader: Loader) -> tuple[int, int]:
    """Add a programme's figures to the table; returns how many there are, and how many differ."""
    table.add_row(programme["programme"], f"[bold]{programme['title']['en']}[/]")
    rows = list(compare(programme, loader.get))
    for row in rows:
        mark = "[green]=[/]" if row.same else "[bold red]differs[/]"
        table.add_row(programme["programme"], row.figure, row.basis, _shown(row.published), _shown(row.served), mark)
    table.add_section()
    return len(rows), sum(not row.same for row in rows)


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def show(stack: EmbeddedStack, console: Console) -> int:
    """Load the programmes and print the table; returns how many figures differ."""
    environ = stack.surroundings.loader_environ()
    table = Table("", "figure", "basis", "published", "served", "", title="Published figures beside the served ones")
    with Loader(Services.from_environment(environ)) as loader:
        with progress_bars(console) as bars:
            programmes = load_programmes(loader, bars, PROGRAMMES)
        counts = [add_programme(table, programme, loader) for programme in programmes]
    console.print(table)
    figures, differing = map(sum, zip(*counts, strict=True))
    verdict = f"all {figures} figures match" if not differing else f"{differing} of {figures} figures differ"
    console.print(f"[bold]{verdict}[/]  (basis: published in the report, derived from it, or made by the recipe)")
    console.print(
        f"\ncounter screen  {environ['REGISTRATION_URL']}/\ndashboard       {environ['API_URL']}/?region=VN.91.913"
    )
    console.print(f"API             {environ['API_URL']}/docs\nkeys            {stack.data_dir / 'keys.env'}")
    return differing


def main() -> int:
    """Exit 0, or 1 with one line of why."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    try:
        settings = StackSettings()
        stack = EmbeddedStack(settings.data_dir, settings.ports, base={n: v for n, v in os.environ.items() if v})
        for stopping in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(stopping, lambda *_: stack.request_stop())
        with stack:
            differing = show(stack, console)
            if os.environ.get("RUN_ONCE", "0") not in ("", "0"):
                return int(differing > 0)
            console.print("\nserving; Ctrl-C stops everything")
            stack.wait()
    except Stopped:
        return 0
    except ValidationError as error:
        print("; ".join(f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()), file=sys.stderr)
        return 1
    except (StackError, PortTaken, DirectoryInUse, BrokerUnavailable, LoadError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

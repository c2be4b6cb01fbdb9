"""Load regions or programmes through the services.

    python -m deploy.reference.load regions
    python -m deploy.reference.load P0 P2

reads REGISTRATION_URL, API_URL, REGISTER_KEY and REFERENCE_KEY. Loading twice changes nothing.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.reference import files
from deploy.reference.client import Loader, LoadError, Services
from deploy.reference.recipe import expand

# A baseline or target may name any region, and a registration any office: places first, then what is said of them.
KINDS = ("offices", "groups", "populations", "baselines", "targets", "campaigns", "outreach")


def progress_bars(console: Console) -> Progress:
    """Bars with counts and time."""
    columns = (TextColumn("{task.description:42}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def load_regions(loader: Loader, bars: Progress) -> None:
    """All regions, then their lineage."""
    regions = [*files.regions(), *files.example_regions()]
    for kind, rows in (("regions", regions), ("lineage", list(files.lineage()))):
        task = bars.add_task(f"{kind} of Vietnam and Thailand", total=len(rows))
        loader.put_reference(kind, rows, lambda n, task=task: bars.advance(task, n))


def load_programmes(loader: Loader, bars: Progress, names: Sequence[str]) -> list[dict[str, Any]]:
    """The reference rows of all of them, then their registrations, each for itself; then wait until they are counted."""
    programmes = [files.programme(name) for name in names]
    for programme in programmes:
        rows = {kind: programme["reference"].get(kind, []) for kind in KINDS}
        task = bars.add_task(f"{programme['programme']} reference data", total=sum(map(len, rows.values())))
        for kind, of_kind in rows.items():
            loader.put_reference(kind, of_kind, lambda n, task=task: bars.advance(task, n))
    for programme in programmes:
        bodies = expand(programme)
        task = bars.add_task(f"{programme['programme']} registrations", total=len(bodies))
        loader.register(bodies, lambda n, task=task: bars.advance(task, n))
    loader.wait_until_served(datetime.now(UTC))
    return programmes


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 with one line where something is refused or does not answer."""
    known = ["regions", *(path.stem for path in files.programme_files())]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=known)
    chosen = parser.parse_args(arguments).what
    console = Console(stderr=True)
    try:
        with Loader(Services.from_environment()) as loader, progress_bars(console) as bars:
            if "regions" in chosen:
                load_regions(loader, bars)
            if programmes := [what for what in chosen if what != "regions"]:
                load_programmes(loader, bars, programmes)
    except LoadError as error:
        print(f"load: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

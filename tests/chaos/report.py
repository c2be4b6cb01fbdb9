"""The report of several runs: a table for people, and the same as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.chaos.run import Run

HEAD = ("seed", "faults", "registrations", "receipts", "counted", "lost", "doubled", "difference", "longest outage",
        "longest recovery", "after", "seconds")  # fmt: skip


def row(run: Run) -> tuple[str, ...]:
    """One run as cells."""
    verdict, (names, seconds) = run.verdict, run.longest_recovery
    counts = (
        verdict.registrations,
        verdict.receipts,
        verdict.counted,
        verdict.lost,
        verdict.doubled,
        verdict.difference,
    )
    numbers = [f"{number:,}" for number in (run.faults, *counts)]
    return (str(run.seed), *numbers, f"{run.longest_wait_s:.1f} s", f"{seconds:.1f} s", names, f"{run.seconds:.0f}")


def total(runs: Sequence[Run]) -> tuple[str, ...]:
    """All runs together."""
    found = [run.verdict for run in runs]
    names, seconds = max((run.longest_recovery for run in runs), key=lambda pair: pair[1])
    sums = [
        sum(getattr(v, name) for v in found)
        for name in ("registrations", "receipts", "counted", "lost", "doubled", "difference")
    ]
    numbers = [f"{number:,}" for number in (sum(run.faults for run in runs), *sums)]
    longest = max(run.longest_wait_s for run in runs)
    return ("all", *numbers, f"{longest:.1f} s", f"{seconds:.1f} s", names, f"{sum(run.seconds for run in runs):.0f}")


def table(runs: Sequence[Run]) -> list[str]:
    """The runs as lines of Markdown."""
    rows = [HEAD, ("---",) * len(HEAD), *map(row, runs), total(runs)]
    return [f"| {' | '.join(cells)} |" for cells in rows]


def markdown(runs: Sequence[Run], others: Mapping[str, Any]) -> str:
    """Everything, ready for a README."""
    lines = table(runs) if runs else []
    for name, found in others.items():
        figures = {key: value for key, value in asdict(found).items() if key != "verdict"} | asdict(found.verdict)
        lines += ["", f"{name}:", *(f"- {key}: {value}" for key, value in figures.items())]
    return "\n".join(lines)


def write_json(runs: Sequence[Run], path: Path) -> None:
    """Everything, for machines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(run) for run in runs], indent=1) + "\n")

"""`python -m tests.chaos`: faults by seed under load; prints what was lost and doubled, and writes var/chaos.json.

Settings (environment):

- CHAOS_SEED: the first run's seed; further runs count on from it. At random when not given, and printed.
- CHAOS_RUNS: how many runs (1).
- CHAOS_PROFILE: `whole` (every fault, those that take a minute too; then three brokers, and a burst), `many` (faults
  that are soon over), `short` (as in `make test`); `brokers` or `burst`: that alone.
- CHAOS_MINUTES: begin nothing that would not end within so many (15).
- CHAOS_DISK: `limit` fills ClickHouse's disk by a limit on writing even where a small file system may be mounted.
- CHAOS_DIR: where data and logs go (a temporary directory, removed when all is well).
"""

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.embedded.kafka_jars import BrokerUnavailable
from deploy.embedded.stack import StackError
from tests.chaos import burst, plan, report, three_brokers
from tests.chaos.run import Run, run

PROFILES = {"whole": plan.WHOLE, "many": plan.MANY, "short": plan.SHORT}
ALONE = {"brokers", "burst"}
RESULTS = Path("var/chaos.json")
THREE_BROKERS_S, BURST_S = 150, 180
"""About how long the other scenarios take."""
JUDGING_S = 90


class Clock:
    """The time that is left."""

    def __init__(self, minutes: float) -> None:
        self._end = time.monotonic() + 60 * minutes

    @property
    def last_round_at(self) -> float:
        """Later, no round may begin: what is left is for counting to the end, and for judging."""
        return self._end - JUDGING_S

    def allows(self, seconds: float, what: str) -> bool:
        """Whether there is time for it; says so where there is not."""
        if time.monotonic() + seconds < self._end:
            return True
        _say(f"no time for {what}; CHAOS_MINUTES gives more")
        return False


def main() -> int:
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(1, 1_000_000))
    name = os.environ.get("CHAOS_PROFILE", "whole")
    clock = Clock(float(os.environ.get("CHAOS_MINUTES", "15")))
    folder = Path(os.environ.get("CHAOS_DIR") or tempfile.mkdtemp(prefix="chaos-"))
    if name not in PROFILES and name not in ALONE:
        print(f"CHAOS_PROFILE={name}: choose from {', '.join([*PROFILES, *sorted(ALONE)])}", file=sys.stderr)
        return 2
    runs = _runs(seed, int(os.environ.get("CHAOS_RUNS", "1")), name, folder, clock) if name in PROFILES else []
    others = _others(seed, folder, clock, ALONE if name == "whole" else {name} & ALONE)
    print(report.markdown(runs, others))
    complaints = [c for found in [*runs, *others.values()] for c in found.verdict.complaints]
    if complaints:
        print(f"data and logs: {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _runs(seed: int, count: int, profile: str, folder: Path, clock: Clock) -> list[Run]:
    runs: list[Run] = []
    may_mount = os.environ.get("CHAOS_DISK") != "limit"
    for number in range(seed, seed + count):
        if runs and not clock.allows(runs[-1].seconds, f"seed {number} and on"):
            break
        _say(f"CHAOS_SEED={number} CHAOS_PROFILE={profile}")
        found = Run(number)
        _noted(
            found,
            lambda found=found: run(
                found,
                PROFILES[profile],
                folder / str(found.seed),
                may_mount=may_mount,
                say=_say,
                last_round_at=clock.last_round_at,
            ),
        )
        runs.append(found)
        _say("\n".join(report.table(runs)))
        report.write_json(runs, RESULTS)
    return runs


def _others(seed: int, folder: Path, clock: Clock, chosen: set[str]) -> dict[str, Any]:
    """Three brokers, and the burst."""
    others: dict[str, Any] = {}
    if "brokers" in chosen and clock.allows(THREE_BROKERS_S, "three brokers"):
        others["three brokers"] = found = three_brokers.ThreeBrokers(seed)
        _noted(found, lambda: three_brokers.run(found, 3_000, folder / "three", say=_say))
    if "burst" in chosen and clock.allows(BURST_S, "the burst"):
        others["burst"] = peak = burst.Burst()
        _noted(peak, lambda: burst.run(peak, seed, folder / "burst"))
    return others


def _noted(found: Any, scenario: Callable[[], None]) -> None:
    """Run it; a system that does not come back is a complaint like any other, and ends only this scenario."""
    try:
        scenario()
    except (AssertionError, BrokerUnavailable, StackError, OSError) as error:
        found.verdict.complaints.append(f"did not end: {error}")
    for complaint in found.verdict.complaints:
        _say(f"  WRONG: {complaint}")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

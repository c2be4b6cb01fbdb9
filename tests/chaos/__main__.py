"""`python -m tests.chaos`: faults by seed until the time is over; prints what was lost and doubled.

CHAOS_SEED=n        the first run's seed; the next runs count on from it (random when not given, and printed)
CHAOS_RUNS=n        how many runs (1)
CHAOS_PROFILE=name  whole (every fault, with the minute-long ones), many (faults that are soon over) or short
CHAOS_MINUTES=n     start no further run after so many (15)
CHAOS_DIR=path      where data and logs go (a temporary directory, removed when all is well)
"""

import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos import plan, report
from tests.chaos.run import Run, run

PROFILES = {"whole": plan.WHOLE, "many": plan.MANY, "short": plan.SHORT}
RESULTS = Path("var/chaos.json")


def main() -> int:
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(1, 1_000_000))
    profile = PROFILES[os.environ.get("CHAOS_PROFILE", "whole")]
    give_up_at = time.monotonic() + 60 * float(os.environ.get("CHAOS_MINUTES", "15"))
    folder = Path(os.environ.get("CHAOS_DIR") or tempfile.mkdtemp(prefix="chaos-"))
    may_mount = os.environ.get("CHAOS_DISK") != "limit"
    runs: list[Run] = []
    for number in range(int(os.environ.get("CHAOS_RUNS", "1"))):
        if runs and time.monotonic() + runs[-1].seconds > give_up_at:
            print(f"no time for seed {seed + number} and on; CHAOS_MINUTES gives more")
            break
        print(f"CHAOS_SEED={seed + number}", flush=True)
        runs.append(run(seed + number, profile, folder / str(seed + number), may_mount=may_mount, say=_say))
        for complaint in runs[-1].verdict.complaints:
            _say(f"  WRONG: {complaint}")
    print(report.markdown(runs))
    report.write_json(runs, RESULTS)
    if any(found.verdict.complaints for found in runs):
        print(f"data and logs: {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

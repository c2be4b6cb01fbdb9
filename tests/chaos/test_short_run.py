"""A few faults, chosen anew by CHAOS_SEED: part of `make test`. `make chaos` has all kinds, for minutes."""

import os
from pathlib import Path

from tests.chaos import plan
from tests.chaos.run import Run, run

SEED = int(os.environ.get("CHAOS_SEED", "2020"))


def test_under_a_few_faults_every_receipt_is_counted_once_and_every_total_is_the_oracles(tmp_path: Path) -> None:
    found = Run(SEED)
    run(found, plan.SHORT, tmp_path, may_mount=False)
    assert not found.verdict.complaints, f"CHAOS_SEED={SEED}: {found.verdict.complaints}"
    assert found.verdict.counted == found.verdict.registrations >= plan.SHORT.registrations
    assert found.faults >= plan.SHORT.rounds

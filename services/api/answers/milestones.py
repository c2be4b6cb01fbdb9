"""What has been reached: complete villages and groups, and plans that are met."""

from collections.abc import Iterator

from schemas.coverage import TargetProgress
from schemas.pages import CompletePlace, MilestonesPage
from schemas.vocabulary import Level, Scheme
from services.api.answers.coverage import covered, region_ref
from services.api.answers.targets import region_target
from services.api.live.snapshot import Snapshot

SMALLEST = frozenset({Level.VILLAGE, Level.GROUP})
"""Levels whose people are few enough that everyone can be covered: those that programmes declare complete."""


def milestones(snapshot: Snapshot, position: int) -> MilestonesPage:
    """The milestones of a region and all below it."""
    tree = snapshot.reference.tree
    return MilestonesPage(
        region=region_ref(tree.places[position]),
        as_of=snapshot.as_of,
        freshness_ms=-1,
        complete=list(_complete(snapshot, range(position, tree.end[position]))),
        targets_met=list(_met(snapshot, range(position, tree.end[position]))),
    )


def _complete(snapshot: Snapshot, positions: range) -> Iterator[CompletePlace]:
    places = snapshot.reference.tree.places
    for position in positions:
        if places[position].level not in SMALLEST:
            continue
        for scheme in Scheme:
            figures = snapshot.of(position, scheme)
            eligible, pct, _ = covered(figures, position)
            if pct is not None and pct >= 100 and eligible.count is not None:
                yield CompletePlace(
                    region=region_ref(places[position]),
                    scheme=scheme,
                    participants=figures.participants(position),
                    eligible=eligible.count,
                    coverage_pct=pct,
                )


def _met(snapshot: Snapshot, positions: range) -> Iterator[TargetProgress]:
    index = snapshot.reference.tree.index
    for plan in snapshot.reference.plans.values():
        position = index.get(plan.region)
        if position is None or position not in positions or not plan.of_region:
            continue
        progress = region_target(snapshot.of(position, plan.scheme), plan, position)
        if progress.status == "met":
            yield progress

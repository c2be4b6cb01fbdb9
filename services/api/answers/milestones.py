"""What has been reached: complete villages and groups, and plans that are met."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from schemas.coverage import TargetProgress
from schemas.pages import CompletePlace, MilestoneReached, MilestonesPage
from schemas.vocabulary import Level, Scheme
from services.api.answers.coverage import covered, region_ref
from services.api.answers.targets import region_target
from services.api.domain.tree import Tree
from services.api.live.snapshot import Snapshot
from services.api.queries.milestones import Milestone

SMALLEST = frozenset({Level.VILLAGE, Level.GROUP})
"""Levels whose people are few enough that everyone can be covered: those that programmes declare complete."""


def milestones(
    snapshot: Snapshot, position: int, history: Sequence[Milestone], freshness_ms: int | None
) -> MilestonesPage:
    """The milestones of a region and all below it; `history` as kept."""
    tree = snapshot.reference.tree
    moments = {(m.region, m.scheme): m.reached_at for m in history if m.kind == "complete" and m.status == "reached"}
    return MilestonesPage(
        region=region_ref(tree.places[position]),
        as_of=snapshot.as_of,
        freshness_ms=freshness_ms,
        complete=list(_complete(snapshot, range(position, tree.end[position]), moments)),
        targets_met=list(_met(snapshot, range(position, tree.end[position]))),
        history=[_reached(tree, one) for one in history],
    )


def _reached(tree: Tree, one: Milestone) -> MilestoneReached:
    position = tree.index.get(one.region)
    return MilestoneReached(
        id=one.id,
        kind=one.kind,
        status=one.status,
        region=None if position is None else region_ref(tree.places[position]),
        scheme=one.scheme,
        target=one.target or None,
        threshold_pct=one.threshold_pct,
        needed=one.needed,
        reached_on=one.reached_on,
        reached_at=one.reached_at,
    )


def _complete(
    snapshot: Snapshot, positions: range, moments: Mapping[tuple[str, Scheme], datetime]
) -> Iterator[CompletePlace]:
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
                    reached_at=moments.get((places[position].id, scheme)),
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

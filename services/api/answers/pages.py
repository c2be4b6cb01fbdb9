"""Region pages, leaderboards and the search for regions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from schemas.coverage import Headline, Kin, PlanShort, RegionPage, Units
from schemas.pages import Leader, RegionFound
from schemas.vocabulary import Country, Level, Scheme
from services.api.answers.coverage import covered, headline, region_ref
from services.api.answers.targets import region_target
from services.api.domain.growth import growth_pct
from services.api.domain.lineage import Succession
from services.api.domain.numbers import half_up
from services.api.domain.tree import Tree
from services.api.live.figures import Figures
from services.api.live.reference import Reference
from services.api.live.snapshot import Snapshot

Metric = Literal["participants", "coverage_pct", "new_1h", "new_24h", "new_7d", "new_30d", "yoy_pct"]

DEFAULT_SCHEMES = {Country.VN: Scheme.VOLUNTARY_SI, Country.TH: Scheme.SECTION40}
"""The scheme of a region page where none is asked for: the one the country's campaigns are about."""


def region_page(
    snapshot: Snapshot, position: int, scheme: Scheme, freshness_ms: int | None, units: Units | None = None
) -> RegionPage:
    """A region with its ancestors and its children; children that no longer exist are shown while they hold anyone."""
    figures = snapshot.of(position, scheme)
    tree = figures.tree
    shown = [p for p in tree.children(position) if figures.shows(p)]
    predecessors, successors = kin(snapshot.reference, position)
    return RegionPage(
        region=region_ref(tree.places[position]),
        ancestors=[region_ref(tree.places[p]) for p in tree.ancestors(position)],
        scheme=scheme,
        as_of=figures.calendar.as_of,
        freshness_ms=freshness_ms,
        coverage=headline(figures, position),
        at_region_itself=figures.active_at_region_itself(position),
        children=[_child(figures, p) for p in shown],
        predecessors=predecessors,
        successors=successors,
        units=units,
    )


def _child(figures: Figures, position: int) -> Headline:
    """A child with the plan that matters now."""
    today = figures.calendar.today
    begun = [plan for plan in figures.reference.plans_of(figures.tree, position, today) if plan.from_ <= today]
    if not begun:
        return headline(figures, position)
    is_open = [plan for plan in begun if plan.to >= today]
    plan = min(is_open, key=lambda p: (p.to, p.id)) if is_open else max(begun, key=lambda p: (p.to, p.id))
    progress = region_target(figures, replace(plan, milestones=()), position)
    short = PlanShort(id=plan.id, achieved_pct=progress.achieved_pct, status=progress.status)
    return headline(figures, position).model_copy(update={"plan": short})


def kin(reference: Reference, position: int) -> tuple[list[Kin], list[Kin]]:
    """What a region was made of, and what became of it: those of its own level, where there are any."""
    lineage, region = reference.time.lineage, reference.tree.places[position].id
    before = [(row.from_, row) for row in lineage.predecessors.get(region, ())]
    after = [(row.to, row) for row in lineage.successors.get(region, ())]
    return _of_same_level(reference.tree, position, before), _of_same_level(reference.tree, position, after)


def _of_same_level(tree: Tree, position: int, rows: list[tuple[str, Succession]]) -> list[Kin]:
    level = tree.places[position].level
    known = [(tree.places[tree.index[id_]], row) for id_, row in rows if id_ in tree.index]
    chosen = [pair for pair in known if pair[0].level == level] or known
    return [
        Kin(region=region_ref(place), weight=half_up(row.weight, 6), effective_on=row.effective_on)
        for place, row in chosen
    ]


def metric_of(figures: Figures, position: int, metric: Metric) -> float | None:
    """The figure by which regions are ranked."""
    if metric == "participants":
        return figures.participants(position)
    if metric == "coverage_pct":
        return covered(figures, position)[1]
    if metric == "yoy_pct":
        return growth_of(figures, position)
    return figures.new_in(metric.removeprefix("new_"), position)


def growth_of(figures: Figures, position: int) -> float | None:
    """Growth of the stock on a year before, in %."""
    then = figures.a_year_before(position)
    return None if then.basis == "none" else growth_pct(figures.participants(position), then.participants)


def leaderboard(
    snapshot: Snapshot, level: Level, scheme: Scheme, metric: Metric, within: int | None, limit: int
) -> list[Leader]:
    """Regions of a level, the greatest figure first; equal figures share a rank; those without one come last."""
    tree = snapshot.reference.tree
    first, end = (within, tree.end[within]) if within is not None else (0, len(tree))
    found = []
    for position in range(first, end):
        if tree.places[position].level != level:
            continue
        figures = snapshot.of(position, scheme)
        if figures.shows(position):
            found.append((metric_of(figures, position, metric), position))
    found.sort(key=lambda pair: (pair[0] is None, -(pair[0] or 0), tree.places[pair[1]].id))
    leaders: list[Leader] = []
    for place, (value, position) in enumerate(found[:limit], 1):
        tied = bool(leaders) and leaders[-1].value == value
        rank = None if value is None else leaders[-1].rank if tied else place
        leaders.append(Leader(rank=rank, value=value, coverage=headline(snapshot.of(position, scheme), position)))
    return leaders


def regions_found(tree: Tree, positions: Sequence[int]) -> list[RegionFound]:
    """Regions as the answer of a search."""
    return [
        RegionFound(
            region=region_ref(tree.places[position]),
            path=[region_ref(tree.places[p]) for p in tree.ancestors(position)],
        )
        for position in positions
    ]

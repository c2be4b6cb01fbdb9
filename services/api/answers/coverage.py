"""`/v1/coverage` and the headline of a region that lists show."""

from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime
from typing import Literal

from schemas.coverage import Coverage, EligibleUsed, EstimatedShare, Headline, Names, RegionRef, Units
from schemas.vocabulary import Scheme
from services.api.answers.targets import region_targets
from services.api.domain.coverage import coverage_pct
from services.api.domain.growth import year_on_year
from services.api.domain.numbers import half_up
from services.api.domain.tree import Place
from services.api.live.figures import Figures
from services.api.live.snapshot import Snapshot

AsUnits = Literal["was", "now"]
"""In the units of the day asked for, or in today's."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment of an answer, and how old the figures are."""

    as_of: datetime
    freshness_ms: int | None


def region_ref(place: Place) -> RegionRef:
    """A region as answers name it."""
    return RegionRef(
        id=place.id,
        code=place.code,
        level=place.level,
        country=place.country,
        name=Names(vi=place.name_vi, th=place.name_th, en=place.name_en),
        parent=place.parent or None,
        valid_from=place.valid_from,
        valid_to=place.valid_to,
    )


def covered(figures: Figures, position: int) -> tuple[EligibleUsed, float | None, str | None]:
    """The denominator, coverage in %, and why there is none."""
    denominators = figures.denominators()
    eligible = denominators.served(position)
    why = "" if eligible.count is not None else denominators.why_missing(position)
    return eligible, *coverage_pct(figures.participants(position), eligible.count, why)


def headline(figures: Figures, position: int) -> Headline:
    """A region in a list."""
    eligible, pct, reason = covered(figures, position)
    return Headline(
        region=region_ref(figures.tree.places[position]),
        participants=figures.participants(position),
        active_by_record=figures.active(position),
        eligible=eligible,
        coverage_pct=pct,
        coverage_reason=reason,
        new=figures.new(position),
        left=figures.left(position),
        estimated=bool(figures.estimated_parts(position)),
    )


def units_used(figures: Figures, position: int, asked: AsUnits | None, in_units: Day) -> Units | None:
    """In which units the figures of a region are, where that was asked for."""
    if asked is None:
        return None
    places, parts = figures.tree.places, figures.estimated_parts(position)
    shares = [EstimatedShare(region=region_ref(places[p.position]), weight=half_up(p.share, 6)) for p in parts]
    return Units(as_=asked, on=in_units, estimated=bool(parts), parts=shares)


def coverage(
    snapshot: Snapshot, position: int, scheme: Scheme, freshness_ms: int | None, units: Units | None = None
) -> Coverage:
    """Everything about one region in one scheme."""
    figures = snapshot.of(position, scheme)
    eligible, pct, reason = covered(figures, position)
    return Coverage(
        region=region_ref(figures.tree.places[position]),
        scheme=scheme,
        as_of=figures.calendar.as_of,
        freshness_ms=freshness_ms,
        participants=figures.participants(position),
        active_by_record=figures.active(position),
        baseline=figures.baseline(position).served,
        eligible=eligible,
        coverage_pct=pct,
        coverage_reason=reason,
        new=figures.new(position),
        left=figures.left(position),
        targets=region_targets(figures, position),
        yoy=year_on_year(
            figures.participants(position), figures.new_in("30d", position), figures.a_year_before(position)
        ),
        units=units,
    )

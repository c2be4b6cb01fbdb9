"""`/v1/coverage` and the headline of a region that lists show."""

from dataclasses import dataclass
from datetime import datetime

from schemas.coverage import Coverage, EligibleUsed, Headline, Names, RegionRef
from schemas.vocabulary import Scheme
from services.api.answers.targets import region_targets
from services.api.domain.coverage import coverage_pct
from services.api.domain.growth import year_on_year
from services.api.domain.tree import Place
from services.api.live.figures import Figures
from services.api.live.snapshot import Snapshot


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
    )


def coverage(snapshot: Snapshot, position: int, scheme: Scheme, freshness_ms: int | None) -> Coverage:
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
    )

"""Coverage: participants out of the eligible, exactly, never capped; null with a reason where it cannot be said."""

from services.api.domain.numbers import percent_half_up


def coverage_pct(participants: int, eligible: int | None, why_missing: str) -> tuple[float | None, str | None]:
    """The percentage (2 decimals, half up) or None, and then the reason."""
    if eligible is None:
        return None, why_missing
    served = percent_half_up(participants, eligible)
    return served, None if served is not None else "the eligible population is 0"

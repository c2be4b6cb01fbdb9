"""`/v1/outreach`: what sessions cost and what they brought."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date as Day
from decimal import Decimal
from fractions import Fraction
from typing import Any

from schemas.pages import OutreachActivity, OutreachYield
from schemas.vocabulary import Scheme, recorded_schemes
from services.api.answers.coverage import region_ref
from services.api.domain.numbers import half_up
from services.api.domain.tree import Tree
from services.api.queries.outreach import NO_END, Activity, read_activities, read_enrolments
from services.shared.clickhouse_store import ClickHouseStore

Enrolments = dict[str, Counter[Scheme]]


def outreach(
    store: ClickHouseStore, tree: Tree, region: str, last: Day = NO_END
) -> tuple[OutreachYield, list[OutreachActivity]]:
    """All activities of a region and below it together, and one by one, as of the end of the day `last`."""
    activities = read_activities(store, region, last)
    enrolments: Enrolments = defaultdict(Counter)
    for activity, scheme, people in read_enrolments(store, [a.id for a in activities], last):
        enrolments[activity][Scheme(scheme)] += people
    total = OutreachYield(**_yield(activities, enrolments))
    return total, [_served(activity, tree, enrolments) for activity in activities]


def outreach_of(
    store: ClickHouseStore, regions: Iterable[str], schemes: Iterable[Scheme], days: tuple[Day, Day], up_to: Day
) -> OutreachYield:
    """What the activities of some regions on any of those days (both included) brought up to a day, in those schemes only."""
    first, last = days
    activities = {a.id: a for region in regions for a in read_activities(store, region, last)}
    held = [a for a in activities.values() if a.from_ <= last and a.to >= first]
    wanted = {part for scheme in schemes for part in recorded_schemes(scheme)}
    enrolments: Enrolments = defaultdict(Counter)
    for activity, scheme, people in read_enrolments(store, [a.id for a in held], up_to):
        if scheme in wanted:
            enrolments[activity][Scheme(scheme)] += people
    return OutreachYield(**_yield(held, enrolments))


def _served(activity: Activity, tree: Tree, enrolments: Enrolments) -> OutreachActivity:
    position = tree.index.get(activity.region)
    return OutreachActivity(
        id=activity.id,
        region=None if position is None else region_ref(tree.places[position]),
        kind=activity.kind,
        audience=activity.audience or None,
        partner=activity.partner or None,
        from_=activity.from_,
        to=activity.to,
        **_yield([activity], enrolments),
    )


def _yield(activities: Sequence[Activity], enrolments: Enrolments) -> dict[str, Any]:
    by_scheme: Counter[Scheme] = Counter()
    for activity in activities:
        by_scheme.update(enrolments.get(activity.id, Counter()))
    sessions, attendees = sum(a.sessions for a in activities), sum(a.attendees for a in activities)
    people = by_scheme.total()
    cost, people_of_cost = _costs(activities, enrolments)
    return {
        "sessions": sessions,
        "attendees": attendees,
        "cost": {currency: float(amount) for currency, amount in cost.items()},
        "enrolments": dict(by_scheme),
        "enrolments_total": people,
        "per_session": _ratio(people, sessions),
        "per_100_attendees": _ratio(people * 100, attendees),
        "cost_per_enrolment": {c: _ratio(amount, people_of_cost[c]) for c, amount in cost.items()},
    }


def _costs(activities: Iterable[Activity], enrolments: Enrolments) -> tuple[dict[str, Decimal], Counter[str]]:
    """Cost by currency, and the people new through the activities that cost it."""
    cost: dict[str, Decimal] = defaultdict(Decimal)
    people: Counter[str] = Counter()
    for activity in activities:
        if activity.cost is not None:
            cost[activity.currency] += activity.cost
            people[activity.currency] += enrolments.get(activity.id, Counter()).total()
    return cost, people


def _ratio(part: int | Decimal, whole: int) -> float | None:
    return half_up(Fraction(part) / whole) if whole else None

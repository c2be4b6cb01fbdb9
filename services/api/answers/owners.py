"""`/v1/offices` and `/v1/agents`: what each did by its own records, how its plans stand, and what offices still hold."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from schemas.coverage import RegionRef, TargetProgress, Windows
from schemas.owners import AgentPage, AgentRow, OfficePage, OfficeRow, OfficeSync, SchemeFlows, YearCounts
from services.api.answers.coverage import region_ref
from services.api.answers.targets import owner_targets
from services.api.domain.plans import Plan
from services.api.domain.tree import Tree
from services.api.domain.windows import WINDOWS, Calendar
from services.api.live.snapshot import Snapshot
from services.api.queries import owners
from services.api.queries.owners import FLOWS, OfficeFound, Own, Report
from services.shared.clickhouse_store import ClickHouseStore

NEVER_REPORTED = "the office has never reported what it still holds"
MOST_AGENTS_READ = 5_000


def offices_of(
    store: ClickHouseStore, snapshot: Snapshot, region: str, calendar: Calendar, complete_up_to: datetime | None
) -> list[OfficeRow]:
    """The offices of a region and all below it. `complete_up_to`: every record that came in before it is counted."""
    found = owners.read_offices(store, region)
    ids = [office.id for office in found]
    own, reports = owners.read_own(store, "office", ids, calendar), owners.read_reports(store, ids)
    rows = [
        OfficeRow(
            **_office(office, snapshot.reference.tree),
            **_together(own.get(office.id, ())),
            sync=_sync(reports.get(office.id), own.get(office.id, ()), complete_up_to),
        )
        for office in found
    ]
    return sorted(rows, key=lambda row: (-row.year.new, row.id))


def office_page(
    store: ClickHouseStore, snapshot: Snapshot, office: str, calendar: Calendar, complete_up_to: datetime | None
) -> OfficePage | None:
    """One office, known by the reference data, a plan, a report, or a record of the year; else None."""
    known = owners.read_office(store, office)
    own = owners.read_own(store, "office", [office], calendar).get(office, [])
    report = owners.read_reports(store, [office]).get(office)
    plans = plans_of(snapshot, "office", office)
    if known is None and not own and report is None and not plans:
        return None
    return OfficePage(
        **_office(known or OfficeFound(office), snapshot.reference.tree),
        **_together(own),
        sync=_sync(report, own, complete_up_to),
        as_of=calendar.as_of,
        freshness_ms=None,
        schemes=_schemes(own),
        targets=owner_targets(store, plans, calendar.today),
    )


def agents_of(
    store: ClickHouseStore, snapshot: Snapshot, position: int, calendar: Calendar, limit: int
) -> tuple[list[AgentRow], int]:
    """The agents of a region, the busiest of the year first, and how many are beyond the limit."""
    tree = snapshot.reference.tree
    plans = [
        plan
        for plan in snapshot.reference.plans.values()
        if plan.per == "agent" and position <= tree.index[plan.region] < tree.end[position]
    ]
    with_plans = {plan.owner for plan in plans}
    others = sorted(set(owners.read_agents(store, tree.places[position].id, calendar)) - with_plans)
    ids = [*sorted(with_plans), *others][:MOST_AGENTS_READ]
    own = owners.read_own(store, "agent", ids, calendar)
    busiest = sorted(ids, key=lambda agent: (-sum(each.year["new"] for each in own.get(agent, ())), agent))
    shown = busiest[:limit]
    targets = owner_targets(store, [plan for plan in plans if plan.owner in set(shown)], calendar.today)
    return (
        [AgentRow(**_agent(agent, own.get(agent, ()), [t for t in targets if t.owner == agent])) for agent in shown],
        len(with_plans) + len(others) - len(shown),
    )


def agent_page(store: ClickHouseStore, snapshot: Snapshot, agent: str, calendar: Calendar) -> AgentPage | None:
    """One agent, known by a plan or by a record of the year; else None."""
    own = owners.read_own(store, "agent", [agent], calendar).get(agent, [])
    plans = plans_of(snapshot, "agent", agent)
    if not own and not plans:
        return None
    targets = owner_targets(store, plans, calendar.today)
    return AgentPage(**_agent(agent, own, targets), as_of=calendar.as_of, freshness_ms=None, schemes=_schemes(own))


def plans_of(snapshot: Snapshot, per: owners.Per, owner: str) -> list[Plan]:
    """The plans of an office or agent."""
    return [plan for plan in snapshot.reference.plans.values() if plan.per == per and plan.owner == owner]


def _office(office: OfficeFound, tree: Tree) -> dict[str, Any]:
    region: RegionRef | None = None
    if office.region in tree.index:
        region = region_ref(tree.places[tree.index[office.region]])
    return {"id": office.id, "name": office.name, "kind": office.kind, "region": region}


def _agent(agent: str, own: Sequence[Own], targets: list[TargetProgress]) -> dict[str, Any]:
    offices = sorted({office for each in own for office in each.offices})
    return {"id": agent, "offices": offices, "targets": targets, **_together(own)}


def _together(own: Iterable[Own]) -> dict[str, Any]:
    """All schemes added up: participations."""
    every = list(own)
    year: Counter[str] = Counter()
    for each in every:
        year.update(each.year)
    windows = {
        flow: [sum(column) for column in zip(*(each.windows[flow] for each in every), strict=True)] for flow in FLOWS
    }
    return {**{flow: _windows(counts) for flow, counts in windows.items()}, "year": YearCounts(**year)}


def _windows(counts: Sequence[int]) -> Windows:
    return Windows.model_validate(dict(zip(WINDOWS, counts, strict=True)) if counts else {})


def _schemes(own: Iterable[Own]) -> list[SchemeFlows]:
    return [SchemeFlows(scheme=each.scheme, **_together([each])) for each in own]


def _sync(report: Report | None, own: Sequence[Own], complete_up_to: datetime | None) -> OfficeSync:
    heard = [each.last_recorded_at for each in own] + ([report.reported_at] if report else [])
    silent_since = max(heard, default=None)
    if report is None:
        return OfficeSync(
            unsynced_count=None,
            oldest_unsynced_at=None,
            reported_at=None,
            complete_up_to=None,
            reason=NEVER_REPORTED,
            silent_since=silent_since,
        )
    held = report.unsynced_count > 0
    sent = report.oldest_unsynced_at if held else report.reported_at
    known = sent is not None and complete_up_to is not None
    return OfficeSync(
        unsynced_count=report.unsynced_count,
        oldest_unsynced_at=report.oldest_unsynced_at,
        reported_at=report.reported_at,
        complete_up_to=min(sent, complete_up_to) if sent is not None and complete_up_to is not None else None,
        reason=None
        if known
        else "the office did not say when the oldest it holds was made"
        if held
        else "nothing is counted yet",
        silent_since=silent_since,
    )

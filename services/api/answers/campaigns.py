"""`/v1/campaigns`: how a campaign runs, and how it closed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from schemas.campaigns import (
    CampaignOffice,
    CampaignPage,
    CampaignPeople,
    CampaignRegion,
    CampaignRow,
    CampaignStatus,
)
from schemas.vocabulary import Country, Scheme
from services.api.answers.coverage import region_ref
from services.api.answers.outreach import outreach_of
from services.api.domain.numbers import half_up
from services.api.domain.tree import Tree
from services.api.domain.windows import Calendar
from services.api.queries.campaigns import (
    Campaign,
    Closing,
    Part,
    People,
    read_campaigns,
    read_closings,
    read_running,
    read_standing,
)
from services.api.queries.explain import read_office_names
from services.api.queries.outreach import NO_END
from services.shared.clickhouse_store import ClickHouseStore

MOST_OFFICES = 200
OTHERS = "(others)"


@dataclass(frozen=True)
class Moment:
    """As of when each country's campaigns are told, and how many partitions a closing figure is made of."""

    calendars: Mapping[Country, Calendar]
    partitions: int
    dated: bool
    """Whether it is the end of an earlier day: what begins or happens later is not there."""

    def of(self, campaign: Campaign) -> Calendar:
        """Of the country whose days the campaign's are."""
        return self.calendars[campaign.country]

    def read(self, store: ClickHouseStore) -> list[Campaign]:
        """The campaigns that are there."""
        found = read_campaigns(store)
        if not self.dated:
            return found
        return [c.as_of(self.of(c).today) for c in found if c.from_ <= self.of(c).today]


def campaigns(store: ClickHouseStore, tree: Tree, region: str | None, moment: Moment) -> list[CampaignRow]:
    """All campaigns, or those in a region, above or below it."""
    found = [campaign for campaign in moment.read(store) if region is None or _concerns(campaign, tree, region)]
    running, closings = read_running(store, found), read_closings(store, found)
    return [
        CampaignRow(**_row(campaign, tree, running[campaign.id], closings[campaign.id], moment)) for campaign in found
    ]


def campaign_page(store: ClickHouseStore, tree: Tree, id_: str, moment: Moment) -> CampaignPage | None:
    """One campaign in parts; None where there is none of that id."""
    campaign = next((each for each in moment.read(store) if each.id == id_), None)
    if campaign is None:
        return None
    standing, closing = read_standing(store, campaign), read_closings(store, [campaign])[id_]
    running, late = _sum(now_ for now_, _ in standing.values()), _sum(late_ for _, late_ in standing.values())
    calendar = moment.of(campaign)
    row = _row(campaign, tree, running, closing, moment)
    is_closed = row["closing"] is not None
    changed = running.minus(_sum(closing.parts.values())).minus(late)
    gone = max(0, (min(calendar.today, campaign.to) - campaign.from_).days + 1)
    return CampaignPage(
        **row,
        as_of=calendar.as_of,
        days=(campaign.to - campaign.from_).days + 1,
        days_gone=gone,
        named_per_day=half_up(Fraction(running.named, gone)) if gone else None,
        late_after_close=_served(late),
        changed_since_close=_served(changed) if is_closed else None,
        by_scheme={Scheme(scheme): _served(people) for scheme, (people, _) in _by(standing, closing, "scheme").items()},
        by_region=_by_region(campaign, tree, _by(standing, closing, "region"), is_closed),
        by_office=_by_office(store, _by(standing, closing, "office"), is_closed),
        outreach=outreach_of(
            store,
            campaign.regions,
            campaign.schemes,
            (campaign.from_, campaign.counted_to),
            calendar.today if moment.dated else NO_END,
        ),
        freshness_ms=None,
    )


def _row(campaign: Campaign, tree: Tree, running: People, closing: Closing, moment: Moment) -> dict[str, Any]:
    calendar = moment.of(campaign)
    reason = _why_not_closed(campaign, closing, moment.partitions, calendar)
    return {
        "id": campaign.id,
        "name": campaign.name,
        "schemes": list(campaign.schemes),
        "regions": [region_ref(tree.places[tree.index[region]]) for region in campaign.regions if region in tree.index],
        "from": campaign.from_,
        "to": campaign.to,
        "grace_days": campaign.grace_days,
        "closes_at": campaign.closes_at,
        "status": _status(campaign, calendar),
        "running": _served(running),
        "closing": _served(_sum(closing.parts.values())) if reason is None else None,
        "closing_reason": reason,
    }


def _status(campaign: Campaign, calendar: Calendar) -> CampaignStatus:
    if calendar.as_of >= campaign.closes_at:
        return "closed"
    if calendar.today < campaign.from_:
        return "not_started"
    return "running" if calendar.today <= campaign.to else "grace"


def _why_not_closed(campaign: Campaign, closing: Closing, partitions: int, calendar: Calendar) -> str | None:
    if calendar.as_of < campaign.closes_at:
        return f"records count until {campaign.closes_at.isoformat()}"
    if not partitions or closing.partitions < partitions:
        return f"being counted: {closing.partitions} of {partitions} partitions are closed"
    return None


def _concerns(campaign: Campaign, tree: Tree, region: str) -> bool:
    at = tree.index[region]
    places = [tree.index[each] for each in campaign.regions if each in tree.index]
    return any(place <= at < tree.end[place] or at <= place < tree.end[at] for place in places)


def _served(people: People) -> CampaignPeople:
    return CampaignPeople(named=people.named, in_scope=people.in_scope)


def _sum(people: Iterable[People]) -> People:
    total = People()
    for each in people:
        total = total.plus(each)
    return total


def _by(
    standing: Mapping[Part, tuple[People, People]], closing: Closing, name: str
) -> dict[str, tuple[People, People]]:
    """Running and closing, added up by a field of the parts."""
    found: dict[str, tuple[People, People]] = defaultdict(lambda: (People(), People()))
    for part, (now, _) in standing.items():
        running, closed = found[getattr(part, name)]
        found[getattr(part, name)] = (running.plus(now), closed)
    for part, at_close in closing.parts.items():
        running, closed = found[getattr(part, name)]
        found[getattr(part, name)] = (running, closed.plus(at_close))
    return found


def _by_region(
    campaign: Campaign, tree: Tree, figures: Mapping[str, tuple[People, People]], is_closed: bool
) -> list[CampaignRegion]:
    """What lies right below the campaign's regions, those themselves, and all the rest; parts without people left out."""
    tops = {tree.index[region] for region in campaign.regions if region in tree.index}
    parts: dict[int, tuple[People, People]] = defaultdict(lambda: (People(), People()))
    for region, (running, closed) in figures.items():
        at = _part_of(tree, tree.index.get(region, -1), tops)
        parts[at] = (parts[at][0].plus(running), parts[at][1].plus(closed))
    return [
        CampaignRegion(
            part="elsewhere" if at < 0 else "itself" if at in tops else "below",
            region=None if at < 0 else region_ref(tree.places[at]),
            running=_served(running),
            closing=_served(closed) if is_closed else None,
        )
        for at, (running, closed) in sorted(parts.items(), key=lambda item: (item[0] < 0, item[0]))
    ]


def _part_of(tree: Tree, position: int, tops: set[int]) -> int:
    """The campaign's region itself, or the child of it that holds the position; -1 where none does."""
    below = position
    while position >= 0:
        if position in tops:
            return below
        below, position = position, tree.parent[position]
    return -1


def _by_office(
    store: ClickHouseStore, figures: Mapping[str, tuple[People, People]], is_closed: bool
) -> list[CampaignOffice]:
    ordered = sorted(figures.items(), key=lambda item: (-item[1][0].named, -item[1][0].in_scope, item[0]))
    names = read_office_names(store, [office for office, _ in ordered[:MOST_OFFICES]])
    rows = [(office, names.get(office), *people) for office, people in ordered[:MOST_OFFICES]]
    if rest := [people for _, people in ordered[MOST_OFFICES:]]:
        rows.append((OTHERS, None, _sum(now for now, _ in rest), _sum(closed for _, closed in rest)))
    return [
        CampaignOffice(id=office, name=name, running=_served(running), closing=_served(closed) if is_closed else None)
        for office, name, running, closed in rows
    ]

"""The closing figure of a campaign: the people new in its window by the records that were recorded before it closed.

It is folded from those records alone, by the rules that hold for everything: so it depends on nothing that comes later,
neither late records nor voids and corrections, and comes out the same when everything is read again.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from services.aggregator.domain.fold import NEW, fold
from services.aggregator.domain.records import PersonKey, Record


class Campaign(NamedTuple):
    """A campaign as the fold needs it. `regions` with all below them; both days are inside."""

    id: str
    schemes: frozenset[str]
    regions: frozenset[str]
    first_day: date
    last_day: date
    closes_at: datetime


class ClosedKey(NamedTuple):
    """Where and by whom people were registered."""

    partition: int
    scheme: str
    region: str
    office: str


class Closed(NamedTuple):
    """People new in the window: whose record names the campaign, and in the campaign's own schemes and regions."""

    named: int = 0
    in_scope: int = 0

    def and_also(self, named: int, in_scope: int) -> "Closed":
        """With so many more."""
        return Closed(self.named + named, self.in_scope + in_scope)


EPOCH = date(1970, 1, 1).toordinal()


def closed(campaign: Campaign, people: Iterable[tuple[PersonKey, list[Record]]]) -> Mapping[ClosedKey, Closed]:
    """What the records of these people come to at the close of the campaign."""
    closes_us = round(campaign.closes_at.timestamp() * 1_000_000)
    first, last = (day.toordinal() - EPOCH for day in (campaign.first_day, campaign.last_day))
    found: dict[ClosedKey, Closed] = {}
    for (_, scheme), records in people:
        for entry in fold([record for record in records if record.recorded_us < closes_us]).entries:
            if entry.effect != NEW or not first <= entry.day <= last:
                continue
            in_scope = scheme in campaign.schemes and entry.to_region in campaign.regions
            named = entry.details.campaign == campaign.id
            if named or in_scope:
                key = ClosedKey(entry.record.partition, scheme, entry.to_region, entry.details.office)
                found[key] = found.get(key, Closed()).and_also(named, in_scope)
    return found

"""Finding what a clerk names: regions and offices by some words, and what a registration around a region may name."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from schemas.counter import CampaignChoice, Choices, FoundOffice, FoundRegion, GroupChoice, OutreachChoice
from schemas.coverage import Names
from schemas.reference import Campaign, Group, Office, Outreach
from services.registration.domain.regions import DEPTH, KnownRegion, fold
from services.registration.reference import ReferenceData

OUTREACH_BRINGS_FOR: Final = timedelta(days=90)
"""People join for some weeks after a session; later it is no longer offered."""
MOST_CHOICES: Final = 500
"""Of each kind; a province has fewer sessions in three months, and fewer groups."""


class Lookup:
    """Reads the reference data in memory; a search looks at every region, about 10 ms of 23,000."""

    def __init__(self, reference: ReferenceData) -> None:
        self._reference = reference

    def regions(self, text: str, on: date, limit: int, near: str | None = None) -> list[FoundRegion]:
        """Regions that exist on a day and match a text: those named by the very words first, then those in `near`.

        At least one word is in the region's own names or id, the others there or in those of what it lies in.
        """
        phrase = fold(text).strip()
        words = phrase.split()
        found = []
        for region_id, folded in self._reference.folded_names():
            missing = [word for word in words if word not in folded]
            if len(missing) == len(words):
                continue
            region = self._reference.get(region_id)
            if region is not None and region.exists_on(on) and (not missing or self._above_holds(region, missing)):
                found.append((f" {phrase}" not in folded, not self._lies_in(region, near), DEPTH[region.level], region))
        found.sort(key=lambda item: (*item[:3], item[3].id))
        return [self._shown(region) for *_, region in found[:limit]]

    def regions_within(self, region_id: str, on: date, limit: int) -> list[FoundRegion]:
        """What a region holds on a day, itself included, level by level from the top down."""
        found: list[KnownRegion] = []
        level = [region_id]
        while level and len(found) < limit:
            known = [self._reference.get(one) for one in sorted(level)]
            found += [region for region in known if region is not None and region.exists_on(on)]
            level = [child for one in level for child in self._reference.children(one)]
        return [self._shown(region) for region in found[:limit]]

    def offices(self, text: str, limit: int) -> list[FoundOffice]:
        """Offices whose id, name or kind holds every word."""
        words = fold(text).split()
        found = []
        for office in self._reference.rows(Office):
            folded = fold(f"{office.id} {office.name} {office.kind}")
            if all(word in folded for word in words):
                found.append((office.id.lower() != text.strip().lower(), office.id, office))
        found.sort(key=lambda item: item[:2])
        return [
            FoundOffice(id=office.id, name=office.name, kind=office.kind, region=self.region(office.region))
            for *_, office in found[:limit]
        ]

    def region(self, region_id: str) -> FoundRegion | None:
        """One region as it is shown."""
        region = self._reference.get(region_id)
        return None if region is None else self._shown(region)

    def choices(self, region_id: str, on: date) -> Choices:
        """Campaigns, outreach activities and groups of this region, of those it lies in and of those it holds."""
        near = Around(self, region_id)
        return Choices(
            campaigns=self._campaigns(near, on), outreach=self._outreach(near, on), groups=self._groups(near)
        )

    def _campaigns(self, near: "Around", on: date) -> list[CampaignChoice]:
        found = []
        for row in self._reference.rows(Campaign):
            last = row.to + timedelta(days=row.grace_days)
            if row.from_ <= on <= last and any(region in near for region in row.regions):
                found.append(
                    CampaignChoice(
                        id=row.id, name=row.name, schemes=row.schemes, regions=row.regions, from_=row.from_, to=last
                    )
                )
        return sorted(found, key=lambda one: (one.to, one.id))[:MOST_CHOICES]

    def _outreach(self, near: "Around", on: date) -> list[OutreachChoice]:
        rows = [
            row
            for row in self._reference.rows(Outreach)
            if row.from_ <= on <= row.to + OUTREACH_BRINGS_FOR and row.region in near
        ]
        rows.sort(key=lambda row: (on - row.to, row.id))
        return [
            OutreachChoice(
                id=row.id, kind=row.kind, audience=row.audience, partner=row.partner,
                region=self.region(row.region), from_=row.from_, to=row.to,
            )
            for row in rows[:MOST_CHOICES]
        ]  # fmt: skip

    def _groups(self, near: "Around") -> list[GroupChoice]:
        rows = sorted((row for row in self._reference.rows(Group) if row.region in near), key=lambda row: row.id)
        return [
            GroupChoice(id=row.id, kind=row.kind, name=row.name, region=self.region(row.region))
            for row in rows[:MOST_CHOICES]
        ]

    def ids_above(self, region_id: str) -> list[str]:
        """Ids of the region and of all it lies in."""
        region = self._reference.get(region_id)
        return [region_id] if region is None else [region_id, *(above.id for above in self._above(region))]

    def _lies_in(self, region: KnownRegion, place: str | None) -> bool:
        return place is not None and (region.id == place or any(above.id == place for above in self._above(region)))

    def _above(self, region: KnownRegion) -> list[KnownRegion]:
        """What a region lies in, from the nearest up."""
        above: list[KnownRegion] = []
        while region.parent is not None and (parent := self._reference.get(region.parent)) and len(above) < len(DEPTH):
            above.append(parent)
            region = parent
        return above

    def _above_holds(self, region: KnownRegion, words: Iterable[str]) -> bool:
        around = " ".join(self._reference.folded(above.id) for above in self._above(region))
        return all(word in around for word in words)

    def _shown(self, region: KnownRegion) -> FoundRegion:
        above = self._above(region)
        return FoundRegion(
            id=region.id, level=region.level, country=region.country, name=_names(region),
            within=[_names(one) for one in above], path=[one.id for one in above],
        )  # fmt: skip


class Around:
    """The regions above and below one region, that one included."""

    def __init__(self, lookup: Lookup, region_id: str) -> None:
        self._lookup, self._id = lookup, region_id
        self._above = frozenset(lookup.ids_above(region_id))

    def __contains__(self, other: str) -> bool:
        return other in self._above or self._id in self._lookup.ids_above(other)


def _names(region: KnownRegion) -> Names:
    return Names(vi=region.name_vi, th=region.name_th, en=region.name_en)

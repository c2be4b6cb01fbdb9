"""Reference data as the live figures need it: regions, populations, baselines and plans."""

from collections import defaultdict
from datetime import date as Day
from fractions import Fraction
from sys import intern
from typing import Any

import orjson

from schemas.vocabulary import Country, Level, Scheme
from services.api.domain.baselines import Baseline
from services.api.domain.eligible import Population
from services.api.domain.lineage import Succession
from services.api.domain.plans import Plan
from services.api.domain.tree import Place
from services.shared.clickhouse_store import ClickHouseStore

VERSIONS = """
SELECT 'regions', max(version) FROM regions
UNION ALL SELECT 'lineage', max(version) FROM lineage
UNION ALL SELECT 'populations', max(version) FROM populations
UNION ALL SELECT 'baselines', max(version) FROM baselines
UNION ALL SELECT 'targets', max(version) FROM targets
"""
REGIONS = """
SELECT id, code, country, level, parent, name_vi, name_th, name_en, valid_from, valid_to FROM regions FINAL
"""
LINEAGE = "SELECT `from`, `to`, toString(weight), effective_on FROM lineage FINAL"
POPULATIONS = "SELECT region, scheme, year, eligible, source FROM populations FINAL ORDER BY region, scheme, year"
BASELINES = "SELECT region, scheme, date, count, source FROM baselines FINAL ORDER BY region, scheme, date"
TARGETS = """
SELECT id, name, region, scheme, kind, `from`, `to`, toString(target), per, owner, milestones FROM targets FINAL
ORDER BY `from`, `to`, id
"""


def read_reference_versions(store: ClickHouseStore) -> dict[str, int]:
    """Per table its greatest version: another value means that something changed."""
    return dict(store.query(VERSIONS))


def read_places(store: ClickHouseStore) -> list[Place]:
    """All regions."""
    levels, countries = {level.value: level for level in Level}, {country.value: country for country in Country}
    return [
        Place(row[0], row[1], countries[row[2]], levels[row[3]], *row[4:])
        for row in store.query(REGIONS)
        if row[2] in countries and row[3] in levels
    ]


def read_lineage(store: ClickHouseStore) -> list[Succession]:
    """What became of every region that ended."""
    return [Succession(from_, to, Fraction(weight), day) for from_, to, weight, day in store.query(LINEAGE)]


def read_populations(store: ClickHouseStore) -> dict[str, dict[str, list[Population]]]:
    """Per scheme and region, by year."""
    found: dict[str, dict[str, list[Population]]] = defaultdict(lambda: defaultdict(list))
    for region, scheme, year, eligible, source in store.query(POPULATIONS):  # many rows: strings are shared
        found[scheme][intern(region)].append(Population(year, eligible, intern(source)))
    return found


def read_baselines(store: ClickHouseStore) -> dict[str, dict[str, list[Baseline]]]:
    """Per scheme and region, by date."""
    found: dict[str, dict[str, list[Baseline]]] = defaultdict(lambda: defaultdict(list))
    for region, scheme, date, count, source in store.query(BASELINES):
        found[scheme][region].append(Baseline(date, count, intern(source)))
    return found


def read_plans(store: ClickHouseStore) -> list[Plan]:
    """All targets, by window and id."""
    return [
        Plan(id, name, region, Scheme(scheme), kind, first, last, Fraction(target), per, owner, _milestones(milestones))
        for id, name, region, scheme, kind, first, last, target, per, owner, milestones in store.query(TARGETS)
    ]


def _milestones(text: str) -> tuple[tuple[Day, Fraction], ...]:
    listed: list[dict[str, Any]] = orjson.loads(text) if text else []
    return tuple(sorted((Day.fromisoformat(m["on"]), Fraction(str(m["pct"]))) for m in listed))

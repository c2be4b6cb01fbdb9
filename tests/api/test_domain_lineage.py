"""Regions in time: whole people in parts, the units of a day, and stocks carried over."""

import csv
from datetime import date as Day
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from deploy.reference import files
from schemas.vocabulary import Level, Scheme
from services.api.domain.baselines import NO_BASELINE, Baseline
from services.api.domain.baselines_in_time import Stocks, used_in_units
from services.api.domain.eligible import Denominators, Population
from services.api.domain.lineage import Lineage, Succession, Units, apportion
from services.api.domain.tree import Tree
from services.api.live.carrying import UnitsInTime
from tests.api.test_domain_tree import place


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as text:
        return list(csv.DictReader(text))


REFORM, SECOND = Day(2025, 7, 1), Day(2026, 1, 1)


@st.composite
def shares(draw: st.DrawFn) -> list[Fraction]:
    parts = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=6))
    return [Fraction(part, sum(parts)) for part in parts]


@given(st.integers(-10_000, 10_000), shares())
def test_whole_parts_of_a_count_sum_to_it_and_are_near_their_shares(count: int, of: list[Fraction]) -> None:
    parts = apportion(count, of)
    assert sum(parts) == count
    assert all(abs(part - count * share) < len(of) for part, share in zip(parts, of, strict=True))
    if len(of) < 4:  # past three parts no method keeps both this and the next property
        assert all(abs(part - count * share) < 1 for part, share in zip(parts, of, strict=True))


@given(st.integers(0, 2_000), shares())
def test_no_part_shrinks_when_one_more_is_counted(count: int, of: list[Fraction]) -> None:
    fewer, more = apportion(count, of), apportion(count + 1, of)
    assert all(before <= after for before, after in zip(fewer, more, strict=True))


def succession(from_: str, to: str, weight: str = "1", on: Day = REFORM) -> Succession:
    return Succession(from_, to, Fraction(weight), on)


def ended(id_: str, parent: str, on: Day = REFORM, **more: object):
    return place(id_, parent, valid_from=Day(2008, 8, 1), valid_to=on, **more)


def begun(id_: str, parent: str, on: Day = REFORM, **more: object):
    return place(id_, parent, valid_from=on, **more)


PLACES = [
    place("VN"), ended("VN.1", "VN"), ended("VN.1.d", "VN.1"), ended("VN.1.d.a", "VN.1.d", code="26740"),
    ended("VN.1.d.b", "VN.1.d"), ended("VN.1.d.lost", "VN.1.d"), place("VN.1.d.a.v", "VN.1.d.a"),
    begun("VN.1-n", "VN"), begun("VN.1-n.x", "VN.1-n", level=Level.COMMUNE),
    begun("VN.1-n.y", "VN.1-n", level=Level.COMMUNE, code="26740"),
]  # fmt: skip
ROWS = [
    succession("VN.1", "VN.1-n"), succession("VN.1.d", "VN.1-n"), succession("VN.1.d.a", "VN.1-n.x"),
    succession("VN.1.d.b", "VN.1-n.x", "0.25"), succession("VN.1.d.b", "VN.1-n.y", "0.75"),
]  # fmt: skip


def units(day: Day) -> tuple[Tree, Units]:
    tree = Tree(PLACES)
    return tree, Units(tree, Lineage(ROWS), day)


def gone_to(day: Day) -> dict[str, dict[str, Fraction]]:
    tree, found = units(day)
    return {tree.places[p].id: {tree.places[to].id: share for to, share in parts} for p, parts in found.parts.items()}


def test_what_ended_goes_where_its_lineage_says_and_what_has_none_goes_with_the_region_above() -> None:
    assert gone_to(REFORM) == {
        "VN.1": {"VN.1-n": 1}, "VN.1.d": {"VN.1-n": 1}, "VN.1.d.a": {"VN.1-n.x": 1},
        "VN.1.d.b": {"VN.1-n.x": Fraction(1, 4), "VN.1-n.y": Fraction(3, 4)},
        "VN.1.d.lost": {"VN.1-n": 1}, "VN.1.d.a.v": {"VN.1-n.x": 1},
    }  # fmt: skip


def test_before_a_reform_nothing_has_gone_anywhere() -> None:
    assert gone_to(REFORM - timedelta(days=1)) == {name: {"VN": 1} for name in ("VN.1-n", "VN.1-n.x", "VN.1-n.y")}


def test_a_reused_code_is_another_region() -> None:
    tree, found = units(REFORM)
    old, new = (p for p, found in enumerate(tree.places) if found.code == "26740")
    assert [tree.places[to].id for to, _ in found.parts[old]] == ["VN.1-n.x"]
    assert found.standing[new]


def test_a_part_is_shared_where_the_other_part_lies_elsewhere_only() -> None:
    tree, found = units(REFORM)
    named = {tree.places[r].id: [(tree.places[p].id, share) for p, share in of] for r, of in found.shared.items()}
    assert named == {"VN.1-n.x": [("VN.1.d.b", Fraction(1, 4))], "VN.1-n.y": [("VN.1.d.b", Fraction(3, 4))]}


def test_changes_follow_each_other() -> None:
    later = [begun("VN.1-n.z", "VN.1-n", SECOND)]
    tree = Tree([*(p for p in PLACES if p.id != "VN.1-n.y"), ended("VN.1-n.y", "VN.1-n", SECOND), *later])
    found = Units(tree, Lineage([*ROWS, succession("VN.1-n.y", "VN.1-n.z", on=SECOND)]), SECOND)
    at = tree.index
    assert found.parts[at["VN.1.d.b"]] == ((at["VN.1-n.x"], Fraction(1, 4)), (at["VN.1-n.z"], Fraction(3, 4)))


def test_a_lineage_that_goes_round_is_left_at_the_region_above() -> None:
    tree = Tree([place("VN"), ended("VN.a", "VN"), ended("VN.b", "VN")])
    found = Units(tree, Lineage([succession("VN.a", "VN.b"), succession("VN.b", "VN.a")]), REFORM)
    assert {to for parts in found.parts.values() for to, _ in parts} == {tree.index["VN"]}


@st.composite
def reforms(draw: st.DrawFn) -> UnitsInTime:
    """Two reforms of random communes under random provinces, some of which stay."""
    places, rows = [place("VN")], []
    provinces = [f"VN.{n}" for n in range(draw(st.integers(1, 3)))]
    places += [place(id_, "VN") for id_ in provinces]
    generation = [f"{draw(st.sampled_from(provinces))}.a{n}" for n in range(draw(st.integers(1, 4)))]
    since = Day(2008, 8, 1)
    for mark, day in (("b", REFORM), ("c", SECOND)):
        after = [f"{draw(st.sampled_from(provinces))}.{mark}{n}" for n in range(draw(st.integers(1, 4)))]
        for id_ in generation:
            places.append(place(id_, id_.rpartition(".")[0], valid_from=since, valid_to=day))
            chosen = draw(st.lists(st.sampled_from(after), max_size=3, unique=True))
            weights = [draw(st.integers(1, 9)) for _ in chosen]
            rows += [Succession(id_, to, Fraction(w, sum(weights)), day) for to, w in zip(chosen, weights, strict=True)]
        generation, since = sorted(set(after)), day
    places += [place(id_, id_.rpartition(".")[0], valid_from=since) for id_ in generation]
    return UnitsInTime(Tree(places), Lineage(rows))


DAYS = st.dates(Day(2020, 1, 1), Day(2026, 6, 1))


class Recorded:
    """People and baselines of a scheme anywhere."""

    def __init__(self, time: UnitsInTime, draw: st.DrawFn) -> None:
        self.tree = time.tree
        self.people = {p: draw(st.integers(0, 40)) for p in range(len(self.tree))}
        self.baselines = {
            p: sorted(
                (Baseline(d, draw(st.integers(0, 500)), "s") for d in draw(st.sets(DAYS, min_size=1, max_size=3))),
                key=lambda baseline: baseline.date,
            )
            for p in sorted(draw(st.sets(st.integers(0, len(self.tree) - 1))))
        }

    def stocks(self) -> Stocks:
        return Stocks(self.baselines, self.net)

    def net(self, units: Units, position: int, _: Day) -> int:
        found = 0
        for at, count in self.people.items():
            parts = units.parts.get(at, ((at, Fraction(1)),))
            for (to, _), part in zip(parts, apportion(count, [share for _, share in parts]), strict=True):
                found += part if position <= to < self.tree.end[position] else 0
        return found


@given(st.data(), reforms(), DAYS, st.booleans())
def test_in_whatever_units_a_country_has_the_same_people_and_a_parent_its_childrens(
    data: st.DataObject, time: UnitsInTime, day: Day, total: bool
) -> None:
    scheme = Recorded(time, data.draw)
    parts = [Recorded(time, data.draw) for _ in range(2)] if total else []
    totals = {}
    for name, units in (("was", time.on(day)), ("now", time.on(Day(2026, 6, 1)))):
        used = used_in_units(scheme.stocks(), day, time, units, [part.stocks() for part in parts])
        started = used.get(0, NO_BASELINE)
        totals[name] = (scheme.net(units, 0, day) + started.adjustment, started.served.count)
        assert not [p for p, found in used.items() if found.adjustment and not units.standing[p]]
        for position, found in used.items():
            below = [used[c].served.count for c in time.tree.children(position) if c in used]
            if found.served.of in ("own", "components") and time.tree.end[position] > position + 1:
                assert found.served.count == sum(below) + found.served.unattributed
    assert totals["was"] == totals["now"]


def test_a_denominator_goes_over_by_weight_in_whole_people_and_says_so() -> None:
    tree = Tree(PLACES)
    index = tree.index
    rows = {index["VN.1.d.a"]: [Population(2020, 100, "census")], index["VN.1.d.b"]: [Population(2020, 11, "census")]}
    found = Denominators(tree, Scheme.HEALTH, rows, Day(2025, 8, 1), Units(tree, Lineage(ROWS), REFORM))
    served = {id_: found.served(index[id_]) for id_ in ("VN.1-n.x", "VN.1-n.y")}
    assert {id_: one.count for id_, one in served.items()} == {"VN.1-n.x": 103, "VN.1-n.y": 8}
    assert served["VN.1-n.y"].source == "census; carried over from 1 earlier units, parts estimated"


def test_a_unit_that_stood_then_has_the_denominator_it_had_then() -> None:
    tree = Tree(PLACES)
    rows = {tree.index["VN.1"]: [Population(2020, 7, "census")]}
    for day in (Day(2020, 5, 1), Day(2025, 8, 1)):
        found = Denominators(tree, Scheme.HEALTH, rows, day, Units(tree, Lineage(ROWS), REFORM))
        assert found.served(tree.index["VN"]).count == 7
        assert found.served(tree.index["VN.1-n"]).count == 7


def test_the_whole_lineage_of_2025_leads_every_ended_unit_to_units_of_today() -> None:
    rows = [row for path in files.region_files() for row in _read(path)]
    days = {
        text: Day.fromisoformat(text) if text else None for row in rows for text in (row["valid_from"], row["valid_to"])
    }
    tree = Tree(
        place(r["id"], r["parent"], code=r["code"], level=Level(r["level"]), valid_from=days[r["valid_from"]],
              valid_to=days[r["valid_to"]])
        for r in rows
    )  # fmt: skip
    lineage = [
        succession(r["from"], r["to"], r["weight"], Day.fromisoformat(r["effective_on"]))
        for path in files.lineage_files()
        for r in _read(path)
    ]
    found = Units(tree, Lineage(lineage), Day(2025, 7, 1))
    assert len(found.parts) == 52 + 696 + 10_035
    for position, parts in found.parts.items():
        assert sum(share for _, share in parts) == 1
        assert all(found.standing[to] and tree.places[to].id != "VN" for to, _ in parts), tree.places[position].id
    old, new = (tree.index[id_] for id_ in ("VN.79.760.26740", "VN.79-2025.26740"))
    assert old in found.parts
    assert found.standing[new], "one code, two regions"

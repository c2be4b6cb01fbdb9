"""The tree, its denominators and its baselines."""

from collections.abc import Sequence
from datetime import date as Day

from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import Country, Level, Scheme
from services.api.domain.baselines import Baseline, latest, used_baselines
from services.api.domain.eligible import Denominators, Population
from services.api.domain.names import NameIndex, plain
from services.api.domain.tree import Place, Tree

LEVELS = list(Level)


def place(id_: str, parent: str = "", **more: object) -> Place:
    level = LEVELS[min(id_.count("."), 5)]
    names = {"name_vi": id_, "name_th": id_, "name_en": id_}
    return Place(**{"id": id_, "code": "", "country": Country.VN, "level": level, "parent": parent, **names, **more})


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A forest of up to 25 regions in any order; some parents are missing."""
    count = draw(st.integers(1, 25))
    parents = [draw(st.integers(-1, i - 1)) for i in range(count)]
    places = [place(f"R{i:02d}", "" if p < 0 else f"R{p:02d}") for i, p in enumerate(parents)]
    return Tree(draw(st.permutations(places)))


def subtree(tree: Tree, position: int) -> set[int]:
    """By walking up from every region."""
    return {p for p in range(len(tree)) if p == position or position in tree.ancestors(p)}


@given(trees())
def test_a_subtree_is_one_stretch_of_positions(tree: Tree) -> None:
    for position in range(len(tree)):
        assert subtree(tree, position) == set(range(position, tree.end[position]))


@given(trees())
def test_children_are_the_regions_whose_parent_it_is(tree: Tree) -> None:
    for position, found in enumerate(tree.places):
        assert {tree.places[c].id for c in tree.children(position)} == {
            p.id for p in tree.places if p.parent == found.id
        }


def test_a_region_that_is_its_own_ancestor_is_left_out_and_named() -> None:
    tree = Tree([place("VN"), place("VN.1", "VN"), place("A", "B"), place("B", "A"), place("C", "B")])
    assert [p.id for p in tree.places] == ["VN", "VN.1"]
    assert tree.left_out == ["A", "B", "C"]


def test_a_region_exists_from_its_first_day_until_the_day_it_no_longer_is() -> None:
    region = place("X", valid_from=Day(2008, 8, 1), valid_to=Day(2025, 7, 1))
    days = (Day(2008, 7, 31), Day(2008, 8, 1), Day(2025, 6, 30), Day(2025, 7, 1))
    assert [region.exists_on(day) for day in days] == [False, True, True, False]


@st.composite
def stocks(draw: st.DrawFn) -> tuple[Tree, list[int], dict[int, Baseline]]:
    """A tree, people by record at each region itself, and baselines at some."""
    tree = draw(trees())
    own = [draw(st.integers(-5, 50)) for _ in tree.places]
    having = draw(st.sets(st.integers(0, len(tree) - 1)))
    return tree, own, {p: Baseline(Day(2020, 1, 1 + p % 3), draw(st.integers(0, 500)), f"S{p}") for p in having}


@given(stocks())
def test_a_region_without_a_baseline_has_its_childrens_people_and_its_own(
    world: tuple[Tree, list[int], dict[int, Baseline]],
) -> None:
    tree, own, baselines = world

    def net(position: int, _: Day | None = None) -> int:
        return sum(own[position : tree.end[position]])

    used = used_baselines(tree, baselines, net)
    people = [net(p) + (used[p].adjustment if p in used else 0) for p in range(len(tree))]
    for position in range(len(tree)):
        if position in baselines:
            assert people[position] == baselines[position].count  # nothing happened after it
        else:
            assert people[position] == own[position] + sum(people[c] for c in tree.children(position))


@given(stocks())
def test_unattributed_is_what_a_baseline_holds_beyond_its_childrens(
    world: tuple[Tree, list[int], dict[int, Baseline]],
) -> None:
    tree, _, baselines = world
    used = used_baselines(tree, baselines, lambda *_: 0)
    for position, found in used.items():
        below = sum(used[c].served.count for c in tree.children(position) if c in used)
        has_children = tree.end[position] > position + 1
        expected = found.served.count - below if position in baselines and has_children else 0
        assert found.served.unattributed == expected


def test_the_latest_baseline_on_or_before_a_day_holds() -> None:
    rows = [Baseline(Day(2019, 10, 31), 1, ""), Baseline(Day(2020, 10, 31), 2, "")]
    assert latest(rows, Day(2019, 10, 30)) is None
    assert [latest(rows, Day(2019, 10, 31)), latest(rows, Day(2020, 10, 31))] == rows


def denominators(rows: dict[str, Sequence[Population]], day: Day = Day(2020, 6, 1)) -> tuple[Tree, Denominators]:
    tree = Tree(
        [
            place("VN"),
            place("VN.1", "VN"),
            place("VN.2", "VN"),
            place("VN.3", "VN", valid_to=Day(2019, 1, 1)),
            place("VN.1.1", "VN.1"),
            place("VN.1.2", "VN.1"),
        ]
    )
    return tree, Denominators(tree, Scheme.HEALTH, {tree.index[r]: found for r, found in rows.items()}, day)


def test_the_population_of_the_latest_year_up_to_the_day_is_the_denominator() -> None:
    years = [Population(2018, 10, "a"), Population(2020, 20, "b"), Population(2021, 30, "c")]
    tree, found = denominators({"VN.2": years})
    assert found.eligible(tree.index["VN.2"]) == years[1]


def test_a_region_without_one_has_the_sum_of_its_children_where_each_has_one() -> None:
    rows = {name: [Population(2020, n, "census")] for n, name in enumerate(("VN.2", "VN.1.1", "VN.1.2"), 1)}
    tree, found = denominators(rows)
    total = found.served(tree.index["VN"])
    assert (total.count, total.year) == (6, 2020)  # VN.3 was no more in 2020, so it is not needed
    assert total.source == "census (sum of 3 regions below)"


def test_one_child_without_a_denominator_leaves_the_parent_without() -> None:
    tree, found = denominators({"VN.2": [Population(2020, 1, "")], "VN.1.1": [Population(2020, 1, "")]})
    assert found.eligible(tree.index["VN"]) is None
    assert found.why_missing(tree.index["VN"]) == (
        "no eligible population for VN in health for 2020 or before; "
        "1 of the 2 regions right below have one, a sum needs all of them"
    )


def test_names_are_found_with_or_without_diacritics() -> None:
    places = [
        place("VN.91", name_vi="Tỉnh Kiên Giang"), place("VN.66", name_vi="Tỉnh Đắk Lắk"),
        place("VN.91.9", name_vi="Huyện Kiên Lương"), place("TH.75", name_th="สมุทรสงคราม", name_en="Samut Songkhram"),
    ]  # fmt: skip
    index = NameIndex(places)
    found = {q: [places[p].id for p in index.find(q, 5)] for q in ("kien giang", "ĐẮK LẮK", "dak lak", "สมุทร", "kien")}
    assert found == {
        "kien giang": ["VN.91"], "ĐẮK LẮK": ["VN.66"], "dak lak": ["VN.66"], "สมุทร": ["TH.75"],
        "kien": ["VN.91", "VN.91.9"],
    }  # fmt: skip
    assert index.find("   ", 5) == []


def test_among_equal_names_the_greater_region_that_still_is_comes_first() -> None:
    places = [
        place("A.B.C.D", name_vi="Kiến Giang"), place("A.B", name_vi="Kiên Giang", valid_to=Day(2025, 7, 1)),
        place("A.C", name_vi="Kiên Giang"),
    ]  # fmt: skip
    found = NameIndex(places).find("kien giang", 5, Day(2026, 1, 1))
    assert [places[p].id for p in found] == ["A.C", "A.B", "A.B.C.D"]


def test_a_plain_name_has_no_latin_diacritics_and_keeps_thai_letters() -> None:
    assert plain("สมุทรสงคราม") == "สมุทรสงคราม"
    assert plain("  Quận  Ba Đình ") == "quan ba dinh"

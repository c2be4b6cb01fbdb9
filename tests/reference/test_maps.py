"""The shapes of provinces that the dashboard draws: every province has one, inside the drawing, and borders are shared."""

import json
import re

import pytest

from deploy.reference import build_maps
from deploy.reference.topology import area, dissolved, joined, path, simplified

SQUARES = [[(0, 0), (0, 10)], [(0, 10), (-10, 10), (-10, 0), (0, 0)], [(0, 0), (10, 0), (10, 10), (0, 10)]]
WEST, EAST = [0, 1], [~0, 2]


def provinces(file, kept):
    return {id_ for id_, row in build_maps.provinces(file).items() if kept(row)}


@pytest.mark.parametrize(
    ("name", "file", "kept", "how_many"),
    [
        ("VN-2008", "VN.csv", lambda row: row["valid_from"] == "2008-08-01", 63),
        ("VN-2025", "VN.csv", lambda row: not row["valid_to"], 34),
        ("TH", "TH.csv", lambda row: True, 77),
    ],
)
def test_every_province_has_a_shape_inside_the_drawing(name, file, kept, how_many):
    drawn = json.loads((build_maps.TO / f"{name}.json").read_text(encoding="utf-8"))
    assert set(drawn["shapes"]) == provinces(file, kept)
    assert len(drawn["shapes"]) == how_many
    for region, shape in drawn["shapes"].items():
        for x, y in re.findall(r"M(\d+) (\d+)", shape):
            assert int(x) <= drawn["width"], region
            assert int(y) <= drawn["height"], region


def test_the_maps_stay_small():
    assert sum(file.stat().st_size for file in build_maps.TO.glob("*.json")) < 40_000


def test_two_shapes_taken_together_lose_the_border_between_them():
    # The eastern square runs its border backwards, as neighbours in a topology do.
    (outline,) = joined(dissolved([WEST, EAST]), SQUARES)
    assert area(outline) == 200
    assert (0, 0) in outline
    assert len(outline) == 7


def test_points_that_matter_least_go_first_and_the_ends_stay():
    arc = [(0, 0), (5, 0.1), (10, 0), (15, 8), (20, 0)]
    assert simplified(arc, 2) == [(0, 0), (10, 0), (15, 8), (20, 0)]


def test_a_shape_of_small_islands_only_keeps_the_largest():
    islands = [[(0, 0), (2, 0), (2, 2), (0, 0)], [(9, 9), (10, 9), (10, 10), (9, 9)]]
    assert path(islands, least_area=50) == "M0 0l2 0 0 2z"

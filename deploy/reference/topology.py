"""Shapes that share their borders (TopoJSON): decoding, simplifying, dissolving, and writing them as SVG paths.

A border between two shapes is one arc, used by both; so borders stay closed when arcs are simplified, and the border
inside a group of shapes is the one that is used twice.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]
Ring = list[int]
"""Arcs in turn; `~i` is arc i backwards."""


@dataclass(frozen=True)
class Topology:
    """Arcs in the units of the drawing, and the rings of each shape by the source's name of it."""

    arcs: list[list[Point]]
    rings: dict[str, list[Ring]]
    width: int
    height: int


def decode(source: dict[str, Any], height: int) -> Topology:
    """Decode TopoJSON into a drawing of this height: equirectangular, true to scale at the middle latitude, y downwards."""
    (scale_x, scale_y), south = source["transform"]["scale"], source["transform"]["translate"][1]
    degrees = [_sums(arc, scale_x, scale_y) for arc in source["arcs"]]
    east, north = (max(point[axis] for arc in degrees for point in arc) for axis in (0, 1))
    unit = height / north
    squeeze = math.cos(math.radians(south + north / 2)) * unit
    arcs = [[(x * squeeze, (north - y) * unit) for x, y in arc] for arc in degrees]
    (collection,) = source["objects"].values()
    rings: dict[str, list[Ring]] = {}
    for shape in collection["geometries"]:
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings.setdefault(shape["properties"]["name"] or "", []).extend(ring for polygon in polygons for ring in polygon)
    return Topology(arcs, rings, math.ceil(east * squeeze), height)


def _sums(arc: Sequence[Sequence[int]], scale_x: float, scale_y: float) -> list[Point]:
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * scale_x, y * scale_y))
    return points


def simplified(arc: list[Point], least_area: float) -> list[Point]:
    """Leave out the points that matter least, by the area of the triangle with their neighbours (Visvalingam, Whyatt 1993)."""
    points = list(arc)
    while len(points) > 2:
        areas = [_triangle(*points[i - 1 : i + 2]) for i in range(1, len(points) - 1)]
        least = min(areas)
        if least >= least_area:
            break
        del points[areas.index(least) + 1]
    return points


def _triangle(a: Point, b: Point, c: Point) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def dissolved(rings: Iterable[Ring]) -> list[Ring]:
    """The outline of shapes taken together: arcs used in both directions lie inside and go."""
    used = {arc for ring in rings for arc in ring}
    return [[arc] for arc in used if ~arc not in used]


def joined(pieces: Iterable[Ring], arcs: Sequence[Sequence[Point]]) -> list[list[Point]]:
    """Closed rings of points from pieces in any order; each piece continues where another ended."""
    lines = [_points(piece, arcs) for piece in pieces]
    closed = []
    while lines:
        line = lines.pop()
        while line[0] != line[-1]:
            following = next(i for i, other in enumerate(lines) if other[0] == line[-1])
            line = line + lines.pop(following)[1:]
        closed.append(line)
    return closed


def _points(ring: Ring, arcs: Sequence[Sequence[Point]]) -> list[Point]:
    points: list[Point] = []
    for arc in ring:
        part = list(arcs[arc]) if arc >= 0 else list(reversed(arcs[~arc]))
        points += part[1:] if points else part
    return points


def area(ring: Sequence[Point]) -> float:
    """Of a closed ring, in square units of the drawing."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))) / 2


def path(rings: Iterable[Sequence[Point]], least_area: float) -> str:
    """An SVG path in whole units. Rings smaller than `least_area` go, unless the shape has no larger one."""
    by_size = sorted(rings, key=lambda ring: (-area(ring), ring[0]))
    return "".join(_ring_path(ring) for n, ring in enumerate(by_size) if n == 0 or area(ring) >= least_area)


def _ring_path(ring: Sequence[Point]) -> str:
    whole = [(round(x), round(y)) for x, y in ring[:-1]]
    text, before = f"M{whole[0][0]} {whole[0][1]}l", whole[0]
    for point in whole[1:]:
        if point != before:
            text += f"{point[0] - before[0]} {point[1] - before[1]} "
            before = point
    return text.rstrip().replace(" -", "-") + "z"

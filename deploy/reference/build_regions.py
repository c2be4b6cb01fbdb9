"""Write the committed region and lineage files from the installed source packages.

    python -m deploy.reference.build_regions [--to FOLDER]

Reads the data files of `vietnamadminunits` and `geothai` (both in requirements-dev) without importing either package
and without any network. The same package versions always give the same bytes; a test compares them.
"""

import argparse
import csv
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from deploy.reference import thailand
from deploy.reference.files import HERE, LINEAGE_COLUMNS, REGION_COLUMNS
from deploy.reference.vietnam import Row, Vietnam
from deploy.reference.vietnam_lineage import VietnamLineage

# The old communes are in two files because one would pass 1 MiB: province codes up to 42 (Ha Tinh) are the north.
_LAST_NORTHERN_CODE = "42"
LEFT_OUT_COLUMNS = ("from", "to", "distance_km")

# Villages that a programme names; the sources end at the commune level.
_VILLAGES = (("TH.75.7503.750307", "02", ("Moo 2 Khwae Om", "หมู่ 2 แควอ้อม", "Moo 2 Khwae Om")),)


def package_data(package: str, folder: str) -> Path:
    """The data folder of an installed package. Raises ModuleNotFoundError where it is not installed."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed; it is in requirements-dev.txt", name=package)
    return Path(spec.submodule_search_locations[0]) / folder


def build(to: Path) -> list[Path]:
    """Write every file below `to` (`regions/`, `lineage/`) and return their paths."""
    vietnam = Vietnam(package_data("vietnamadminunits", "data"))
    lineage = VietnamLineage(vietnam)
    thai = thailand.region_rows(package_data("geothai", "_data"))
    ended = vietnam.ended_rows()
    written = {
        "VN": vietnam.province_rows(),
        "VN-to-2025-north": [row for row in ended if row["id"].split(".")[1] <= _LAST_NORTHERN_CODE],
        "VN-to-2025-south": [row for row in ended if row["id"].split(".")[1] > _LAST_NORTHERN_CODE],
        "VN-from-2025": vietnam.present_rows(),
        "TH": thai,
        "programmes": _villages(thai),
    }
    return [
        *(_write(to / "regions" / f"{name}.csv", REGION_COLUMNS, rows) for name, rows in written.items()),
        _write(to / "lineage" / "VN.csv", LINEAGE_COLUMNS, lineage.rows()),
        _write(to / "lineage" / "left-out.csv", LEFT_OUT_COLUMNS, lineage.left_out()),
    ]


def _villages(communes: list[Row]) -> list[Row]:
    by_id = {row["id"]: row for row in communes}
    return [
        by_id[parent]
        | {"id": f"{parent}.{code}", "code": code, "level": "village", "parent": parent}
        | dict(zip(("name_vi", "name_th", "name_en"), names, strict=True))
        for parent, code, names in _VILLAGES
    ]


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def main() -> None:
    """Command line: build into the committed folder, or elsewhere with `--to`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=HERE, help="folder to write to (default: the committed one)")
    for path in build(parser.parse_args().to):
        with path.open(encoding="utf-8") as lines:
            rows = sum(1 for _ in lines) - 1
        print(f"{path.parent.name}/{path.name}: {rows} rows, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

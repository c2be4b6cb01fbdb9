"""The one place that knows which reference files exist and in which order they are loaded.

Standard library only, so that loaders, tests and the embedded stack can all import it.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

REGION_COLUMNS = (
    "id", "code", "country", "level", "parent", "name_vi", "name_th", "name_en", "valid_from", "valid_to",
)  # fmt: skip
LINEAGE_COLUMNS = ("from", "to", "weight", "effective_on")

# Parents first: each file needs only what stands before it, and rows inside a file are in the same order.
_REGIONS = ("VN.csv", "VN-to-2025-north.csv", "VN-to-2025-south.csv", "VN-from-2025.csv", "TH.csv", "programmes.csv")
_LINEAGE = ("VN.csv",)


def region_files() -> list[Path]:
    """CSV files for `PUT /v1/reference/regions`, in load order (a parent is never after its child)."""
    return [HERE / "regions" / name for name in _REGIONS]


def lineage_files() -> list[Path]:
    """CSV files for `PUT /v1/reference/lineage`; load them after all region files."""
    return [HERE / "lineage" / name for name in _LINEAGE]


def programme_files() -> list[Path]:
    """The programme descriptions, P0 to P4."""
    return sorted((HERE / "programmes").glob("P?.json"))


def programme(name: str) -> dict[str, Any]:
    """One programme, `P2`, as described in `programmes/README.md`. Raises FileNotFoundError for an unknown name."""
    described: dict[str, Any] = json.loads((HERE / "programmes" / f"{name}.json").read_text(encoding="utf-8"))
    return described


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """One dict of strings per CSV row, keyed by the contract's column names; an empty string is "no value"."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def regions() -> Iterator[dict[str, str]]:
    """Every region row of every file, in load order."""
    for path in region_files():
        yield from read_rows(path)


def example_regions() -> Iterator[dict[str, str]]:
    """The one unit that is not real: the region of the HTTP contract's example. Not for a deployment for real use."""
    yield from read_rows(HERE / "regions" / "contract-example.csv")


def lineage() -> Iterator[dict[str, str]]:
    """Every lineage row."""
    for path in lineage_files():
        yield from read_rows(path)

"""Fixtures over the committed reference files."""

import sys
from pathlib import Path

import pytest

# `pytest` alone does not put the repository on the path, `python -m pytest` does.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from deploy.reference import files


@pytest.fixture(scope="session")
def regions() -> dict[str, dict[str, str]]:
    """Every committed region by id."""
    return {row["id"]: row for row in files.regions()}


@pytest.fixture(scope="session")
def lineage() -> list[dict[str, str]]:
    """Every committed lineage row."""
    return list(files.lineage())

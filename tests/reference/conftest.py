"""Fixtures over the committed reference files."""

import pytest

from deploy.reference import files


@pytest.fixture(scope="session")
def regions() -> dict[str, dict[str, str]]:
    """Every committed region by id."""
    return {row["id"]: row for row in files.regions()}


@pytest.fixture(scope="session")
def lineage() -> list[dict[str, str]]:
    """Every committed lineage row."""
    return list(files.lineage())

"""A made-up world with figures of every kind, and an API that serves it."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, api, clickhouse_url, eventually, store  # noqa: F401
from tests.api.support import World, region_rows

expect.set_options(timeout=20_000)
TREE = {
    "VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.91.914": "district", "VN.91.913.1": "commune",
    "TH": "country", "TH.75": "province",
}  # fmt: skip


def moment(minutes_ago: float) -> datetime:
    """So long ago."""
    return datetime.now(UTC) - timedelta(minutes=minutes_ago)


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:  # noqa: F811
    """Six people of ten in a province, plans met and not, and who brought them: office, agent, session, campaign, sponsor."""
    world = World(store)
    world.reference("regions", *region_rows(TREE))
    plan = {"region": "VN.91", "scheme": "voluntary_si", "kind": "new_count", "from": "2020-01-01", "to": "2099-12-31",
            "per": "region", "name": ""}  # fmt: skip
    population = {"scheme": "voluntary_si", "year": 2020, "source": "census"}
    world.reference(
        "populations",
        {"region": "VN.91", "eligible": 10, **population},
        {"region": "VN.91.913", "eligible": 4, **population},
    )
    world.reference(
        "targets",
        plan | {"id": "T", "target": 4, "name": "Launch"},
        plan | {"id": "FAR", "target": 1000, "name": "Long way"},
        plan | {"id": "EACH", "target": 5, "per": "each:district", "name": "Five in each district"},
    )
    world.reference(
        "outreach",
        {"id": "O", "region": "VN.91", "kind": "dialogue", "audience": "market traders", "partner": "", "from": "2020-05-01",
         "to": "2020-05-02", "sessions": 2, "attendees": 150, "cost": 1_000_000, "currency": "VND"},
    )  # fmt: skip
    world.reference(
        "offices", {"id": "OFFICE-1", "name": "Post office 1", "region": "VN.91.913", "kind": "post_office"}
    )
    world.reference(
        "groups", {"id": "G", "region": "VN.91.913", "kind": "clan", "name": "Clan of the hill", "members": 8}
    )
    world.reference(
        "campaigns",
        {"id": "C", "name": "The long drive", "schemes": ["voluntary_si"], "regions": ["VN.91"], "from": "2020-01-01",
         "to": "2099-12-31", "grace_days": 0},
    )  # fmt: skip
    plan_of_agent = plan | {"id": "A", "target": 10, "per": "agent", "owner": "A-1", "name": "Ten by A-1"}
    world.reference("targets", plan_of_agent)
    world.new("VN.91.913", moment(5), 5, outreach="O", agent="A-1", group="G", campaign="C", sponsor="DONOR")
    world.new("VN.91.913.1", moment(5))
    world.write()
    return world


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:  # noqa: F811
    """The API once it serves that world."""
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
    eventually(lambda: api.coverage("VN")["participants"] >= 6)
    return api


def open_at(page: Page, url: str, **asked: str) -> None:
    """A view of the dashboard, in English unless asked otherwise, once its figures are there."""
    asked = {"region": "VN.91", "scheme": "voluntary_si", "lang": "en"} | asked
    page.goto(f"{url}/?" + "&".join(f"{name}={value}" for name, value in asked.items()))
    page.locator("#board:not([hidden]) > *").first.wait_for()

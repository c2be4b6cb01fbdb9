"""The dashboard in a real browser: drill down, live numbers, three languages, phone and desktop."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from services.shared.clickhouse_store import ClickHouseStore
from tests.api.conftest import Api, eventually
from tests.api.support import World, region_rows

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (apt-get install chromium)")
TREE = {"VN": "country", "VN.91": "province", "VN.91.913": "district", "VN.91.914": "district", "TH": "country"}


@pytest.fixture(scope="module")
def world(store: ClickHouseStore) -> World:
    world = World(store)
    world.reference("regions", *region_rows(TREE))
    world.reference(
        "populations", {"region": "VN.91", "scheme": "voluntary_si", "year": 2020, "eligible": 10, "source": "census"}
    )
    world.reference(
        "targets",
        {"id": "T", "region": "VN.91", "scheme": "voluntary_si", "kind": "new_count", "from": "2020-01-01",
         "to": "2099-12-31", "target": 4, "per": "region", "name": "Launch"},
    )  # fmt: skip
    world.new("VN.91.913", datetime.now(UTC) - timedelta(minutes=5), 6)
    world.write()
    return world


@pytest.fixture(scope="module")
def ready(api: Api, world: World) -> Api:
    eventually(lambda: api.get("/v1/coverage", region="VN", scheme="health").status_code == 200)
    eventually(lambda: api.coverage("VN")["participants"] == 6)
    return api


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that complains of nothing and asks nobody else."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: complaints.append(r.url) if not r.url.startswith("http://127.0.0.1:") else None)
    yield page
    page.close()
    assert complaints == []


def test_the_page_shows_coverage_plans_and_places_and_follows_changes(ready: Api, world: World, page: Page) -> None:
    page.goto(f"{ready.url}/?region=VN.91&scheme=voluntary_si&lang=en")
    expect(page.locator("#headline")).to_contain_text("60.00%")
    expect(page.locator("#headline")).to_contain_text("6 of 10 eligible people")
    expect(page.locator("#plans")).to_contain_text("150%")
    expect(page.locator("#children tbody tr")).to_have_count(2)
    expect(page.locator("#freshness")).to_have_class(re.compile("live|stale"))
    world.new("VN.91.914", datetime.now(UTC) - timedelta(minutes=1), 5)
    world.write()
    expect(page.locator("#headline")).to_contain_text("110.00%", timeout=2_000)
    expect(page.locator("#children")).to_contain_text("Region VN.91.914")


def test_a_place_opens_by_its_row_and_the_address_can_be_shared(ready: Api, world: World, page: Page) -> None:
    page.goto(f"{ready.url}/?region=VN&scheme=voluntary_si&lang=en")
    page.get_by_role("link", name="Region VN.91", exact=True).click()
    page.get_by_role("link", name="Region VN.91.913", exact=True).click()
    expect(page.locator("h1")).to_have_text("Region VN.91.913")
    assert "region=VN.91.913" in page.url
    page.go_back()
    expect(page.locator("h1")).to_have_text("Region VN.91")
    page.locator("#path").get_by_role("link", name="Region VN", exact=True).click()
    expect(page.locator("h1")).to_have_text("Region VN")


def test_a_place_is_found_by_name(ready: Api, world: World, page: Page) -> None:
    page.goto(f"{ready.url}/?region=TH&lang=en")
    expect(page.get_by_role("button", name="Section 40")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("combobox").fill("vung vn.91.914")
    page.get_by_role("option", name="Region VN.91.914").wait_for()
    page.get_by_role("combobox").press("Enter")
    expect(page.locator("h1")).to_have_text("Region VN.91.914")
    assert "scheme=voluntary_si" in page.url


@pytest.mark.parametrize(("lang", "word"), [("vi", "người tham gia"), ("th", "ผู้ประกันตน"), ("en", "participants")])
def test_every_language_fits_a_phone(ready: Api, world: World, page: Page, lang: str, word: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{ready.url}/?region=VN&scheme=health&lang={lang}")
    expect(page.locator("#headline")).to_contain_text(word)
    assert page.locator("html").get_attribute("lang") == lang
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(f"#languages [data-lang={'en' if lang != 'en' else 'vi'}]").click()
    expect(page.locator("#headline")).not_to_contain_text(word)

"""What is seen: drill down, search, languages, views that can be shared, the explanation, barriers, weight."""

import re
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.api.conftest import Api
from tests.browser.conftest import barriers
from tests.browser.dashboard.conftest import open_at

MOST_BYTES = 200_000
TABS = ("overview", "places", "ranking", "plans", "outreach", "offices", "groups")


def test_a_place_shows_its_figures_plans_and_the_places_below(ready: Api, page: Page) -> None:
    open_at(page, ready.url)
    expect(page.locator("#headline")).to_contain_text("60.00%")
    expect(page.locator("#headline")).to_contain_text("6 / 10 eligible people")
    expect(page.locator("#headline")).to_contain_text("2020, census")
    expect(page.locator("#plans")).to_contain_text("150%")
    expect(page.locator(".tile-place")).to_have_count(2)
    expect(page.locator(".chart canvas")).to_be_visible()


def test_a_place_opens_from_country_to_commune_and_back(ready: Api, page: Page) -> None:
    open_at(page, ready.url, region="VN", tab="places")
    for region in ("VN.91", "VN.91.913", "VN.91.913.1"):
        page.locator("#children").get_by_role("link", name=f"Region {region}", exact=True).click()
        expect(page.locator("#path [aria-current]")).to_have_text(f"Region {region}")
        assert f"region={region}&" in page.url
    page.go_back()
    expect(page.locator("#path [aria-current]")).to_have_text("Region VN.91.913")
    page.locator("#path").get_by_role("link", name="Region VN", exact=True).click()
    expect(page.locator("#path [aria-current]")).to_have_text("Region VN")


def test_arrow_keys_move_over_the_tiles_and_enter_opens_one(ready: Api, page: Page) -> None:
    open_at(page, ready.url)
    tiles = page.locator(".tile-place")
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    if not tiles.nth(1).evaluate("tile => tile === document.activeElement"):
        page.keyboard.press("ArrowDown")
    expect(tiles.nth(1)).to_be_focused()
    name = tiles.nth(1).get_attribute("aria-label") or ""
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name.partition(":")[0])


def test_a_place_is_found_by_name_and_another_country_brings_its_scheme(ready: Api, page: Page) -> None:
    open_at(page, ready.url, region="TH", scheme="section40")
    expect(page.locator(".schemes [aria-current]")).to_have_text("Section 40")
    page.keyboard.press("/")
    page.get_by_role("combobox").fill("vung vn.91.914")
    page.get_by_role("option", name="Region VN.91.914").wait_for()
    page.get_by_role("combobox").press("Enter")
    expect(page.locator("h1")).to_have_text("Region VN.91.914")
    assert "scheme=voluntary_si" in page.url


def test_every_view_can_be_shared_by_its_address(ready: Api, page: Page) -> None:
    open_at(page, ready.url)
    page.locator(".tabs").get_by_role("link", name="Plans").click()
    page.get_by_role("link", name=re.compile("places have met it")).click()
    expect(page.locator(".each-plan tbody tr")).to_have_count(2)
    page.locator("#languages [lang=th]").click()
    expect(page.locator(".tabs [aria-current]")).to_have_text("เป้าหมาย")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".tabs [aria-current]")).to_have_text("เป้าหมาย")
    expect(other.locator(".each-plan tbody tr")).to_have_count(2)


@pytest.mark.parametrize(("lang", "word"), [("vi", "người tham gia"), ("th", "ผู้ประกันตน"), ("en", "participants")])
def test_every_language_fits_a_phone(ready: Api, page: Page, lang: str, word: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_at(page, ready.url, lang=lang)
    for tab in reversed(TABS):
        page.locator(f".tabs [data-key={tab}]").click()
        page.locator(f"#board[data-tab={tab}] > *").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
    page.locator(".schemes a", has_text={"vi": "BHYT", "th": "ประกันสุขภาพ", "en": "Health"}[lang]).click()
    expect(page.locator("#headline")).to_contain_text(word)
    assert page.locator("html").get_attribute("lang") == lang
    page.locator(f"#languages [lang={'en' if lang != 'en' else 'vi'}]").click()
    expect(page.locator("#headline .big")).not_to_contain_text(word)


def test_years_are_of_the_buddhist_era_for_thai_readers(ready: Api, page: Page) -> None:
    open_at(page, ready.url, lang="th")
    expect(page.locator("#headline")).to_contain_text("2563")
    page.locator("#languages [lang=vi]").click()
    expect(page.locator("#headline")).to_contain_text("2020")
    expect(page.locator("#headline .big")).to_contain_text("60,00")


def test_every_number_opens_what_is_behind_it_and_that_adds_up(ready: Api, page: Page) -> None:
    open_at(page, ready.url)
    page.locator("#headline .big button").click()
    drawer = page.locator("#explain")
    expect(drawer).to_be_visible()
    expect(drawer).to_contain_text("Difference 0")
    drawer.locator(".sum").wait_for()
    parts = {p: int(re.sub(r"\D", "", t)) for p, t in drawer.locator(".sum dd").evaluate_all(
        "all => all.map(dd => [dd.dataset.part, dd.textContent])")}  # fmt: skip
    plus = sum(parts.get(name, 0) for name in ("baseline", "new", "returned", "moved_in"))
    assert plus - parts.get("left", 0) - parts.get("moved_out", 0) == parts["participants"] > 0
    expect(drawer).to_contain_text(f"{parts['participants']} ÷ 10 × 100")
    assert "explain=coverage" in page.url
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).not_to_have_url(re.compile("explain"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_barrier(ready: Api, page: Page, theme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    open_at(page, ready.url)
    for tab in reversed(TABS):
        page.locator(f".tabs [data-key={tab}]").click()
        page.locator(f"#board[data-tab={tab}] > *").first.wait_for()
        assert barriers(page) == [], tab
    page.locator("#headline .big button").click()
    page.locator("#explain .sum").wait_for()
    assert barriers(page) == []
    open_at(page, ready.url, tab="offices", explain="year@office:OFFICE-1")
    page.locator("#explain .checked").wait_for()
    assert barriers(page) == []


def test_where_nobody_is_new_the_way_of_a_plan_of_many_years_is_drawn(ready: Api, page: Page) -> None:
    open_at(page, ready.url, region="VN.91.914")
    expect(page.locator(".trend [aria-current]")).to_have_text("Against the plan")
    expect(page.locator(".trend .keys")).to_contain_text("Five in each district: 0 so far")
    expect(page.locator(".chart canvas")).to_be_visible()


def test_places_without_an_eligible_population_are_shown_by_their_people(ready: Api, page: Page) -> None:
    open_at(page, ready.url, region="VN.91.913")
    expect(page.locator(".tile-place")).to_contain_text("1")
    expect(page.locator(".places-map [aria-current]")).to_have_text("Participants")
    expect(page.locator(".ranking [aria-current]")).to_have_text("Participants")
    expect(page.locator(".leaders .value")).to_have_text(["1"])


def test_a_phone_shows_each_row_of_a_table_with_the_names_of_its_figures(ready: Api, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_at(page, ready.url, tab="offices")
    cell = page.locator(".offices td", has=page.locator("[data-explain=year]")).first
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"New this year"'
    box = cell.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_paper_is_light_in_the_dark_too(ready: Api, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    open_at(page, ready.url)
    ground = "getComputedStyle(document.querySelector('.card')).backgroundColor"
    assert page.evaluate(ground) == "rgb(22, 33, 31)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_the_figures_shown_can_be_downloaded(ready: Api, page: Page) -> None:
    open_at(page, ready.url)
    page.locator(".menu summary").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV").click()
    lines = downloading.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert "participants" in lines[0]
    assert any("VN.91.913" in line for line in lines[1:])


def test_a_map_of_provinces_is_drawn_and_told(ready: Api, page: Page) -> None:
    open_at(page, ready.url, region="VN", map="VN-2008")
    shape = page.locator("a.shape")
    expect(shape).to_have_count(1)
    assert (shape.get_attribute("aria-label") or "").startswith("Region VN.91: 60")
    shape.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Region VN.91")


def travelled(url: str) -> int:
    """Bytes of an answer's body on the line."""
    with httpx.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        return sum(map(len, answer.iter_raw()))


def test_the_first_view_weighs_under_200_kb(ready: Api, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_at(page, ready.url, region="VN")
    page.locator(".map").wait_for()
    page.locator(".chart canvas").wait_for()
    files = {url for url in asked if "/v1/stream" not in url and "/v1/freshness" not in url}
    weight = sum(travelled(url) for url in files)
    assert weight < MOST_BYTES, f"{weight:,} bytes in {len(files)} files"

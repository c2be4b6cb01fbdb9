"""Every figure opens what is behind it: what counts, in which days, as of when, and the records, counted anew."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api.conftest import Api
from tests.browser.dashboard.conftest import open_at

TABS = ("overview", "places", "ranking", "plans", "outreach", "offices", "groups")
MUTE = """
() => [...document.querySelectorAll("#board td:not(.text), #board .leaders .value, #board .tile, #board .plan .amount")]
    .filter((place) => /\\d/.test(place.textContent) && !place.closest(".as-table") && !place.querySelector("[data-explain]"))
    .map((place) => place.outerHTML)
"""


def opened(page: Page, what: str, of: str = "") -> Locator:
    """The drawer behind a figure of the board, opened by keyboard."""
    figure = page.locator(f'#board [data-explain="{what}"]' + (f'[data-of="{of}"]' if of else "")).first
    figure.focus()
    page.keyboard.press("Enter")
    drawer = page.locator("#explain")
    expect(drawer.locator("#explain-title")).to_be_visible()
    expect(drawer.locator(".counting")).to_have_count(0)
    return drawer


@pytest.mark.parametrize("tab", TABS)
def test_no_figure_of_a_view_is_without_an_explanation(ready: Api, page: Page, tab: str) -> None:
    open_at(page, ready.url, tab=tab)
    figures = page.locator("#board [data-explain]")
    figures.first.wait_for()
    assert page.evaluate(MUTE) == []
    for what, of in {
        (figure.get_attribute("data-explain") or "", figure.get_attribute("data-of") or "") for figure in figures.all()
    }:
        drawer = opened(page, what, of)
        expect(drawer).to_contain_text("Figures as of")
        expect(drawer.locator("#explain-title")).not_to_contain_text(re.compile("cannot be had|Counting"))
        page.keyboard.press("Escape")
        expect(page).not_to_have_url(re.compile("explain="))


@pytest.mark.parametrize(
    ("tab", "what", "of", "value", "counts", "records"),
    [
        ("ranking", "coverage", "VN.91.913", "150.00%", "A person counts once per scheme", "region=VN.91.913"),
        ("outreach", "enrolments", "outreach:O", "5", "whose record names the activity", "outreach=O&effect=new"),
        ("outreach", "per_session", "outreach:O", "5 ÷ 2 = 2.5", "whose record names the activity", None),
        ("outreach", "named", "campaign:C", "5", "whose record names the campaign", "campaign=C&effect=new"),
        (
            "outreach",
            "in_scope",
            "campaign:C",
            "6",
            "places and schemes",
            "region=VN.91&scheme=voluntary_si&effect=new",
        ),
        ("offices", "new_7d", "office:OFFICE-1", "6", "own records", "office=OFFICE-1&effect=new"),
        ("offices", "plan", "agent:A-1", "5 ÷ 10 × 100 = 50%", "from 1 Jan 2020", "agent=A-1"),
        ("groups", "coverage", "group:G", "5 ÷ 8 × 100 = 62.5%", "each person once", None),
        ("groups", "enrolled", "sponsor:DONOR", "5", "names this sponsor", "sponsor=DONOR&effect=new"),
    ],
)
def test_a_figure_says_what_counts_and_where_its_records_are(
    ready: Api, page: Page, tab: str, what: str, of: str, value: str, counts: str, records: str | None
) -> None:
    open_at(page, ready.url, tab=tab)
    drawer = opened(page, what, of)
    expect(drawer.locator(".formula").first).to_contain_text(value)
    expect(drawer).to_contain_text(counts)
    if records is not None:
        expect(drawer).to_contain_text("Difference 0")
        href = drawer.get_by_role("link", name="The records one by one").get_attribute("href") or ""
        assert records in href
        assert ready.client.get(href).json()["events"]
    assert f"explain={what}" in page.url


def test_the_explanation_of_an_office_can_be_shared_by_its_address(ready: Api, page: Page) -> None:
    open_at(page, ready.url, tab="offices")
    opened(page, "year", "office:OFFICE-1")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#explain-title")).to_have_text("New this year")
    expect(other.locator("#explain")).to_contain_text("Post office 1")
    expect(other.locator("#explain")).to_contain_text("Period: 1 Jan –")

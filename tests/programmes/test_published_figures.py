"""Every figure of the five published campaigns, as the API serves it after they were loaded through HTTP."""

from collections import Counter

from deploy.reference import files
from deploy.reference.client import Loader
from deploy.reference.expected import compare
from tests.support.waiting import until


def assert_every_figure(loader: Loader, name: str, published: int) -> None:
    """All that the programme expects; `published` guards against figures that went missing from its file."""
    rows = list(compare(files.programme(name), loader.get))
    assert [row for row in rows if not row.same] == []
    assert Counter(row.basis for row in rows)["published"] == published


def test_p0_samut_songkhram_one_sub_district_one_village(loaded: Loader) -> None:
    assert_every_figure(loaded, "P0", published=9)


def test_p1_dak_lak_clan_groups_agents_and_donors(loaded: Loader) -> None:
    assert_every_figure(loaded, "P1", published=11)


def test_p2_kien_giang_post_office_launch(loaded: Loader) -> None:
    assert_every_figure(loaded, "P2", published=8)


def test_p3_sa_dec_three_schemes_against_eligible_and_plan(loaded: Loader) -> None:
    assert_every_figure(loaded, "P3", published=11)


def test_p4_national_month_of_action_at_three_levels(loaded: Loader) -> None:
    assert_every_figure(loaded, "P4", published=7)


def test_a_campaign_loaded_long_after_its_close_has_a_closing_figure_of_nobody(loaded: Loader) -> None:
    page = until(lambda: (page := loaded.get("/v1/campaigns/P1-CLANS"))["closing"] and page, "the campaign is closed")
    assert page["running"] == {"named": 545, "in_scope": 545}
    assert page["closing"] == {"named": 0, "in_scope": 0}
    assert page["late_after_close"] == page["running"]


def test_an_agents_page_shows_what_was_voided_and_corrected(loaded: Loader) -> None:
    year = loaded.get("/v1/agents/A-66-SH-01?date=2025-12-31")["year"]
    assert (year["new"], year["voided"], year["corrected"]) == (109, 2, 1)

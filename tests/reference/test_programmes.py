"""The five programmes: accepted by the contract, true to what was published, and no more people than that."""

from collections import Counter, defaultdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.reference import files
from deploy.reference.expected import segments
from deploy.reference.recipe import expand, people_of
from schemas.reference import REFERENCE_KINDS
from schemas.registration import Registration
from schemas.vocabulary import Scheme, recorded_schemes

NAMES = ["P0", "P1", "P2", "P3", "P4"]
PEOPLE = {"P0": 112, "P1": 545 + 2, "P2": 366 + 463, "P3": 716, "P4": 100}
every = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def programmes():
    return {name: files.programme(name) for name in NAMES}


@pytest.fixture(scope="module")
def bodies(programmes):
    return {name: expand(programmes[name]) for name in NAMES}


@pytest.fixture(scope="module")
def everybody(bodies):
    """The registrations of all programmes: they are loaded into one system and must not disturb each other."""
    return [body for each in bodies.values() for body in each]


def pct(part, whole):
    return float((Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def figures(programme, basis=None):
    return {row["figure"]: row["value"] for row in programme["expected"] if basis in (None, row["basis"])}


def within(region, top):
    return region == top or region.startswith(f"{top}.")


def new_people(bodies, scheme, region, is_in_window, agent=None):
    """People whose first standing record is in the window: an independent count, without the services."""
    voided = {body["refers_to"] for body in bodies if body["kind"] == "voided"}
    first = {}
    for body in sorted(bodies, key=lambda each: each["occurred_at"]):
        if body["kind"] == "enrolled" and body["registration_id"] not in voided:
            first.setdefault((body["scheme"], body["national_id"]), body)
    return sum(
        body["scheme"] in recorded_schemes(scheme)
        and within(body["region"], region)
        and is_in_window(body["occurred_at"][:10])
        and agent in (None, body.get("agent"))
        for body in first.values()
    )


def between(first, last, day):
    return first <= day <= last


def after_until(since, last, day):
    return since < day <= last


def asked(row):
    """The query of an expected figure's path."""
    return {key: values[0] for key, values in parse_qs(urlsplit(row["path"]).query).items()}


def test_there_are_five_programmes_each_in_the_file_of_its_name(programmes):
    assert [path.stem for path in files.programme_files()] == NAMES == [p["programme"] for p in programmes.values()]


@every
def test_every_reference_row_is_accepted_by_the_contract(name, programmes):
    for kind, rows in programmes[name]["reference"].items():
        for row in rows:
            REFERENCE_KINDS[kind].model_validate(row)


@every
def test_every_registration_is_accepted_by_the_contract(name, bodies):
    for body in bodies[name]:
        Registration.model_validate(body)


@every
def test_every_region_named_exists_on_the_day_it_is_used(name, programmes, bodies, regions):
    for body in bodies[name]:
        row, day = regions[body["region"]], body["occurred_at"][:10]
        assert row["valid_from"] <= day, body["region"]
        assert not row["valid_to"] or day < row["valid_to"], body["region"]
    for rows in programmes[name]["reference"].values():
        for row in rows:
            named = {row["region"]} if "region" in row else set(row["regions"])
            assert named <= regions.keys(), row


@every
def test_whatever_a_registration_names_is_in_the_reference_data(name, programmes, bodies):
    reference = programmes[name]["reference"]
    for field, kind in (
        ("office", "offices"),
        ("outreach", "outreach"),
        ("campaign", "campaigns"),
        ("group", "groups"),
    ):
        known = {row["id"] for row in reference[kind]}
        assert {body[field] for body in bodies[name] if field in body} <= known
    owners = {target["owner"] for target in reference["targets"] if "owner" in target}
    assert owners <= {body.get("agent") for body in bodies[name]}


def test_ids_are_unique_over_all_programmes(programmes, bodies):
    for kind in ("targets", "campaigns", "outreach", "offices", "groups"):
        ids = Counter(row["id"] for p in programmes.values() for row in p["reference"][kind])
        assert [key for key, times in ids.items() if times > 1] == []
    registrations = Counter(body["registration_id"] for each in bodies.values() for body in each)
    assert max(registrations.values()) == 1
    owner = {}
    for name, each in bodies.items():
        for body in each:
            assert owner.setdefault(body["national_id"], name) == name


@every
def test_no_more_people_are_made_up_than_the_programme_speaks_of(name, bodies):
    assert len(people_of(bodies[name])) == PEOPLE[name]


@every
def test_every_record_lies_inside_the_campaign_and_outreach_it_names(name, programmes, bodies):
    reference = programmes[name]["reference"]
    spans = {row["id"]: (row["from"], row["to"]) for kind in ("campaigns", "outreach") for row in reference[kind]}
    for body in bodies[name]:
        for field in ("campaign", "outreach"):
            if field in body and body["kind"] == "enrolled":
                first, last = spans[body[field]]
                assert first <= body["occurred_at"][:10] <= last, body


@every
def test_every_expected_figure_says_where_to_look_and_on_what_it_rests(name, programmes):
    for row in programmes[name]["expected"]:
        assert set(row) == {"figure", "basis", "path", "field", "value"}
        assert row["basis"] in ("published", "derived", "recipe")
        assert row["path"].startswith("/v1/")
        assert asked(row).get("scheme", "health") in set(Scheme)
        assert segments(row["field"])


@every
def test_the_achievement_expected_of_a_target_is_what_the_recipes_make(name, programmes, everybody):
    targets = {row["id"]: row for row in programmes[name]["reference"]["targets"]}
    for row in programmes[name]["expected"]:
        parts = segments(row["field"])
        if parts[0] != "targets" or targets[parts[1]]["kind"] != "new_count" or len(parts) > 3:
            continue
        target = targets[parts[1]]
        region = asked(row).get("region", target["region"])
        window = partial(between, target["from"], target["to"])
        achieved = new_people(everybody, target["scheme"], region, window, target.get("owner"))
        made = target | {"achieved": achieved, "achieved_pct": pct(achieved, target["target"])}
        made["status"] = "met" if achieved >= target["target"] else "not met"
        assert row["value"] == made[parts[2]], row


@every
def test_the_stock_expected_is_the_baseline_and_the_records_after_it(name, programmes, everybody):
    baselines = defaultdict(dict)
    for row in (row for each in programmes.values() for row in each["reference"]["baselines"]):
        baselines[row["region"], row["scheme"]][row["date"]] = row["count"]
    for row in programmes[name]["expected"]:
        if row["field"] == "participants" and row["path"].startswith("/v1/coverage"):
            region, scheme, day = (asked(row)[key] for key in ("region", "scheme", "date"))
            known = {on: count for on, count in baselines[region, scheme].items() if on <= day}
            since = max(known, default="")
            came = new_people(everybody, scheme, region, partial(after_until, since, day))
            assert row["value"] == known.get(since, 0) + came, row


def test_the_three_levels_of_the_month_of_action_see_what_the_recipe_makes(programmes, everybody):
    rows = [row for row in programmes["P4"]["expected"] if row["field"] == "new.30d"]
    assert len(rows) == 2
    for row in rows:
        window = partial(between, "2022-05-02", "2022-05-31")
        assert row["value"] == new_people(everybody, "voluntary_si", asked(row)["region"], window)


def test_kien_giang_is_true_to_the_report(programmes, bodies):
    published = figures(programmes["P2"], "published")
    assert {366, 150.0, 88.0, 9, 969, 80, 463, 50} == set(published.values())
    assert pct(366, 244) == 150.0
    assert pct(55_982, 63_616) == 88.0
    by = Counter((body["scheme"], body.get("outreach", "")) for body in bodies["P2"])
    assert by["voluntary_si", "P2-UMT-WOMEN"] == 80
    assert by["health", "P2-UMT-WOMEN"] == 463
    communes = [r for r in programmes["P2"]["reference"]["populations"] if r["region"].count(".") == 3]
    assert sum(row["eligible"] for row in communes) == 63_616
    half_year = sum(b["scheme"] == "voluntary_si" and b["occurred_at"] < "2020-07-01" for b in bodies["P2"])
    assert half_year >= 244 / 2


def test_samut_songkhram_is_true_to_the_report(programmes, bodies):
    published = figures(programmes["P0"], "published")
    assert {1_000_000, 2_878, 17_093, 100.0, "2018-10-01", "2019-09-30", "2019-10-31"} == set(published.values())
    assert len(bodies["P0"]) == 112 + 3
    assert all(datetime.fromisoformat(body["occurred_at"]).year in (2018, 2019) for body in bodies["P0"])


def test_sa_dec_is_true_to_the_report(programmes):
    published = set(figures(programmes["P3"], "published").values())
    assert {12_844, 88.28, 100.0, 1_359, 211.35, 12_530, 93.25, 4, 1_748, 100_000_000} == published
    assert (pct(12_844, 14_549), pct(1_359, 643), pct(12_530, 13_437)) == (88.28, 211.35, 93.25)
    assert pct(1_359 - 643, 643) == 111.35


def test_the_month_of_action_is_true_to_the_report(programmes):
    published = set(figures(programmes["P4"], "published").values())
    assert {10_000, "2022-05-08", 16_400_000, 32.47, 2.77, 1_300_000, 16.09} == published
    assert pct(16_400_000, 50_508_161) == 32.47
    assert pct(16_400_000 - 15_957_964, 15_957_964) == 2.77
    assert pct(1_300_000 - 1_119_821, 1_119_821) == 16.09


def test_dak_lak_is_true_to_the_report(programmes, bodies):
    published = set(figures(programmes["P1"], "published").values())
    assert {17, 545, 95, 20, 96.5, 21.08, 150, 1, 100.0, "Market traders"} == published
    groups = programmes["P1"]["reference"]["groups"]
    members = Counter(body["group"] for body in bodies["P1"] if body["kind"] == "enrolled" and "group" in body)
    assert members == {group["id"]: group["members"] for group in groups}
    assert (len(groups), sum(members.values())) == (17, 545)


def test_donors_and_corrections_of_dak_lak_are_what_is_expected(programmes, bodies):
    stands = {body["registration_id"]: body for body in bodies["P1"] if body["kind"] == "enrolled"}
    for body in bodies["P1"]:
        if body["kind"] == "corrected":
            stands[body["refers_to"]] = body
        if body["kind"] == "voided":
            del stands[body["refers_to"]]
    donors = Counter(body["sponsor"] for body in stands.values() if "sponsor" in body)
    expected = {r["field"].split(".")[1]: r["value"] for r in programmes["P1"]["expected"] if "sponsors" in r["path"]}
    assert donors == expected
    assert len(stands) == 545

"""The committed administrative units: one tree per country, dated, and equal to what the sources say."""

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

from deploy.reference import build_regions, files
from schemas.reference import Lineage, Region

REFORM = "2025-07-01"
BELOW = {"country": 0, "province": 1, "district": 2, "commune": 3, "village": 4, "group": 5}


def alive(row, on):
    return row["valid_from"] <= on and (not row["valid_to"] or on < row["valid_to"])


def count(regions, country, level, on):
    return sum(alive(r, on) for r in regions.values() if (r["country"], r["level"]) == (country, level))


def test_the_committed_files_equal_a_fresh_build_byte_for_byte(tmp_path):
    for fresh in build_regions.build(tmp_path):
        committed = files.HERE / fresh.relative_to(tmp_path)
        assert committed.read_bytes() == fresh.read_bytes(), f"{committed.name} is not what the sources give"


def test_every_committed_csv_is_listed_or_an_account_of_the_build():
    on_disk = {path for folder in ("regions", "lineage") for path in (files.HERE / folder).glob("*")}
    others = {files.HERE / "lineage" / "left-out.csv", files.HERE / "regions" / "contract-example.csv"}
    assert on_disk - {*files.region_files(), *files.lineage_files()} == others


def test_no_file_is_larger_than_one_mebibyte():
    for path in (*files.region_files(), *files.lineage_files()):
        assert path.stat().st_size < 2**20, path.name


def test_every_row_is_accepted_by_the_contract(regions, lineage):
    for row in regions.values():
        Region.model_validate({name: value or None for name, value in row.items()})
    for row in lineage:
        Lineage.model_validate(row)


def test_region_ids_are_unique():
    assert [key for key, times in Counter(row["id"] for row in files.regions()).items() if times > 1] == []


def test_a_parent_is_always_loaded_before_its_children():
    seen = {""}
    for row in files.regions():
        assert row["parent"] in seen, row
        seen.add(row["id"])


def test_a_child_is_one_level_or_more_below_its_parent_in_the_same_country_and_its_id_says_so(regions):
    for row in regions.values():
        if row["parent"]:
            parent = regions[row["parent"]]
            assert BELOW[parent["level"]] < BELOW[row["level"]], row
            assert parent["country"] == row["country"], row
            if parent["level"] != "country":
                assert row["id"].startswith(f"{parent['id']}."), row


def test_a_child_exists_only_while_its_parent_does(regions):
    for row in regions.values():
        date.fromisoformat(row["valid_from"])
        if row["parent"]:
            parent = regions[row["parent"]]
            assert row["valid_from"] >= parent["valid_from"], row
            assert not parent["valid_to"] or "" < row["valid_to"] <= parent["valid_to"], row


def test_the_number_of_units_is_the_published_one_on_both_sides_of_the_reform(regions):
    before = {level: count(regions, "VN", level, "2025-06-30") for level in ("province", "district", "commune")}
    after = {level: count(regions, "VN", level, REFORM) for level in ("province", "district", "commune")}
    assert before == {"province": 63, "district": 696, "commune": 10_035}
    assert after == {"province": 34, "district": 0, "commune": 3_321}
    thai = {level: count(regions, "TH", level, "2018-10-01") for level in ("province", "district", "commune")}
    assert thai == {"province": 77, "district": 928, "commune": 7_436}


def test_a_present_commune_hangs_directly_below_a_present_province(regions):
    for row in regions.values():
        if row["country"] == "VN" and row["level"] == "commune" and alive(row, REFORM):
            parent = regions[row["parent"]]
            assert parent["level"] == "province", row
            assert alive(parent, REFORM), row


def test_a_code_names_one_unit_of_a_level_at_a_time_but_may_be_used_again(regions):
    for on in ("2025-06-30", REFORM):
        codes = Counter((r["country"], r["level"], r["code"]) for r in regions.values() if alive(r, on))
        assert [key for key, times in codes.items() if times > 1] == []
    reused = {r["id"]: r["name_vi"] for r in regions.values() if r["code"] == "26740"}
    assert reused == {"VN.79.760.26740": "Phường Bến Nghé", "VN.79-2025.26740": "Phường Sài Gòn"}


def test_the_places_of_the_programmes_are_there_by_id_and_name(regions):
    named = {
        "TH.75": "Samut Songkhram", "TH.75.7501": "Mueang Samut Songkhram", "TH.75.7502": "Bang Khonthi",
        "TH.75.7503": "Amphawa", "TH.75.7503.750307": "Khwae Om", "TH.75.7503.750307.02": "Moo 2 Khwae Om",
        "VN.91": "Kien Giang Province", "VN.91.913": "U Minh Thuong District", "VN.87.867": "Sa Dec City",
        "VN.66": "Dak Lak Province", "VN.66-2025": "Dak Lak Province", "VN.54.561": "Song Hinh District",
        "VN.66-2025.22207": "Song Hinh Commune", "VN.66-2025.24250": "Ea Nuol Commune",
    }  # fmt: skip
    assert {key: regions[key]["name_en"] for key in named} == named
    assert regions["TH.75"]["name_th"] == "สมุทรสงคราม"
    assert regions["VN.91.913"]["name_vi"] == "Huyện U Minh Thượng"
    districts = [r for r in regions.values() if r["parent"] == "TH.75"]
    assert len(districts) == 3


def test_commune_31042_of_the_design_example_stood_in_an_minh(regions):
    assert regions["VN.91.909.31042"]["name_vi"] == "Xã Vân Khánh"
    assert regions["VN.91-2025.31042"]["name_vi"] == "Xã Vân Khánh"
    assert [r["code"] for r in regions.values() if r["parent"] == "VN.91.913"] == [
        "31012", "31015", "31027", "31054", "31057", "31066",
    ]  # fmt: skip


def test_every_name_is_there_in_three_languages_and_english_is_plain(regions):
    for row in regions.values():
        assert row["name_vi"], row
        assert row["name_th"], row
        assert row["name_en"].isascii(), row


def test_the_weights_of_every_ended_unit_sum_to_exactly_one(lineage):
    sums = defaultdict(Decimal)
    for row in lineage:
        assert Decimal(row["weight"]) > 0, row
        sums[row["from"]] += Decimal(row["weight"])
    assert {key: total for key, total in sums.items() if total != 1} == {}


def test_every_unit_that_ended_has_a_successor_that_began_on_that_day(regions, lineage):
    ended = {row["id"] for row in regions.values() if row["valid_to"]}
    assert {row["from"] for row in lineage} == ended
    for row in lineage:
        assert row["effective_on"] == regions[row["from"]]["valid_to"] == REFORM
        assert alive(regions[row["to"]], REFORM), row
        assert regions[row["to"]]["valid_from"] in (REFORM, regions["VN"]["valid_from"]), row


def test_as_many_communes_went_whole_or_were_divided_as_the_readme_says(regions, lineage):
    parts = Counter(row["from"] for row in lineage if regions[row["from"]]["level"] == "commune")
    assert Counter(n > 1 for n in parts.values()) == {False: 9_592, True: 443}
    readme = (files.HERE / "README.md").read_text(encoding="utf-8")
    assert "9,592" in readme
    assert "(443)" in readme
    assert f"{len(lineage):,} rows" in readme


def test_every_new_unit_has_a_predecessor(regions, lineage):
    begun = {row["id"] for row in regions.values() if row["valid_from"] == REFORM}
    assert begun - {row["to"] for row in lineage} == set()


def test_a_commune_goes_where_its_province_goes(regions, lineage):
    province_of = {r["from"]: r["to"] for r in lineage if regions[r["from"]]["level"] == "province"}
    for row in lineage:
        old, new = regions[row["from"]], regions[row["to"]]
        if old["level"] == "commune":
            old_province = ".".join(old["id"].split(".")[:2])
            assert new["parent"] == province_of.get(old_province, old_province), row


def test_the_lineage_of_known_places_is_right(lineage):
    to = defaultdict(dict)
    for row in lineage:
        to[row["from"]][row["to"]] = row["weight"]
    assert to["VN.91"] == {"VN.91-2025": "1.000000"} == to["VN.89"] == to["VN.91.913"]
    assert to["VN.31.318"] == {"VN.31-2025.11948": "1.000000"}, "Bach Long Vi had no communes: it is a special zone now"
    assert to["VN.87.867.29908"] == {"VN.82-2025.29905": "1.000000"}, "Sa Dec's ward 4 is not that of Cao Lanh"
    assert to["VN.66.647.24253"] == {"VN.66-2025.24250": "1.000000"}, "Ea Nuol"


def test_few_parts_are_left_out_as_namesakes_and_each_is_far_away():
    left_out = list(files.read_rows(files.HERE / "lineage" / "left-out.csv"))
    assert len(left_out) == 30
    assert min(int(row["distance_km"]) for row in left_out) > 15

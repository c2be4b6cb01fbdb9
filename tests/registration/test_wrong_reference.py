"""Wrong reference data is refused row by row, with the field and the reason; the good rows beside it are kept."""

import csv
import io

import pytest

from tests.registration.stage import Stage, ndjson, outcomes

NAMES = {"name_vi": "x", "name_th": "x", "name_en": "x"}
BEFORE, SINCE = {"valid_from": "2008-08-01", "valid_to": "2025-07-01"}, {"valid_from": "2025-07-01"}


def region(id_: str, parent: str, level: str = "commune", **more: str) -> dict:
    return {"id": id_, "country": "VN", "level": level, "parent": parent, **NAMES, **more}


def target(**more: str) -> dict:
    row = {"id": "T-1", "region": "VN.91", "scheme": "health", "kind": "new_count", "from": "2020-01-01",
           "to": "2020-12-31", "target": "10"}  # fmt: skip
    return row | more


def population(**more: object) -> dict:
    return {"region": "VN.91", "scheme": "health", "year": "2020", "eligible": "10", "source": "census"} | more


def lineage(to: str = "VN.91-2025", **more: str) -> dict:
    return {"from": "VN.91.913", "to": to, "weight": "1", "effective_on": "2025-07-01"} | more


GOOD = {
    "regions": region("VN.7", "VN", "province"), "targets": target(id="T-good"), "populations": population(year="2021"),
    "lineage": lineage(**{"from": "VN.91"}), "campaigns": {"id": "C", "name": "C", "schemes": "health", "regions": "VN.91",
    "from": "2020-05-01", "to": "2020-05-02"},
}  # fmt: skip
WRONG = [
    ("regions", [region("VN.8", "VN.9", "district"), region("VN.9", "VN.8", "district")], "level", "circle"),
    ("regions", [region("VN.91.913.v", "VN.91.913", valid_from="1999-01-01")], "valid_from", "before VN.91.913 begins"),
    ("regions", [region("VN.91.913.v", "VN.91.913", valid_to="2026-01-01")], "valid_to", "after VN.91.913 ends"),
    ("regions", [region("VN.91.913.v", "VN.91.913", valid_from="2026-01-01")], "valid_from", "after VN.91.913 ends"),
    ("regions", [region("VN.91.913", "VN.91", "district", valid_to="2020-01-01")], "valid_to", "VN.91.913.31012 lies in"),
    ("regions", [region("VN.91.913.n", "VN.91.913", code="31012", **BEFORE)], "valid_from", "has code 31012"),
    ("regions", [region("VN.8", "VN", "province", valid_from="2025-01-01", valid_to="2024-01-01")], "", "is not after"),
    ("targets", [target(to="2019-12-31")], "", "ends (2019-12-31) before it starts (2020-01-01)"),
    ("campaigns", [GOOD["campaigns"] | {"id": "D", "to": "2020-04-30"}], "", "before it starts"),
    ("lineage", [lineage(weight="0.6"), lineage("VN.91-2025.31012", weight="0.5")], "weight", "sum to 1.1, not to 1"),
    ("lineage", [lineage(weight="0.5")], "weight", "sum to 0.5, not to 1"),
    ("lineage", [lineage(effective_on="2024-07-01")], "effective_on", "ends on 2025-07-01"),
    ("lineage", [lineage(to="VN.91.913.31012")], "to", "does not exist on 2025-07-01"),
    ("populations", [population(eligible="-1")], "eligible", "greater than or equal to 0"),
    ("populations", [population(scheme="pension")], "scheme", "Input should be"),
    ("targets", [target(scheme="pension")], "scheme", "Input should be"),
]  # fmt: skip


def as_csv(rows: list[dict]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, sorted({name for row in rows for name in row}))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_ndjson(rows: list[dict]) -> bytes:
    return ndjson(*({k: v.split("|") if k in ("schemes", "regions") else v for k, v in row.items()} for row in rows))


FORMATS = {"text/csv": as_csv, "application/x-ndjson": as_ndjson}


@pytest.mark.parametrize("media", FORMATS)
@pytest.mark.parametrize(("kind", "wrong", "field", "reason"), WRONG, ids=lambda part: str(part)[:40])
async def test_wrong_rows_are_refused_with_the_reason_and_good_ones_kept(
    stage: Stage, media: str, kind: str, wrong: list[dict], field: str, reason: str
) -> None:
    rows = [GOOD[kind], *wrong]
    async with stage.client("reference") as client:
        answer = await client.put(
            f"/v1/reference/{kind}", content=FORMATS[media](rows), headers={"content-type": media}
        )
    listed, summary = outcomes(answer)
    assert [row["status"] for row in listed] == ["accepted", *["refused"] * len(wrong)], listed
    assert (summary["accepted"], len(stage.publisher.sent)) == (1, 1)
    for row in listed[1:]:
        assert any(reason in error["message"] for error in row["errors"]), row
        assert not field or any(error["field"] == field for error in row["errors"]), row


async def put(stage: Stage, *rows: dict) -> list[str]:
    async with stage.client("reference") as client:
        answer = await client.put(
            "/v1/reference/regions", content=ndjson(*rows), headers={"content-type": "application/x-ndjson"}
        )
    return [row["status"] for row in outcomes(answer)[0]]


async def test_a_code_may_be_used_again_once_its_first_unit_has_ended(stage: Stage) -> None:
    old = region("VN.7", "VN", "province", code="26740", **BEFORE)
    new = region("VN.7-2025", "VN", "province", code="26740", **SINCE)
    assert await put(stage, old, new) == ["accepted", "accepted"]
    assert await put(stage, new, old) == ["accepted", "accepted"], "sent again, they replace themselves"


async def test_of_two_units_with_one_code_at_one_time_the_first_is_kept(stage: Stage) -> None:
    rows = [region(id_, "VN", "province", code="7", **SINCE) for id_ in ("VN.7", "VN.8")]
    assert await put(stage, *rows) == ["accepted", "refused"]
    assert await put(stage, region("VN.7.1", "VN.7", "district", code="7")) == ["accepted"], "elsewhere it is another's"

"""`PUT /v1/reference/{kind}`: reference data, checked against itself and what is known."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.reference import files
from schemas.events import ReferenceEvent
from schemas.reference import REFERENCE_KINDS, Region
from schemas.vocabulary import Level
from services.registration.domain.reference_rows import refusals
from services.registration.domain.regions import DEPTH
from services.registration.lookup import Lookup
from services.registration.reference import ReferenceData
from tests.registration.stage import Stage, body, ndjson, outcomes

NDJSON = {"content-type": "application/x-ndjson"}
CSV = {"content-type": "text/csv"}
NAMES = {"name_vi": "x", "name_th": "x", "name_en": "x"}
VILLAGE = {"id": "VN.91-2025.31012.v1", "country": "VN", "level": "village", "parent": "VN.91-2025.31012", **NAMES}


def commune(id_: str, parent: str, level: str = "commune") -> dict:
    return {"id": id_, "country": "VN", "level": level, "parent": parent, **NAMES}


async def put(stage: Stage, kind: str, content: bytes, headers=NDJSON):
    async with stage.client("reference") as client:
        return outcomes(await client.put(f"/v1/reference/{kind}", content=content, headers=headers))


EXAMPLES = {
    "regions": VILLAGE,
    "lineage": {"from": "VN.91", "to": "VN.91-2025", "weight": "1", "effective_on": "2025-07-01"},
    "populations": {"region": "VN.91", "scheme": "health", "year": 2020, "eligible": 1700000, "source": "Statistics"},
    "baselines": {"region": "TH.75", "scheme": "section40", "date": "2019-10-31", "count": 17093, "source": "SSO"},
    "targets": {"id": "T-1", "region": "VN.91.913", "scheme": "voluntary_si", "kind": "new_count", "from": "2020-01-01",
                "to": "2020-12-31", "target": "244", "milestones": [{"on": "2020-06-30", "pct": "50"}]},
    "campaigns": {"id": "C-1", "name": "Launch", "schemes": ["voluntary_si"], "regions": ["VN.91"], "from": "2020-05-01",
                  "to": "2020-05-31", "grace_days": 30},
    "outreach": {"id": "O-1", "region": "VN.91.913", "kind": "dialogue", "from": "2020-05-01", "to": "2020-05-02",
                 "sessions": 9, "attendees": 969},
    "offices": {"id": "VNPOST-91-0012", "name": "Post office", "region": "VN.91", "kind": "post_office"},
    "groups": {"id": "G-1", "region": "VN.91-2025.31012", "kind": "clan", "name": "A clan", "members": 32},
}  # fmt: skip


def test_there_is_an_example_of_every_kind():
    assert set(EXAMPLES) == set(REFERENCE_KINDS)


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_a_row_is_published_under_its_kind_and_key(stage, kind):
    listed, summary = await put(stage, kind, ndjson(EXAMPLES[kind]))
    assert summary["accepted"] == 1, listed
    [sent] = stage.publisher.sent
    event = ReferenceEvent.model_validate_json(sent.value)
    assert sent.topic == "reference-data"
    assert sent.key.decode() == f"{event.kind}/{event.key}"
    row = REFERENCE_KINDS[kind].model_validate(event.row)
    assert row == REFERENCE_KINDS[kind].model_validate(EXAMPLES[kind])
    assert event.key == row.key


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_csv_gives_the_same_row_as_ndjson(stage, kind):
    def cell(value: object) -> str:
        if isinstance(value, list):
            return "|".join(f"{i['on']}:{i['pct']}" if isinstance(i, dict) else i for i in value)
        return f'"{value}"'

    row = EXAMPLES[kind]
    content = ",".join(row) + "\n" + ",".join(cell(value) for value in row.values()) + "\n"
    await put(stage, kind, ndjson(row))
    listed, _ = await put(stage, kind, content.encode(), CSV)
    assert [row["status"] for row in listed] == ["accepted"], listed
    assert stage.events()[0] == stage.events()[1]


async def test_a_new_region_takes_registrations_at_once(stage):
    sent = body(region=VILLAGE["id"], occurred_at="2025-07-31T09:00:00+07:00")
    async with stage.client() as client:
        assert (await client.post("/v1/registrations", json=sent)).status_code == 422
        await put(stage, "regions", ndjson(VILLAGE))
        assert (await client.post("/v1/registrations", json=sent)).status_code == 201


async def test_a_region_the_broker_did_not_take_is_not_known(stage):
    async with stage.client("reference") as client:
        stage.publisher.trouble = "Kafka: away"
        assert (await client.put("/v1/reference/regions", content=ndjson(VILLAGE), headers=NDJSON)).status_code == 503
    assert stage.reference.get(VILLAGE["id"]) is None


async def test_rows_of_one_upload_may_refer_to_each_other_in_any_order(stage):
    rows = [commune("VN.7.1.1", "VN.7.1"), commune("VN.7.1", "VN.7", "district"), commune("VN.7", "VN", "province")]
    _, summary = await put(stage, "regions", ndjson(*rows))
    assert summary["accepted"] == 3


async def test_a_refused_region_takes_only_what_hangs_on_it_with_it(stage):
    rows = [
        commune("VN.7", "VN.unknown", "province"), commune("VN.7.1", "VN.7", "district"), commune("VN.7.1.1", "VN.7.1"),
        commune("VN.8", "VN", "province"), commune("VN.8.1", "VN.8", "district"),
    ]  # fmt: skip
    listed, _ = await put(stage, "regions", ndjson(*rows))
    assert [row["status"] for row in listed] == ["refused"] * 3 + ["accepted"] * 2
    assert "no region VN.unknown" in listed[0]["errors"][0]["message"]


async def test_a_circle_is_refused_and_says_so(stage):
    rows = [commune("VN.7", "VN.8", "district"), commune("VN.8", "VN.7", "district"), commune("VN.9", "VN", "province")]
    listed, _ = await put(stage, "regions", ndjson(*rows))
    assert [row["status"] for row in listed] == ["refused", "refused", "accepted"]
    assert "circle" in listed[0]["errors"][0]["message"]


@pytest.mark.parametrize("level", ["district", "commune", "village"])
async def test_a_child_must_lie_below_its_parents_level(stage, level):
    listed, _ = await put(stage, "regions", ndjson(commune("VN.91-2025.31012.x", "VN.91-2025.31012", level)))
    assert listed[0]["status"] == ("accepted" if level == "village" else "refused")


async def test_a_known_region_cannot_sink_below_its_children(stage):
    sunk = commune("VN.91-2025", "VN", "commune")
    listed, _ = await put(stage, "regions", ndjson(sunk))
    assert "lies in this region" in listed[0]["errors"][0]["message"]
    together = ndjson(sunk, commune("VN.91-2025.31012", "VN.91-2025", "village"))
    _, summary = await put(stage, "regions", together)
    assert summary["accepted"] == 2, "when the children sink with it, it can"


@pytest.mark.parametrize("kind", [kind for kind in EXAMPLES if kind != "regions"])
async def test_a_row_of_an_unknown_region_is_refused(stage, kind):
    field = {"lineage": "to", "campaigns": "regions"}.get(kind, "region")
    unknown = ["VN.91", "VN.unknown"] if kind == "campaigns" else "VN.unknown"
    listed, summary = await put(stage, kind, ndjson({**EXAMPLES[kind], field: unknown}, EXAMPLES[kind]))
    assert listed[0]["errors"][0]["field"] == field
    assert "VN.unknown" in listed[0]["errors"][0]["message"]
    assert summary["accepted"] == 1


def lineage(to: str, weight: str, from_: str = "VN.91.913") -> dict:
    return {"from": from_, "to": to, "weight": weight, "effective_on": "2025-07-01"}


@pytest.mark.parametrize(
    ("weights", "accepted"),
    [(["0.5", "0.5"], 2), (["1"], 1), (["0.6", "0.5"], 0), (["0.5", "0.4"], 0), (["0.333333", "0.666667"], 2)],
)
async def test_the_weights_of_a_region_sum_to_one_or_all_its_rows_are_refused(stage, weights, accepted):
    rows = [lineage(to, weight) for to, weight in zip(("VN.91-2025", "VN.91-2025.31012"), weights, strict=False)]
    other = lineage("VN.91-2025", "1", from_="VN.91")
    listed, summary = await put(stage, "lineage", ndjson(*rows, other))
    assert summary["accepted"] == accepted + 1, listed
    if not accepted:
        assert "sum to" in listed[0]["errors"][0]["message"]


async def test_weights_that_are_known_count_with_those_that_come(stage):
    await put(stage, "lineage", ndjson(lineage("VN.91-2025", "0.5"), lineage("VN.91-2025.31012", "0.5")))
    listed, _ = await put(stage, "lineage", ndjson(lineage("VN.91-2025", "0.7")))
    assert listed[0]["status"] == "refused"
    _, summary = await put(stage, "lineage", ndjson(lineage("VN.91-2025", "0.7"), lineage("VN.91-2025.31012", "0.3")))
    assert summary["accepted"] == 2


async def test_bad_rows_are_refused_with_their_field_and_the_others_are_kept(stage):
    good = EXAMPLES["populations"]
    rows = [{**good, "eligible": -1}, good, {**good, "scheme": "pension"}, b"not json", {**good, "year": 2021}]
    listed, summary = await put(stage, "populations", ndjson(*rows))
    assert [row["status"] for row in listed] == ["refused", "accepted", "refused", "refused", "accepted"]
    assert [row["errors"][0]["field"] for row in listed if row["errors"]] == ["eligible", "scheme", "body"]
    assert summary["accepted"] == 2


@pytest.mark.parametrize(
    ("key", "kind", "headers", "content", "status"),
    [
        (None, "regions", NDJSON, b"", 401),
        ("any", "regions", NDJSON, b"", 403),
        ("reference", "office_sync", NDJSON, b"", 404),
        ("reference", "regions", {"content-type": "application/json"}, b"", 415),
        ("reference", "regions", CSV, b"id,colour\n", 422),
        ("reference", "regions", NDJSON, b" " * 70_000, 413),
    ],
)
async def test_an_upload_that_cannot_be_read_at_all_is_a_problem(key, kind, headers, content, status):
    stage = Stage(overrides={"reference_max_bytes": 65_536})
    async with stage.client(key) as client:
        response = await client.put(f"/v1/reference/{kind}", content=content, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status


async def test_the_whole_reference_data_is_accepted_as_committed(stage):
    for path in files.region_files():
        _, summary = await put(stage, "regions", path.read_bytes(), CSV)
        assert summary["accepted"] == summary["rows"] > 0, path.name
    for path in files.lineage_files():
        _, summary = await put(stage, "lineage", path.read_bytes(), CSV)
        assert summary["accepted"] == summary["rows"] > 0, path.name
    lookup = Lookup(stage.reference)
    [found] = [r for r in lookup.regions("vân khánh an giang", stage.now.date(), 5) if r.id.endswith("31042")]
    assert found.name.vi == "Xã Vân Khánh"


ids = st.sampled_from(["VN.a", "VN.b", "VN.c", "VN.d", "VN"])
trees = st.lists(
    st.builds(
        lambda id_, parent, level: (id_, parent, level),
        ids.filter(lambda i: i != "VN"), ids, st.sampled_from([level for level in Level if level != Level.COUNTRY]),
    ).filter(lambda row: row[0] != row[1]),
    max_size=8,
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(trees, max_size=4))
def test_whatever_is_sent_in_whatever_uploads_a_tree_stays_a_tree(uploads):
    known = ReferenceData()
    offsets = itertools.count()
    known.apply("regions", Region(id="VN", country="VN", level="country", **NAMES), next(offsets))
    for upload in uploads:
        rows = {
            number: Region(id=id_, country="VN", level=level, parent=parent, **NAMES)
            for number, (id_, parent, level) in enumerate(upload)
        }
        refused = refusals(rows, known)
        for number, row in rows.items():
            if number not in refused:
                known.apply("regions", row, next(offsets))
    for id_ in ("VN.a", "VN.b", "VN.c", "VN.d"):
        region, steps = known.get(id_), 0
        while region is not None and region.parent is not None:
            above = known.get(region.parent)
            assert above is not None, "every parent is known"
            assert DEPTH[above.level] < DEPTH[region.level]
            region, steps = above, steps + 1
            assert steps < 10, "no circle"

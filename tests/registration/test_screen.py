"""The counter screen as it is served."""

import gzip
import json
import re

import pytest

from schemas.vocabulary import RECORDED_SCHEMES, Kind
from services.registration.screen import FILES, worker_script
from services.shared.screens import SHARED_FILES

SCRIPTS = {path.name: path.read_text() for path in (FILES / "js").glob("*.js")}
PAGE = (FILES / "index.html").read_text()


def kept_files() -> list[str]:
    """What the service worker keeps."""
    listed = re.search(r"^const FILES = (\[.*\]);$", worker_script(), re.MULTILINE)
    assert listed
    return list(json.loads(listed[1]))


async def test_the_screen_is_served_with_a_policy_that_allows_no_foreign_or_inline_script(stage):
    async with stage.client(None) as client:
        page = await client.get("/")
        files = [await client.get(path) for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)]
    assert page.status_code == 200
    assert len(files) >= 8
    for answer in (page, *files):
        assert answer.status_code == 200, answer.request.url
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|https?://", page.text)


async def test_everything_the_screen_loads_is_kept_for_use_without_a_line_and_is_light(stage):
    async with stage.client(None) as client:
        worker = await client.get("/sw.js")
        weights = {
            path: len(gzip.compress((await client.get(path)).raise_for_status().content)) for path in kept_files()
        }
    assert worker.headers["content-type"].startswith("text/javascript")
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', PAGE))
    for script in SCRIPTS.values():
        loaded |= {f"/static/js/{name}" for name in re.findall(r'from "\./(\w+\.js)"', script)}
        loaded |= set(re.findall(r'from "(/static/[^"]+)"', script))
    assert loaded <= weights.keys()
    assert sum(weights.values()) < 100_000


async def test_nothing_outside_the_screens_folder_is_served(stage):
    async with stage.client(None) as client:
        for path in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static/", "/static/nothing.js"):
            answer = await client.get(path)
            assert answer.status_code == 404, path


def words() -> dict[str, list[str]]:
    """Every word with what it is in each language."""
    entries = re.findall(r"^  (\w+): \[(.*?)\],$", SCRIPTS["text.js"], re.MULTILINE | re.DOTALL)
    return {name: re.findall(r'"((?:[^"\\]|\\.)*)"', texts) for name, texts in entries}


def test_every_word_is_there_in_vietnamese_thai_and_english_with_the_same_places_to_fill():
    for name, texts in words().items():
        assert len(texts) == 3, name
        assert all(texts), name
        assert len({frozenset(re.findall(r"\{(\w+)\}", text)) for text in texts}) == 1, name
        if re.search(r"[a-z]{3}", texts[2]) and not name.startswith("century"):
            assert re.search(r"[\u0e00-\u0e7f]", texts[1]), name


def test_every_word_that_is_used_is_there_and_none_is_idle():
    text = "".join(script for name, script in SCRIPTS.items() if name != "text.js") + PAGE
    used = {one or other for one, other in re.findall(r'data-(?:word|label)="(\w+)"|\bsay\("(\w+)"', text)}
    known = words().keys()
    assert used <= known
    assert {scheme.value for scheme in RECORDED_SCHEMES} | {kind.value for kind in Kind} <= known
    begun = set(re.findall(r"say\(`(\w+_)\$\{", text))
    idle = {
        name
        for name in known - used
        if f'"{name}"' not in text and f"{name}:" not in text and not any(name.startswith(start) for start in begun)
    }
    assert idle - {kind.value for kind in Kind} - {scheme.value for scheme in RECORDED_SCHEMES} <= _examples()


def _examples() -> set[str]:
    """Words named by the field they belong to."""
    return {f"{field}_example" for field in ("region", "outreach", "campaign", "group", "sponsor")}


def test_the_schemes_offered_are_those_that_people_register_in():
    listed = re.search(r"SCHEMES = \{(.*?)\}", SCRIPTS["form.js"])
    assert listed is not None
    assert set(re.findall(r'"(\w+)"', listed[1])) == set(RECORDED_SCHEMES)


def test_colours_of_light_and_dark_are_the_same_names():
    light, dark = re.findall(
        r"^ *:root[^{]*\{(.*?)^ *\}", (SHARED_FILES / "tokens.css").read_text(), re.MULTILINE | re.DOTALL
    )
    names = set(re.findall(r"(--[\w-]+):", dark))
    assert names <= set(re.findall(r"(--[\w-]+):", light))
    assert len(names) > 20


@pytest.mark.parametrize("on", ["-1.5e-108", "1600000000", "2020-02-30", "today"])
async def test_a_day_that_is_not_written_as_one_is_refused(stage, on):
    async with stage.client(None) as client:
        answer = await client.get("/v1/choices", params={"region": "VN.91", "on": on})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "on"

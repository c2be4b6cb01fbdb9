"""The counter screen as it is served."""

import re

import pytest

from schemas.vocabulary import RECORDED_SCHEMES
from services.registration.screen import FILES


async def test_the_screen_is_served_with_a_policy_that_allows_no_foreign_or_inline_script(stage):
    async with stage.client(None) as client:
        page = await client.get("/")
        files = [await client.get(path) for path in re.findall(r'(?:src|href)="(/[^"]+)"', page.text)]
    assert page.status_code == 200
    assert len(files) == 2
    for answer in (page, *files):
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|https?://", page.text)


async def test_nothing_outside_the_screens_folder_is_served(stage):
    async with stage.client(None) as client:
        for path in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static/", "/static/nothing.js"):
            answer = await client.get(path)
            assert answer.status_code == 404, path


def words() -> dict[str, set[str]]:
    """The names of the words in each language."""
    text = (FILES / "words.js").read_text()
    blocks = re.findall(r"^  (\w\w): \{(.*?)^  \},", text, re.MULTILINE | re.DOTALL)
    return {language: set(re.findall(r"(\w+): \"", block)) for language, block in blocks}


def test_every_word_is_there_in_every_language():
    assert set(words()) == {"vi", "th", "en"}
    assert words()["vi"] == words()["th"] == words()["en"]


@pytest.mark.parametrize("file", ["index.html", "counter.js"])
def test_every_word_that_is_used_is_there(file):
    text = (FILES / file).read_text()
    used = set(re.findall(r'data-word="(\w+)"|\bword\("(\w+)"\)', text))
    assert {one or other for one, other in used} <= words()["en"]
    assert {scheme.value for scheme in RECORDED_SCHEMES} <= words()["en"]


def test_the_schemes_offered_are_those_that_people_register_in():
    listed = re.search(r"SCHEMES = \[(.*?)\]", (FILES / "counter.js").read_text())
    assert listed is not None
    assert set(re.findall(r'"(\w+)"', listed[1])) == set(RECORDED_SCHEMES)

"""README.md names every setting of every settings class, with its default and what it is, and no other."""

import importlib
import re
from collections.abc import Iterator

import pytest
from pydantic_settings import BaseSettings

from schemas.generate import settings_table
from tests.contract.contract_files import ROOT

ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)` \| (.*?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
README = (ROOT / "README.md").read_text()
ROWS = [match.groups() for match in ROW.finditer(README)]


def settings_classes() -> set[type[BaseSettings]]:
    """Every settings class of the tree, wherever it is."""
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "deploy").rglob("*.py")]:
        if re.search(r"^class \w+\(\w*Settings\):", path.read_text(), re.MULTILINE):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return set(_below(BaseSettings))


def _below(parent: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    for child in parent.__subclasses__():
        if child.__module__.startswith(("services.", "deploy.")):
            yield child
        yield from _below(child)


def test_every_settings_class_is_in_the_table() -> None:
    assert settings_classes() == set(settings_table.READERS.values())


@pytest.mark.parametrize("settings", settings_table.READERS.values(), ids=lambda one: one.__name__)
def test_every_setting_is_documented_with_its_default(settings: type[BaseSettings]) -> None:
    documented = {name: {(default, text) for other, default, text, _ in ROWS if other == name} for name, *_ in ROWS}
    for name, field in settings.model_fields.items():
        assert name.upper() in documented
        default = "" if field.default in (None, "") else str(field.default).lower()
        described = [shown for shown, text in documented[name.upper()] if text.startswith(field.description or "?")]
        assert described, f"{name.upper()}: the table says something else than {field.description!r}"
        if not field.is_required() and field.default_factory is None and "*" not in default:
            assert any(shown.strip("`").lower() == default for shown in described), f"{name.upper()}: {described}"


def test_no_other_setting_is_in_the_table() -> None:
    known = {name.upper() for settings in settings_table.READERS.values() for name in settings.model_fields}
    assert {name for name, *_ in ROWS} <= known


def test_required_settings_are_marked() -> None:
    marked = {name for name, default, *_ in ROWS if default == "required"}
    required = {
        name.upper()
        for settings in settings_table.READERS.values()
        for name, field in settings.model_fields.items()
        if field.is_required()
    }
    assert marked == required

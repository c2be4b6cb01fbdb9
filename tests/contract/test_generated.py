"""What is generated from the contract is what is committed."""

import subprocess
import sys

from pydantic import BaseModel

from schemas.generate import json_schemas
from schemas.generate.__main__ import stale
from tests.contract.contract_files import ROOT


def test_generated_files_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "schemas.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_model_has_a_json_schema_or_is_part_of_one() -> None:
    documents = json_schemas.documents()
    parts = {name for document in documents.values() for name in document.get("$defs", {})}
    titles = {document["title"] for document in documents.values()}
    assert {model.__name__ for model in json_schemas.models()} <= parts | titles


def test_every_module_of_models_is_looked_at() -> None:
    looked_at = {module.__name__ for module in json_schemas.MODULES}
    for path in (ROOT / "schemas").glob("*.py"):
        name = f"schemas.{path.stem}"
        __import__(name)
        models = [
            thing
            for thing in vars(sys.modules[name]).values()
            if isinstance(thing, type) and issubclass(thing, BaseModel) and thing.__module__ == name
        ]
        assert not models or name in looked_at


def test_a_stale_a_missing_and_an_orphaned_file_are_named() -> None:
    files = json_schemas.files()
    changed, gone, *_ = files
    expected = {path: text for path, text in files.items() if path != gone} | {changed: "{}\n"}
    missing = json_schemas.FOLDER / "not-there.json"
    assert stale({**expected, missing: "{}\n"}) == sorted([changed, gone, missing])

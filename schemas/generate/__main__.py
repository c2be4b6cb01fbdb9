"""`python -m schemas.generate [--check]`."""

import argparse
import sys
from pathlib import Path

from schemas.generate import dictionary, json_schemas, settings_table

ROOT = Path(__file__).parents[2]


def wanted() -> dict[Path, str]:
    """Every generated file and its text."""
    return json_schemas.files() | dictionary.files() | settings_table.files()


def stale(files: dict[Path, str]) -> list[Path]:
    """Files that are missing or differ, and JSON Schemas of models that are gone."""
    differing = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    return sorted([*differing, *(path for path in json_schemas.FOLDER.glob("*.json") if path not in files)])


def write(path: Path, text: str | None) -> None:
    """Write a file, or take it away where its model is gone."""
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def main() -> int:
    """Write what is stale, or name it."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description="Write the generated files anew.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is stale")
    check = parser.parse_args().check
    files = wanted()
    paths = stale(files)
    for path in paths:
        if check:
            print(f"stale: {path.relative_to(ROOT)} (make schemas writes it anew)", file=sys.stderr)
        else:
            write(path, files.get(path))
            print(f"written: {path.relative_to(ROOT)}")
    return int(check and bool(paths))


if __name__ == "__main__":
    sys.exit(main())

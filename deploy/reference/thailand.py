"""Thai provinces, districts (amphoe, khet) and sub-districts (tambon, khwaeng) from the data files of `geothai`."""

import json
from pathlib import Path

Row = dict[str, str]


def region_rows(data: Path) -> list[Row]:
    """Rows of the whole Thai tree, parents first.

    `data` is the `_data` folder of the installed package. Every unit gets the same `valid_from`: the day the last
    change that the source records took force. From that day the units stand as the source lists them.
    """
    since = last_recorded_change(data)
    rows = [_row("TH", "TH", "country", "", ("ประเทศไทย", "Thailand"), since)]
    rows[0]["name_vi"] = "Thái Lan"
    for code, name_th, name_en in _read(data, "provinces"):
        rows.append(_row(f"TH.{code}", code, "province", "TH", (name_th, name_en), since))
    for code, name_th, name_en in _read(data, "districts"):
        parent = f"TH.{code[:2]}"
        rows.append(_row(f"{parent}.{code}", code, "district", parent, (name_th, name_en), since))
    for code, name_th, name_en, *_postal in _read(data, "subdistricts"):
        parent = f"TH.{code[:2]}.{code[:4]}"
        rows.append(_row(f"{parent}.{code}", code, "commune", parent, (name_th, name_en), since))
    return rows


def last_recorded_change(data: Path) -> str:
    """ISO date on which the latest abolition that the source proves by a notice came into force."""
    return max(row[6] for row in _read(data, "abolished") if row[6])


def _read(data: Path, name: str) -> list[list[str]]:
    rows: list[list[str]] = json.loads((data / f"{name}.json").read_text(encoding="utf-8"))
    return rows if name == "abolished" else sorted(rows)


def _row(region: str, code: str, level: str, parent: str, names: tuple[str, str], since: str) -> Row:
    name_th, name_en = names
    return {
        "id": region, "code": code, "country": "TH", "level": level, "parent": parent,
        "name_vi": name_en, "name_th": name_th, "name_en": name_en, "valid_from": since, "valid_to": "",
    }  # fmt: skip

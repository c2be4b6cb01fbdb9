"""Vietnamese units before and after the reform of 2025-07-01, from the data files of `vietnamadminunits`.

Ids: an old unit is province.district.commune (`VN.91.913.31012`). A province that the reform left alone keeps its id
and gets the new communes directly below it (`VN.01.00097`). A province that came out of a merger is a new unit even
where it took over a name and a code, so its id carries its year (`VN.91-2025`, below it `VN.91-2025.31042`).
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

from deploy.reference.vietnam_names import english, official

Row = dict[str, str]
Unit = dict[str, Any]

REFORM = "2025-07-01"
# Ha Tay joined Ha Noi on this day; from then on there were the 63 provinces of the source, which has no dates itself.
SINCE = "2008-08-01"


class Vietnam:
    """The source's units. `old` and `new` hold one row per commune, with the codes, names and keys of its parents."""

    def __init__(self, data: Path) -> None:
        base = sqlite3.connect(f"file:{data / 'dataset.db'}?mode=ro&immutable=1", uri=True)
        base.row_factory = sqlite3.Row
        self.old = _units(base, "admin_units_legacy", "provinceCode, districtCode, wardCode")
        self.new = _units(base, "admin_units", "provinceCode, wardCode")
        base.close()
        self.conversion: dict[str, Any] = json.loads((data / "converter_2025.json").read_text(encoding="utf-8"))
        self.made_of: dict[str, list[str]] = self.conversion["DICT_PROVINCE"]
        self.merged = {new for new, olds in self.made_of.items() if len(olds) > 1}
        self.ended_provinces = {old for new in self.merged for old in self.made_of[new]}

    def province_rows(self) -> list[Row]:
        """The country, the 63 old provinces (open-ended where they go on), the provinces made on 2025-07-01."""
        rows = [_row("VN", "VN", "country", "", "Việt Nam", (SINCE, ""))]
        rows[0]["name_th"] = "เวียดนาม"
        for unit in _one_each(self.old):
            until = REFORM if unit["provinceKey"] in self.ended_provinces else ""
            rows.append(_province(old_province(unit), unit, (SINCE, until)))
        for unit in _one_each(self.new):
            if unit["provinceKey"] in self.merged:
                rows.append(_province(self.new_province(unit), unit, (REFORM, "")))
        return rows

    def ended_rows(self) -> list[Row]:
        """Districts and communes that ended with the reform; each district right before its communes."""
        rows: dict[str, Row] = {}
        valid = (SINCE, REFORM)
        for unit in self.old:
            district = old_district(unit)
            if district not in rows:
                rows[district] = _row(
                    district, unit["districtCode"], "district", old_province(unit), unit["district"], valid
                )
            if unit["wardCode"]:
                commune = old_commune(unit)
                rows[commune] = _row(commune, unit["wardCode"], "commune", district, unit["ward"], valid)
        return list(rows.values())

    def present_rows(self) -> list[Row]:
        """Communes, wards and special zones since the reform, directly below their province."""
        return [
            _row(self.new_commune(u), u["wardCode"], "commune", self.new_province(u), u["ward"], (REFORM, ""))
            for u in self.new
        ]

    def new_province(self, unit: Unit) -> str:
        """Id of the province that a present commune stands in."""
        return f"VN.{unit['provinceCode']}" + ("-2025" if unit["provinceKey"] in self.merged else "")

    def new_commune(self, unit: Unit) -> str:
        """Id of a present commune."""
        return f"{self.new_province(unit)}.{unit['wardCode']}"


def old_province(unit: Unit) -> str:
    """Id of the province that an old commune stood in."""
    return f"VN.{unit['provinceCode']}"


def old_district(unit: Unit) -> str:
    """Id of the district that an old commune stood in."""
    return f"{old_province(unit)}.{unit['districtCode']}"


def old_commune(unit: Unit) -> str:
    """Id of an old commune; of its district where that was an island without communes."""
    return f"{old_district(unit)}.{unit['wardCode']}" if unit["wardCode"] else old_district(unit)


def _province(region: str, unit: Unit, valid: tuple[str, str]) -> Row:
    return _row(region, unit["provinceCode"], "province", "VN", unit["province"], valid)


def _row(region: str, code: str, level: str, parent: str, name: str, valid: tuple[str, str]) -> Row:
    name_vi = official(name)
    name_en = "Viet Nam" if level == "country" else english(name_vi)
    return {
        "id": region, "code": code, "country": "VN", "level": level, "parent": parent,
        "name_vi": name_vi, "name_th": name_en, "name_en": name_en, "valid_from": valid[0], "valid_to": valid[1],
    }  # fmt: skip


def _units(base: sqlite3.Connection, table: str, order: str) -> list[Unit]:
    return [dict(row) for row in base.execute(f"SELECT * FROM {table} ORDER BY {order}")]


def _one_each(units: list[Unit]) -> list[Unit]:
    return list({unit["provinceCode"]: unit for unit in units}.values())

"""What became of each old Vietnamese unit on 2025-07-01, from the conversion data of `vietnamadminunits`.

Weights: an old commune that went whole into a new one has weight 1. For one that was divided the source names the new
communes but neither people nor area of the parts, so the parts are taken as equal. Districts have no successors of
their own level: what was recorded at a district itself goes to its new province.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

from deploy.reference.vietnam import REFORM, Row, Unit, Vietnam, old_commune, old_district, old_province

_STEP = Decimal("0.000001")
# A part further off than this, where a commune of the same name went too, is that other commune's.
_TOO_FAR_KM = 15.0


@dataclass(frozen=True)
class Part:
    """One new commune that the source names for an old one; `main` is where it sends an address it cannot place."""

    new: Unit
    main: bool
    distance_km: float


class VietnamLineage:
    """The lineage of every ended unit, as rows of the contract."""

    def __init__(self, source: Vietnam) -> None:
        self.source = source
        self.new_province_of = {
            old: source.new_province(unit) for unit in source.new for old in source.made_of[unit["provinceKey"]]
        }
        self.parts: dict[str, list[Part]] = {}
        self.names_by_target: dict[str, dict[str, str]] = defaultdict(dict)
        new_units = {(unit["provinceKey"], unit["wardKey"]): unit for unit in source.new}
        targets = _targets(source)
        for old in source.old:
            key = old_commune(old)
            named = [(new_units[where], main) for where, main in targets[_source_key(old)]]
            self.parts[key] = [Part(new, main, _distance_km(old, new)) for new, main in named]
            for new, _ in named:
                self.names_by_target[source.new_commune(new)][key] = old["wardKey"]

    def rows(self) -> list[Row]:
        """Rows `from, to, weight, effective_on`; the weights of one `from` sum to exactly 1."""
        return [*self._provinces(), *self._districts(), *self._communes()]

    def left_out(self) -> list[Row]:
        """Parts the source lists by a confusion of names, left out of the rows: `from, to, distance_km`."""
        return [
            {"from": key, "to": self.source.new_commune(part.new), "distance_km": f"{part.distance_km:.0f}"}
            for key in self.parts
            for part in self.parts[key]
            if part not in self._own(key)
        ]

    def _provinces(self) -> Iterator[Row]:
        ended = {u["provinceKey"]: u for u in self.source.old if u["provinceKey"] in self.source.ended_provinces}
        for key, unit in ended.items():
            yield _row(old_province(unit), self.new_province_of[key])

    def _districts(self) -> Iterator[Row]:
        for key, unit in {old_district(unit): unit for unit in self.source.old}.items():
            if key not in self.parts:  # an island district without communes has its own successor
                yield _row(key, self.new_province_of[unit["provinceKey"]])

    def _communes(self) -> Iterator[Row]:
        for key in self.parts:
            own = sorted(self._own(key), key=lambda part: (not part.main, part.new["wardCode"]))
            share = (1 / Decimal(len(own))).quantize(_STEP, rounding="ROUND_DOWN")
            for place, part in enumerate(own):
                # The first part takes what rounding leaves, so that the sum is exact.
                weight = share if place else 1 - share * (len(own) - 1)
                yield _row(key, self.source.new_commune(part.new), weight)

    def _own(self, key: str) -> list[Part]:
        """The parts of an old commune without those that belong to another old commune of the same name.

        Where two old communes of one name came into one new province, the source mixes their parts: it also sends
        Tay Ninh's ward 4 to Long An, 90 km away, where Tan An's ward 4 went.
        """
        parts = self.parts[key]
        own = [p for p in parts if p.distance_km <= _TOO_FAR_KM or not self._namesake_goes_to(p.new, key)]
        return own or [part for part in parts if part.main]

    def _namesake_goes_to(self, new: Unit, key: str) -> bool:
        name_of = self.names_by_target[self.source.new_commune(new)]
        return any(other != key and name == name_of[key] for other, name in name_of.items())


def _row(old: str, new: str, weight: Decimal = Decimal(1)) -> Row:
    return {"from": old, "to": new, "weight": f"{weight:.6f}", "effective_on": REFORM}


def _targets(source: Vietnam) -> dict[str, list[tuple[tuple[str, str], bool]]]:
    """By the source's key of an old commune: ((new province key, new commune key), is the main one)."""
    targets: dict[str, list[tuple[tuple[str, str], bool]]] = defaultdict(list)
    for province, communes in source.conversion["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, olds in communes.items():
            for old in olds:
                targets[old].append(((province, commune), True))
    for province, divided in source.conversion["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in divided.items():
            targets[old] += [((province, part["newWardKey"]), part["isDefaultNewWard"]) for part in parts]
    return targets


def _source_key(old: Unit) -> str:
    return f"{old['provinceKey']}_{old['districtKey']}_{old['wardKey'] or ''}"


def _distance_km(old: Unit, new: Unit) -> float:
    """From the centre of the old commune, or of its district if that is nearer, to the centre of the new one."""
    centres = [(old["wardLat"], old["wardLon"]), (old["districtLat"], old["districtLon"])]
    here = (new["wardLat"], new["wardLon"])
    return min((_great_circle_km(there, here) for there in centres if there[0] is not None), default=0.0)


def _great_circle_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    lat_a, lon_a, lat_b, lon_b = map(radians, (*a, *b))
    chord = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(chord))

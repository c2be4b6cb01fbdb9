"""The words of the field that every service agrees on: schemes, kinds, levels, countries and their time zones."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import StringConstraints


class Scheme(StrEnum):
    """An insurance scheme. Source: the published programmes (BHXH, BHYT, BHTN; Thai Social Security Act, section 40)."""

    COMPULSORY_SI = "compulsory_si"
    VOLUNTARY_SI = "voluntary_si"
    UNEMPLOYMENT = "unemployment"
    HEALTH = "health"
    SECTION40 = "section40"


class Kind(StrEnum):
    """What a registration says happened."""

    ENROLLED = "enrolled"
    RENEWED = "renewed"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"
    CORRECTED = "corrected"
    VOIDED = "voided"


class Country(StrEnum):
    """ISO 3166-1 alpha-2 code of a country with its own identity number and time zone."""

    VN = "VN"
    TH = "TH"


class Level(StrEnum):
    """The level of a region in its tree, from the top down; a tree need not use all of them."""

    COUNTRY = "country"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    VILLAGE = "village"
    GROUP = "group"


REFERRING_KINDS: Final = frozenset({Kind.CORRECTED, Kind.VOIDED})
"""Kinds that say something about another registration, named by `refers_to`."""

TIME_ZONES: Final = {Country.VN: "Asia/Ho_Chi_Minh", Country.TH: "Asia/Bangkok"}
"""Days, "today" and the two ends of a campaign are days of this zone."""

SCHEME_NAMES: Final[dict[Scheme, dict[str, str]]] = {
    Scheme.COMPULSORY_SI: {
        "vi": "BHXH bắt buộc", "th": "ประกันสังคมภาคบังคับ", "en": "Compulsory social insurance",
    },
    Scheme.VOLUNTARY_SI: {
        "vi": "BHXH tự nguyện", "th": "ประกันสังคมภาคสมัครใจ", "en": "Voluntary social insurance",
    },
    Scheme.UNEMPLOYMENT: {"vi": "BH thất nghiệp", "th": "ประกันการว่างงาน", "en": "Unemployment insurance"},
    Scheme.HEALTH: {"vi": "BHYT", "th": "ประกันสุขภาพ", "en": "Health insurance"},
    Scheme.SECTION40: {"vi": "Điều 40 (Thái Lan)", "th": "มาตรา 40", "en": "Section 40 (informal workers)"},
}  # fmt: skip

RegionId = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}(\.[A-Za-z0-9_-]{1,24}){0,7}$", min_length=2, max_length=120)
]
"""A stable, dated region id: a readable path such as `VN.91.913.31042`."""

Code = Annotated[str, StringConstraints(pattern=r"^\s*[^\x00-\x1f\x7f-\x9f]{1,80}\s*$", strip_whitespace=True)]
"""An id or short name given by people: an office, an agent, an outreach session, a sponsor. White space around it goes."""

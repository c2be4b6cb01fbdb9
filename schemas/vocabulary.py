"""The words of the field that every service agrees on: schemes, kinds, levels, countries and their time zones."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import GetPydanticSchema, StringConstraints


class Scheme(StrEnum):
    """An insurance scheme. Source: the published programmes (BHXH, BHYT, BHTN; Thai Social Security Act, section 40).

    People register in every one but the totals (`COMPONENTS`), which reports publish beside the schemes they are made of.
    """

    COMPULSORY_SI = "compulsory_si"
    VOLUNTARY_SI = "voluntary_si"
    UNEMPLOYMENT = "unemployment"
    HEALTH = "health"
    SECTION40 = "section40"
    SOCIAL_INSURANCE = "social_insurance"


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


COMPONENTS: Final[dict[Scheme, tuple[Scheme, ...]]] = {
    Scheme.SOCIAL_INSURANCE: (Scheme.COMPULSORY_SI, Scheme.VOLUNTARY_SI),
}
"""The totals, and the schemes whose records each counts. A total counts participations: someone active in both
components counts twice, as the published stocks add the two, which by law exclude each other."""

RECORDED_SCHEMES: Final = tuple(scheme for scheme in Scheme if scheme not in COMPONENTS)
"""The schemes that people register in."""


def recorded_schemes(scheme: Scheme) -> tuple[Scheme, ...]:
    """The schemes whose records a scheme counts: those a total is made of, or the scheme itself."""
    return COMPONENTS.get(scheme, (scheme,))


def refuse_total(value: Any) -> Any:
    """A ValueError that says which schemes to use instead, where a total is named."""
    for total, parts in COMPONENTS.items():
        if value == total:
            raise ValueError(f"{total} is a total of other schemes; use {' or '.join(parts)}")
    return value


RecordedScheme = Annotated[
    Scheme, GetPydanticSchema(lambda source, handler: {"type": "literal", "expected": list(RECORDED_SCHEMES)})
]
"""A scheme that people register in."""

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
    Scheme.SOCIAL_INSURANCE: {
        "vi": "BHXH (bắt buộc và tự nguyện)", "th": "ประกันสังคมทั้งหมด", "en": "Social insurance (compulsory and voluntary)",
    },
}  # fmt: skip

RegionId = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}(\.[A-Za-z0-9_-]{1,24}){0,7}$", min_length=2, max_length=120)
]
"""A stable, dated region id: a readable path such as `VN.91.913.31042`."""

Code = Annotated[str, StringConstraints(pattern=r"^\s*[^\x00-\x1f\x7f-\x9f]{1,80}\s*$", strip_whitespace=True)]
"""An id or short name given by people: an office, an agent, an outreach session, a sponsor. White space around it goes."""

"""Made-up national identity numbers: right in form, taken from number ranges where no real ones are known.

They belong to nobody. Each is a pure function of its arguments, so a programme always has the same people.
"""

from dataclasses import dataclass

# Six-digit serials from here up (a Thai one has a 9 before it); offices hand them out from the bottom of the range.
_FIRST_SERIAL = 900_000
MOST_PEOPLE = 10_000  # of one programme


@dataclass(frozen=True)
class MadeUpPerson:
    """A made-up person as a counter would read them off an identity card."""

    national_id: str
    birth_year: int
    sex: str
    country: str


def person(programme: int, number: int, birth: tuple[int, str], region: str) -> MadeUpPerson:
    """The `number`-th person (from 0) of programme 0-9, born in `birth` = (year, F or M), registered at `region`.

    Raises ValueError for more people than there are numbers, or a country without a known form of number.
    """
    if not (0 <= programme <= 9 and 0 <= number < MOST_PEOPLE):
        raise ValueError(f"programme {programme}: at most {MOST_PEOPLE} people can be made up, asked for {number + 1}")
    serial = _FIRST_SERIAL + programme * MOST_PEOPLE + number
    year, sex = birth
    country = region.split(".")[0]
    makers = {"VN": vietnamese_id, "TH": thai_id}
    if country not in makers:
        raise ValueError(f"{region}: no made-up identity numbers for {country}")
    return MadeUpPerson(makers[country](region, year, sex, serial), year, sex, country)


def vietnamese_id(region: str, birth_year: int, sex: str, serial: int) -> str:
    """CCCD, 12 digits: 3 province, 1 century and sex, 2 birth year, 6 serial. It has no check digit."""
    province = (region.split(".")[1] if "." in region else "01").split("-")[0]
    century_and_sex = 2 * (birth_year // 100 - 19) + (sex == "F")
    return f"{int(province):03d}{century_and_sex}{birth_year % 100:02d}{serial:06d}"


def thai_id(region: str, birth_year: int, _sex: str, serial: int) -> str:
    """Thai number, 13 digits: 1 kind of person, 4 district, 7 serial, 1 check digit. It says nothing about sex.

    Kind 1 is for people registered at birth since 1984, kind 3 for those in the house register before.
    """
    _, province, district, *_ = [*region.split("."), "", ""]
    district = district or f"{province or '10'}01"
    digits = f"{1 if birth_year > 1984 else 3}{district}9{serial:06d}"
    return digits + thai_check_digit(digits)


def thai_check_digit(first_twelve: str) -> str:
    """The 13th digit: 11 minus the sum of the digits weighted 13 down to 2, modulo 11; its last digit."""
    total = sum(weight * int(digit) for weight, digit in zip(range(13, 1, -1), first_twelve, strict=True))
    return str((11 - total % 11) % 10)

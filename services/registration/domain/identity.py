"""National identity numbers: how they are written, whether they can be right, and the pseudonym made of them.

A number never appears in an error raised here. Sources: Thailand, Ministry of Interior check digit (modulo 11 over 12 digits);
Vietnam, circular 07/2016/TT-BCA: 3 digits place of birth registration, 1 century and sex, 2 birth year, 6 serial.
"""

import hmac
import re
from typing import Final

from schemas.vocabulary import Country
from services.shared.errors import InvalidEvent

_PLACES: Final = (
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44,
    45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87,
    89, 91, 92, 93, 94, 95, 96,
)  # fmt: skip
VN_PLACES: Final = frozenset(f"{code:03d}" for code in _PLACES)
"""The 63 province codes of the circular's annex; the mergers of 2025 brought no new ones."""

_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_BARE = _DIGITS | str.maketrans("", "", " -.\u00a0\u2010\u2011\u2013")
_WRITTEN_ID = re.compile(r"(?<!\d)\d(?:[ .-]?\d){11,12}(?!\d)")


class InvalidIdentity(InvalidEvent):
    """The number cannot be right; message and code say why, without the number."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def normalise(written: str) -> str:
    """The digits alone: spaces, dashes and dots left out, Thai digits made Arabic."""
    return written.strip().translate(_BARE)


def checked(written: str, country: Country) -> str:
    """The normalised number; InvalidIdentity where it cannot be one of that country.

    A Vietnamese number says sex and year of birth, but a body that says otherwise is not refused: registers and cards
    do differ, and the person at the counter is to be enrolled.
    """
    number = normalise(written)
    if not (number.isascii() and number.isdigit()):
        raise InvalidIdentity("not_digits", "only digits, spaces and dashes can be in an identity number")
    if country is Country.TH:
        _check_thai(number)
    else:
        _check_vietnamese(number)
    return number


def _check_thai(number: str) -> None:
    if len(number) != 13:
        raise InvalidIdentity("wrong_length", f"a Thai identity number has 13 digits, this has {len(number)}")
    if int(number[12]) != thai_check_digit(number[:12]):
        raise InvalidIdentity("check_digit", "the last digit does not match the others; check for a typing error")


def thai_check_digit(first_twelve: str) -> int:
    """The 13th digit of a Thai number: 11 less the weighted sum (13 down to 2) modulo 11, its last digit."""
    weighted = sum(int(digit) * weight for digit, weight in zip(first_twelve, range(13, 1, -1), strict=True))
    return (11 - weighted % 11) % 10


def _check_vietnamese(number: str) -> None:
    if len(number) == 9:
        raise InvalidIdentity(
            "old_number", "this is an old 9-digit CMND; use the 12-digit personal identification number (CCCD)"
        )
    if len(number) != 12:
        raise InvalidIdentity("wrong_length", f"a Vietnamese identity number has 12 digits, this has {len(number)}")
    if number[:3] not in VN_PLACES:
        raise InvalidIdentity("unknown_place", "its first three digits are no province code; check for a typing error")
    century = int(number[3]) // 2
    if century > 1:
        raise InvalidIdentity("unborn", f"its fourth digit would mean a birth in {1900 + 100 * century} or later")


class Pseudonyms:
    """Makes the pseudonym of a number: first 32 hex digits of HMAC-SHA-256(secret, `country:number`)."""

    def __init__(self, secret: bytes) -> None:
        self._keyed = hmac.new(secret, digestmod="sha256")

    def of(self, country: Country, number: str) -> str:
        """The pseudonym of a normalised number."""
        keyed = self._keyed.copy()  # unlike hmac.digest this never gives up the interpreter lock
        keyed.update(f"{country.value}:{number}".encode())
        return keyed.hexdigest()[:32]


def holds_number(text: str, number: str) -> bool:
    """Whether this very number is written in a text."""
    return number in normalise(text)


def looks_like_identity(text: str) -> bool:
    """Whether a free text holds any number that could be somebody's identity number."""
    return any(_could_be(normalise(match.group())) for match in _WRITTEN_ID.finditer(text.translate(_DIGITS)))


def _could_be(number: str) -> bool:
    for country in Country:
        try:
            checked(number, country)
        except InvalidIdentity:
            continue
        return True
    return False

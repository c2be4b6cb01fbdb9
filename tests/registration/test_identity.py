"""National identity numbers and the pseudonyms made of them."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import Country
from services.registration.domain.identity import (
    VN_PLACES,
    InvalidIdentity,
    Pseudonyms,
    checked,
    looks_like_identity,
    normalise,
    thai_check_digit,
)

DIGITS = "0123456789"
serials = st.text(DIGITS, min_size=6, max_size=6)


@st.composite
def vietnamese(draw: st.DrawFn) -> tuple[str, int, str]:
    year, sex = draw(st.integers(1900, 2099)), draw(st.sampled_from("FM"))
    century_and_sex = 2 * (year // 100 - 19) + (sex == "F")
    return f"{draw(st.sampled_from(sorted(VN_PLACES)))}{century_and_sex}{year % 100:02d}{draw(serials)}", year, sex


thai = st.text(DIGITS, min_size=12, max_size=12).map(lambda first: first + str(thai_check_digit(first)))


@given(vietnamese())
def test_a_vietnamese_number_is_accepted(person):
    number, _, _ = person
    assert checked(number, Country.VN) == number


@given(thai)
def test_a_thai_number_is_accepted(number):
    assert checked(number, Country.TH) == number


@given(thai, st.integers(0, 12), st.integers(1, 9))
def test_one_mistyped_digit_of_a_thai_number_is_found_or_lies_in_the_known_gap(number, place, step):
    mistyped = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    # Eleven remainders share ten digits (0 and 10 both give 1), so a few errors cannot be seen.
    undetected = thai_check_digit(mistyped[:12]) == int(mistyped[12])
    if undetected:
        assert checked(mistyped, Country.TH) == mistyped
    else:
        with pytest.raises(InvalidIdentity, match="last digit"):
            checked(mistyped, Country.TH)


@given(thai, st.integers(1, 12), st.sampled_from(" -. "))
def test_separators_and_thai_digits_do_not_matter(number, place, separator):
    spaced = f" {number[:place]}{separator}{number[place:]} "
    in_thai = spaced.translate(str.maketrans(DIGITS, "๐๑๒๓๔๕๖๗๘๙"))
    assert checked(spaced, Country.TH) == checked(in_thai, Country.TH) == number


@pytest.mark.parametrize(
    ("written", "country", "why"),
    [
        ("123456789", "VN", "old 9-digit CMND; use the 12-digit"),
        ("09118500012", "VN", "has 12 digits, this has 11"),
        ("0911850001234", "VN", "has 12 digits, this has 13"),
        ("003185000123", "VN", "no province code"),
        ("999185000123", "VN", "no province code"),
        ("091485000123", "VN", "birth in 2100 or later"),
        ("09118500012X", "VN", "only digits"),
        ("²91185000123", "VN", "only digits"),
        ("110170020345", "TH", "has 13 digits, this has 12"),
        ("1101700203451", "TH", "last digit"),
        ("", "TH", "only digits"),
    ],
)
def test_a_wrong_number_is_refused_with_a_reason_that_does_not_show_it(written, country, why):
    with pytest.raises(InvalidIdentity, match=why) as refusal:
        checked(written, Country(country))
    assert not written or written not in str(refusal.value)


@given(st.text(max_size=30), st.sampled_from(list(Country)))
def test_no_reason_ever_shows_the_number(text, country):
    reason = ""
    try:
        checked(text, country)
    except InvalidIdentity as error:
        reason = str(error)
    assert len(normalise(text)) < 3 or normalise(text) not in reason


def test_the_province_codes_are_the_63_of_the_circular():
    assert len(VN_PLACES) == 63
    assert {"001", "079", "091", "096"} <= VN_PLACES
    assert not {"000", "003", "100"} & VN_PLACES


def test_the_pseudonym_is_the_first_half_of_an_hmac_over_country_and_number():
    expected = hmac.new(b"k" * 16, b"VN:091185900123", hashlib.sha256).hexdigest()[:32]
    pseudonyms = Pseudonyms(b"k" * 16)
    assert pseudonyms.of(Country.VN, "091185900123") == expected == pseudonyms.of(Country.VN, "091185900123")


@given(thai, thai)
def test_pseudonyms_differ_between_people_countries_and_secrets(one, other):
    pseudonyms = Pseudonyms(b"k" * 16)
    assert (pseudonyms.of(Country.TH, one) == pseudonyms.of(Country.TH, other)) == (one == other)
    assert pseudonyms.of(Country.TH, one) != pseudonyms.of(Country.VN, one)
    assert pseudonyms.of(Country.TH, one) != Pseudonyms(b"l" * 16).of(Country.TH, one)


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("typed 091185900123 twice", True),
        ("was 0911 8590 0123 before", True),
        ("1-1017-00900-12-6", True),
        ("card 999999999999", False),
        ("call 0912345678 again", False),
        ("paid 1500000 on 2020-05-10", False),
        ("", False),
    ],
)
def test_an_identity_number_in_a_free_text_is_noticed(text, looks):
    assert looks_like_identity(text) == looks

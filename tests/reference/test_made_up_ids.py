"""Made-up identity numbers are right in form, unique, and say what the person's record says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.th import pin

from deploy.reference.made_up_ids import MOST_PEOPLE, person, thai_check_digit

BIRTHS = st.tuples(st.integers(1930, 2020), st.sampled_from("FM"))
NUMBERS = st.integers(0, MOST_PEOPLE - 1)


@given(programme=st.integers(0, 9), number=NUMBERS, birth=BIRTHS)
def test_a_thai_number_has_thirteen_digits_with_the_right_check_digit(programme, number, birth):
    for region in ("TH", "TH.75", "TH.75.7503", "TH.75.7503.750307.02"):
        assert pin.is_valid(person(programme, number, birth, region).national_id)


def test_the_check_digit_is_that_of_a_published_example():
    assert thai_check_digit("310060044563") == "5"  # 3100600445635, in the documentation of python-stdnum


@given(programme=st.integers(0, 9), number=NUMBERS, birth=BIRTHS)
def test_a_vietnamese_number_says_province_century_sex_and_birth_year(programme, number, birth):
    someone = person(programme, number, birth, "VN.91.913.31012")
    assert len(someone.national_id) == 12
    assert someone.national_id[:3] == "091"
    century, sex = divmod(int(someone.national_id[3]), 2)
    assert 1900 + 100 * century + int(someone.national_id[4:6]) == someone.birth_year == birth[0]
    assert "MF"[sex] == someone.sex == birth[1]


def test_a_province_born_in_a_merger_keeps_its_code_in_the_number():
    assert person(1, 0, (1980, "F"), "VN.66-2025.22207").national_id == "066180910000"


def test_no_two_people_of_any_programme_share_a_number():
    numbers = {person(p, n, (1980, "F"), "VN.01") for p in range(10) for n in range(0, MOST_PEOPLE, 37)}
    assert len(numbers) == 10 * len(range(0, MOST_PEOPLE, 37))


def test_running_out_of_numbers_is_an_error_and_not_a_repetition():
    with pytest.raises(ValueError, match="at most 10000 people"):
        person(0, MOST_PEOPLE, (1980, "F"), "VN.01")


def test_a_country_without_a_known_form_is_refused():
    with pytest.raises(ValueError, match="LA"):
        person(0, 0, (1980, "F"), "LA.01")

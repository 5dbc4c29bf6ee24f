"""One way to write each telephone number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outpost.core import phones
from outpost.core.errors import Problem, Refusal
from outpost.core.phones import normalise_phone

pytestmark = pytest.mark.rules

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(MOBILES)
def test_a_mobile_stays_as_it_is(phone: str) -> None:
    assert normalise_phone(phone) == phone


@pytest.mark.parametrize(
    "text",
    [
        " 13812345678 ",
        "138 1234 5678",
        "138-1234-5678",
        "+86 138 1234 5678",
        "+86-13812345678",
        "8613812345678",
        "008613812345678",
        "(+86)13812345678",
        "１３８１２３４５６７８",
        "\u202d13812345678\u202c",
        "'13812345678",
        "138\u00a01234\u00a05678",
    ],
)
def test_mobiles_in_many_writings(text: str) -> None:
    assert normalise_phone(text) == "13812345678"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+852 9123 4567", "+85291234567"),
        ("0085291234567", "+85291234567"),
        ("+1 213 373 4253", "+12133734253"),
    ],
)
def test_numbers_from_elsewhere(text: str, form: str) -> None:
    assert normalise_phone(text) == form


@pytest.mark.parametrize(
    "text", ["020-84681234", "(020) 8468 1234", "+86 20 84681234", "０２０－８４６８１２３４"]
)
def test_landlines_where_allowed(text: str) -> None:
    assert normalise_phone(text, mobile_only=False) == "02084681234"
    with pytest.raises(Refusal) as caught:
        normalise_phone(text)
    assert caught.value.problem is phones.NOT_MOBILE


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", phones.EMPTY),
        (" \u3000\t", phones.EMPTY),
        ("1.38E+10", phones.DAMAGED),
        ("1.38123E10", phones.DAMAGED),
        ("13812345678.0", phones.DAMAGED),
        ("1381234567", phones.TOO_SHORT),
        ("138", phones.TOO_SHORT),
        ("8468", phones.TOO_SHORT),
        ("138123456789", phones.TOO_LONG),
        ("13812345678/13912345678", phones.TOO_LONG),
        ("1381234567O", phones.LETTERS),
        ("无", phones.LETTERS),
        ("138****5678", phones.LETTERS),
        ("12345678901", phones.UNKNOWN),
        ("84681234", phones.UNKNOWN),
        ("+", phones.LETTERS),
    ],
)
def test_what_is_no_phone(text: str, problem: Problem) -> None:
    with pytest.raises(Refusal) as caught:
        normalise_phone(text)
    assert caught.value.problem is problem
    assert caught.value.message


def test_the_length_is_told() -> None:
    with pytest.raises(Refusal) as caught:
        normalise_phone("1381234567")
    assert caught.value.fields == {"found": 10, "expected": 11}


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_refusal(text: str) -> None:
    try:
        form = normalise_phone(text, mobile_only=False)
    except Refusal:
        return
    assert normalise_phone(form, mobile_only=False) == form


@given(MOBILES, st.booleans())
def test_no_refusal_repeats_the_number(phone: str, is_short: bool) -> None:
    wrong = phone[:-1] if is_short else phone + "1"
    with pytest.raises(Refusal) as caught:
        normalise_phone(wrong)
    assert wrong not in f"{caught.value!r}{caught.value.fields}{caught.value.message}"

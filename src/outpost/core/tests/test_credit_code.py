"""Unified social credit codes."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outpost.core import credit_code
from outpost.core.credit_code import normalise_credit_code
from outpost.core.errors import Problem, Refusal

pytestmark = pytest.mark.rules

CODE = "91110000600037341L"


@pytest.mark.parametrize(
    "text",
    [CODE, "91110000600037341l", " 91110000 6000 37341L ", "911100-00600037341L", "９１110000600037341Ｌ"],
)
def test_codes_in_many_writings(text: str) -> None:
    assert normalise_credit_code(text) == CODE


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", credit_code.EMPTY),
        ("9.1110000600037E+17", credit_code.DAMAGED),
        ("911100006000373410.0", credit_code.DAMAGED),
        ("91110000600037341", credit_code.WRONG_LENGTH),
        ("91110000600037341LL", credit_code.WRONG_LENGTH),
        ("A1110000600037341L", credit_code.CHARACTERS),
        ("9111000060003734IL", credit_code.CHARACTERS),
        ("91110000600037341K", credit_code.CHECK_CHARACTER),
        ("440106199001011234", credit_code.CHECK_CHARACTER),
    ],
)
def test_what_is_no_code(text: str, problem: Problem) -> None:
    with pytest.raises(Refusal) as caught:
        normalise_credit_code(text)
    assert caught.value.problem is problem
    assert caught.value.message


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_any_single_wrong_character_is_found(position: int, other: str) -> None:
    assume(CODE[position] != other)
    with pytest.raises(Refusal):
        normalise_credit_code(CODE[:position] + other + CODE[position + 1 :])


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_a_refusal(text: str) -> None:
    try:
        code = normalise_credit_code(text)
    except Refusal:
        return
    assert normalise_credit_code(code) == code

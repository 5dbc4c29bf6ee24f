"""Passwords that are guessed first are not taken."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from outpost.access.models import User

TAKEN = [
    "admin12345",
    "Admin12345!",
    "12345admin",
    "ａｄｍｉｎ12345",
    "outpost2026",
    "Outpost123",
    "哨点12345678",
    "nansha2026",
]
FINE = ["correct horse battery", "adminXq7#kf92Lm", "zhangwei2026Kq", "7fK!q2mZ0pLw"]


@pytest.mark.parametrize("password", TAKEN)
def test_the_user_name_and_words_of_the_product_make_no_password(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, User(username="admin"))


def test_a_name_of_ones_own_is_no_password_of_ones_own() -> None:
    with pytest.raises(ValidationError):
        validate_password("market.b1-1234", User(username="market.b1"))
    with pytest.raises(ValidationError):
        validate_password("市场监管一科12345", User(username="x", display_name="市场监管一科"))


@pytest.mark.parametrize("password", FINE)
def test_a_good_password_stays_good(password: str) -> None:
    validate_password(password, User(username="admin"))

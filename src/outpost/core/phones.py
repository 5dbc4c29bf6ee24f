"""Telephone numbers: one way to write each."""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from outpost.core import text as cleaning
from outpost.core.errors import Problem, Refusal

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MAINLAND = 86
MOBILE_LENGTH = 11
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_SEPARATORS = re.compile(r"[-‐-―−/.()]")
_DIALABLE = re.compile(r"\+?[0-9]+")

EMPTY = Problem("core.phone_empty", 422, _("The phone number is missing. Fill it in."))
DAMAGED = Problem(
    "core.phone_damaged",
    422,
    _(
        "The phone number was damaged by a spreadsheet (it has become a decimal or scientific number)."
        " Set the column to text and enter the number again."
    ),
)
LETTERS = Problem(
    "core.phone_letters",
    422,
    _("The phone number holds characters that are no digits. Write one number, digits only."),
)
TOO_SHORT = Problem(
    "core.phone_too_short", 422, _("The phone number has {found} digits, {expected} are expected: too short.")
)
TOO_LONG = Problem(
    "core.phone_too_long",
    422,
    _("The phone number has {found} digits, {expected} are expected: too long. Write one number only."),
)
UNKNOWN = Problem(
    "core.phone_unknown",
    422,
    _(
        "No such phone number is in use. Check the digits; numbers from abroad begin with + and the country code,"
        " landlines with the area code."
    ),
)
NOT_MOBILE = Problem(
    "core.phone_not_mobile",
    422,
    _("This is a landline. A mobile phone number is needed, because it gets messages."),
)


def normalise_phone(text: str, *, mobile_only: bool = True) -> str:
    """One number in its one form: 11 digits for a mainland mobile, `02012345678` for a mainland landline,
    `+85291234567` (E.164) for one from elsewhere.

    Full-width digits, spaces, dashes and the prefix 86 are accepted. Raises Refusal with a problem of this module.
    """
    compact = cleaning.compact(text)
    if match := _MOBILE.fullmatch(compact):
        return match[1]
    if not compact:
        raise Refusal(EMPTY)
    if cleaning.is_scientific(compact) or cleaning.is_decimal(compact):
        raise Refusal(DAMAGED)
    digits = _SEPARATORS.sub("", compact)
    if match := _MOBILE.fullmatch(digits):
        return match[1]
    if not _DIALABLE.fullmatch(digits):
        raise Refusal(LETTERS)
    return _normalise_other(digits, mobile_only=mobile_only)


def _normalise_other(digits: str, *, mobile_only: bool) -> str:
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, "CN")
    except phonenumbers.NumberParseException as error:
        raise _wrong_number(digits) from error
    if not phonenumbers.is_valid_number(number):
        raise _wrong_number(digits)
    if mobile_only and not _is_mobile(number):
        raise Refusal(NOT_MOBILE)
    return _one_form(number)


def _wrong_number(digits: str) -> Refusal:
    """Why it is wrong. Only a number that looks like a mainland mobile has a known length."""
    if digits[0] == "1" and len(digits) != MOBILE_LENGTH:
        problem = TOO_SHORT if len(digits) < MOBILE_LENGTH else TOO_LONG
        return Refusal(problem, found=len(digits), expected=MOBILE_LENGTH)
    if len(digits) < 7:
        return Refusal(TOO_SHORT, found=len(digits), expected=MOBILE_LENGTH)
    return Refusal(UNKNOWN)


def _is_mobile(number: "PhoneNumber") -> bool:
    from phonenumbers import PhoneNumberType, number_type

    return number_type(number) in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _one_form(number: "PhoneNumber") -> str:
    import phonenumbers

    if number.country_code != MAINLAND:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _is_mobile(number):
        return phonenumbers.national_significant_number(number)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdigit, national))

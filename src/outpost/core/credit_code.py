"""Unified social credit codes of organisations (GB 32100)."""

from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength

from outpost.core import text as cleaning
from outpost.core.errors import Problem, Refusal

LENGTH = 18

EMPTY = Problem("core.credit_code_empty", 422, _("The unified social credit code is missing. Fill it in."))
WRONG_LENGTH = Problem(
    "core.credit_code_length",
    422,
    _("The unified social credit code has {found} characters, {expected} are expected."),
)
DAMAGED = Problem(
    "core.credit_code_damaged",
    422,
    _(
        "The unified social credit code was damaged by a spreadsheet (it has become a decimal or scientific"
        " number). Set the column to text and enter the code again."
    ),
)
CHARACTERS = Problem(
    "core.credit_code_characters",
    422,
    _(
        "The unified social credit code holds characters that cannot stand there: eight digits, then digits and"
        " capital letters without I, O, S, V, Z."
    ),
)
CHECK_CHARACTER = Problem(
    "core.credit_code_check",
    422,
    _(
        "The last character of the unified social credit code does not fit the others. Check it against the licence."
    ),
)


def normalise_credit_code(text: str) -> str:
    """The 18 capital characters of a code; full-width, spaces, dashes and small letters are accepted.

    Raises Refusal with a problem of this module.
    """
    code = cleaning.compact(text)
    if not code:
        raise Refusal(EMPTY)
    if cleaning.is_scientific(code) or cleaning.is_decimal(code):
        raise Refusal(DAMAGED)
    code = code.replace("-", "").upper()
    try:
        return uscc.validate(code)
    except InvalidLength as error:
        raise Refusal(WRONG_LENGTH, found=len(code), expected=LENGTH) from error
    except InvalidFormat as error:
        raise Refusal(CHARACTERS) from error
    except InvalidChecksum as error:
        raise Refusal(CHECK_CHARACTER) from error

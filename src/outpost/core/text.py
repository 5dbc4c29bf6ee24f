"""Cleaning of typed and pasted text. Pure: the rules may use it."""

import re
import unicodedata

# Spaces of every kind, the invisible marks that phones and chat programs paste along with a number
# (zero-width, direction marks, byte order mark), and the apostrophe by which Excel marks text.
_NOISE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_TEXT_MARKS = "'’‘`"
_EXPONENT = re.compile(r"\d(?:\.\d+)?[Ee]\+\d{1,3}|\d\.\d+[Ee]\d{1,3}")
_DECIMAL = re.compile(r"\d+\.\d*")


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is shown. Needs no Django."""
    return message


# A question mark counts beside a Han character; looking behind only from the mark halves the time.
_LOST = re.compile(
    r"[\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd□]|锟斤拷|烫烫|屯屯|&#?\w{1,8};"
    r"|[?？](?:(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff][?？]))"
)
_NOTHING_TEXTS = frozenset({"null", "none", "nan", "nil", "undefined", "(null)", "<null>", "n/a"})
_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters of Hangul that hold a place and show nothing."""


def is_lost(text: str) -> bool:
    """Whether characters of a text were lost on the way here, or a program has written nothing in words."""
    return text.casefold() in _NOTHING_TEXTS or _LOST.search(text) is not None


def says_something(text: str, *, least: int = 1) -> bool:
    """Whether a reason or a ground holds so many letters or figures: dots, dashes and what nobody sees are none."""
    return sum(one.isalnum() and one not in _FILLERS for one in text) >= least


def half_width(text: str) -> str:
    """Compatibility form (NFKC): full-width digits, letters and spaces become half-width."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def compact(text: str) -> str:
    """A number as it was meant: half-width, without spaces, invisible marks and a leading apostrophe."""
    return _NOISE.sub("", half_width(text)).strip(_TEXT_MARKS)


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet wrote a long number in scientific notation (`4.40106E+17`)."""
    return _EXPONENT.fullmatch(text) is not None


def is_decimal(text: str) -> bool:
    """Whether a program turned a number into a decimal fraction (`13812345678.0`)."""
    return _DECIMAL.fullmatch(text) is not None

"""住址 as several state it: when two statements name one place, and until when a difference is cleared up. Pure."""

import re
import unicodedata
from datetime import date, datetime, timedelta

from outpost.core.vocabulary import Tone, Vocabulary, Word

DAYS_TO_CLEAR = 7
LEAST_CONTAINED = 5
"""Characters of an address that may stand for a longer one: fewer would fit half the city."""
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_MARKS = re.compile(r"[^\w-]|_|(?<!\d)-|-(?!\d)")


class Agreement(Vocabulary):
    """住址: how what the registration and what the declaration say of somebody's address differ."""

    DIFFERS = Word("differs", "住址不一致", "Address differs", Tone.WARNING)
    OVERDUE = Word("overdue", "住址不一致，已逾期", "Address differs, overdue", Tone.BAD)
    CHECKED = Word("checked", "住址不一致，已核实", "Address differs, checked")


def plain(address: str) -> str:
    """An address as it is compared: one width and case, without blanks and punctuation; 3-201 stays apart from 3201."""
    text = unicodedata.normalize("NFKC", address).casefold()
    return _MARKS.sub("", _BETWEEN_DIGITS.sub("-", text))


def is_same(one: str, other: str) -> bool:
    """Whether two statements name one place: they are equal, or one holds the other whole with its house number.

    Neither a district alone nor a number that is cut stands for an address, so that nobody finds one out bit by bit.
    Ahead of the shorter one stand names of places and no number: else one statement could hold a street of addresses.
    """
    short, long = sorted((plain(one), plain(other)), key=len)
    if short == long:
        return True
    if len(short) < LEAST_CONTAINED or re.search(r"\d", short) is None:
        return False
    after = r"(?![\d-])" if short[-1].isdecimal() else ""
    return re.match(rf"\D*{re.escape(short)}{after}", long) is not None


def last_day(since: date) -> date:
    """The day by whose end a difference is cleared up that stands since that one."""
    return since + timedelta(days=DAYS_TO_CLEAR)


def is_checked(checked_at: datetime | None, since: datetime) -> bool:
    """Whether a word about a difference counts: until one of both states something else."""
    return checked_at is not None and checked_at >= since


def agreement(checked: bool, last: date, on: date) -> Agreement:
    """How a difference stands on a day."""
    if checked:
        return Agreement.CHECKED
    return Agreement.OVERDUE if on > last else Agreement.DIFFERS

"""From a raw cell to a value: one function a kind, each raising `Refusal` with what was found and what to do.

A raw cell is what the readers give: text from CSV; text, number, truth value or date from a workbook.
Nothing is guessed: a number that may have lost digits, or a date that could be read two ways, is refused.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache

from outpost.core.errors import Problem, Refusal
from outpost.core.sheets import errors
from outpost.core.sheets.formulas import MERGED, UNKEPT, is_error
from outpost.core.text import compact, half_width, is_decimal, is_scientific
from outpost.core.whole_days import LAST_MICROSECOND

Raw = str | int | float | bool | date | datetime | timedelta | None

# A double holds 15 decimal digits for certain; Excel keeps no more and writes zeros behind them.
_CERTAIN = 10**15
_NOTHING = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + (
    "\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
)
_BREAKS = re.compile(r"[\t\r\n\u2028\u2029]+")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))")
_PLAIN_KEY = re.compile(r"[0-9A-Za-z]+(?:[-_][0-9A-Za-z]{4,})*")
_DAMAGED = re.compile(
    r"\d+\.\d*(?:[Ee][+-]?\d{1,3})?|\d+[Ee][+-]\d{1,3}"  # what a number became
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?: \d{1,2}:\d{2}(?::\d{2})?)?"  # what looked like a date
    r"|\d{1,2}月\d{1,2}日|\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{2}"
)
_CLOCK = re.compile(
    r"(?:[T\s]+|(?<=日))(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.\d+)?)?|时(?:(\d{1,2})分(?:(\d{1,2})秒)?)?)"
)
_ZONE = re.compile(r"\s*(?:Z|([+-])(0\d|1[0-4])(?::?([0-5]\d))?)", re.IGNORECASE)  # PostgreSQL writes +08
_PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_MARKED = {UNKEPT: errors.FORMULA_UNKEPT, MERGED: errors.MERGED_CELLS}
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def as_text(raw: Raw) -> str:
    """A raw cell as the user saw it, near enough to find it again: for messages and failure files."""
    if isinstance(raw, str):
        return raw
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, datetime):
        near = whole_second(raw)
        return near.isoformat(" ", "seconds" if near.second else "minutes")
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < _CERTAIN else f"{raw:.15G}"
    return str(raw)


def whole_second(moment: datetime) -> datetime:
    """A moment to the second. Excel counts in fractions of a day: 08:30:00 comes as 08:29:59.999997."""
    if moment.year > _LAST_YEAR:
        return moment.replace(microsecond=0)
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def is_blank(raw: Raw) -> bool:
    """Whether nothing stands in a cell: the one notion of "blank". Spaces of every kind and invisible marks are
    nothing."""
    return raw is None or (type(raw) is str and not raw.strip(_NOTHING))


def text(raw: Raw, limit: int) -> str:
    """Trimmed text in NFC, at most `limit` characters; line breaks become spaces. Empty when blank.

    A date, a time or a truth value is not what somebody wrote into a column of texts: Excel made it of that.
    """
    if not isinstance(raw, str):
        _refuse_typed(raw)
    cleaned = (raw if isinstance(raw, str) else as_text(raw)).strip()
    if not cleaned.isprintable():
        cleaned = _scrubbed(cleaned)
    if not cleaned.isascii():
        cleaned = unicodedata.normalize("NFC", cleaned)
    if len(cleaned) > limit:
        raise Refusal(errors.TOO_LONG, found=len(cleaned), limit=limit)
    if cleaned[:1] == "#":
        _refuse_error(cleaned)
    return cleaned


def _refuse_typed(raw: Raw) -> None:
    if isinstance(raw, bool):
        raise Refusal(errors.TRUTH_INSTEAD, value=as_text(raw))
    if isinstance(raw, date):
        raise Refusal(errors.DATE_INSTEAD, value=as_text(raw))
    if isinstance(raw, timedelta):
        raise Refusal(errors.TIME_INSTEAD, value=as_text(raw))


def _refuse_error(written: str) -> None:
    if is_error(written):
        raise Refusal(_MARKED.get(written, errors.FORMULA_ERROR), value=written)


def _scrubbed(cleaned: str) -> str:
    cleaned = _BREAKS.sub(" ", _INVISIBLE.sub("", cleaned)).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in cleaned):
        raise Refusal(errors.CONTROL_CHARACTER)
    return cleaned


def identifier(raw: Raw, limit: int) -> str:
    """A number that is a name (document, phone, code): half-width, without spaces; lost digits are refused.

    Excel turns 440106199001017777 into 4.40106199001018E+17; a number of up to 15 digits is still exact.
    """
    _refuse_inexact(raw)
    cleaned = compact(text(raw, limit))
    if is_scientific(cleaned) or is_decimal(cleaned):
        raise Refusal(errors.DIGITS_LOST, value=cleaned)
    return cleaned


def _refuse_inexact(raw: Raw) -> None:
    if isinstance(raw, int | float) and not (float(raw).is_integer() and 0 <= raw < _CERTAIN):
        raise Refusal(errors.DIGITS_LOST, value=as_text(raw))


def key(raw: Raw, limit: int) -> str:
    """A name that somebody else gave to a record: half-width, trimmed; what a spreadsheet made of it is refused.

    Whatever is taken here decides which records are one: three ids that became 2.02611E+17 would be.
    """
    if isinstance(raw, str) and len(raw) <= limit and _PLAIN_KEY.fullmatch(raw):
        return raw  # as nearly all come; longer parts than those of a date
    _refuse_inexact(raw)
    cleaned = half_width(text(raw, limit)).strip()
    if _DAMAGED.fullmatch(cleaned):
        raise Refusal(errors.DIGITS_LOST, value=cleaned)
    return cleaned


def choice(raw: Raw, choices: Mapping[str, str], known: str) -> str:
    """The code of a choice named in Chinese, in English or by its code. `choices` maps `choice_key` to code."""
    name = text(raw, 200)
    code = choices.get(choice_key(name))
    if code is None:
        raise Refusal(errors.UNKNOWN_CHOICE, value=name, choices=known)
    return code


def choice_key(name: str) -> str:
    """The name of a choice as it is compared: half-width, lower case, without spaces."""
    return "".join(half_width(name).casefold().split())


def number(raw: Raw, limit: int) -> Decimal:
    """A decimal number, exactly as written; thousands may be marked by commas."""
    if isinstance(raw, bool):
        raise Refusal(errors.NOT_A_NUMBER, value=as_text(raw))
    written = half_width(text(raw, limit))
    if _THOUSANDS.fullmatch(written):
        written = written.replace(",", "")
    if not _NUMBER.fullmatch(written):
        raise Refusal(errors.NOT_A_NUMBER, value=written)
    return Decimal(written)


def whole(raw: Raw, limit: int) -> int:
    """A whole number; `3.0` is one."""
    try:
        value = number(raw, limit)
    except Refusal as refusal:
        if refusal.problem is errors.NOT_A_NUMBER:
            raise Refusal(errors.NOT_WHOLE, **refusal.fields) from refusal
        raise
    if value != int(value):
        raise Refusal(errors.NOT_WHOLE, value=as_text(raw))
    return int(value)


def day(raw: Raw, zone: tzinfo) -> date:
    """A local calendar day. A time of day is dropped; an instant with its own zone is brought to `zone` first."""
    if isinstance(raw, datetime):
        return whole_second(raw).date()
    if isinstance(raw, date):
        return raw
    return _moment(raw, zone, errors.NOT_A_DATE).astimezone(zone).date()


def instant(raw: Raw, zone: tzinfo) -> datetime:
    """An instant in UTC. Without a zone of its own it is local to `zone`; a day alone is its last microsecond, by which
    it is known for a day (`core.whole_days`)."""
    if isinstance(raw, date) and not _FIRST_YEAR <= raw.year <= _LAST_YEAR:
        raise Refusal(errors.NOT_A_TIME, value=as_text(raw))
    if isinstance(raw, datetime):
        return whole_second(raw).replace(tzinfo=zone).astimezone(UTC)
    if isinstance(raw, date):
        return datetime.combine(raw, time.max, tzinfo=zone).astimezone(UTC)
    return _moment(raw, zone, errors.NOT_A_TIME)


def _moment(raw: Raw, zone: tzinfo, otherwise: Problem) -> datetime:
    written = as_text(raw)
    moment = _read(written, zone)
    if moment is None:
        _refuse_error(written.strip())
        raise Refusal(otherwise, value=written.strip()[:40])
    return moment


@lru_cache(maxsize=1 << 16)
def _read(written: str, zone: tzinfo) -> datetime | None:
    """The instant that a text names, in UTC; None if it names none between 1900 and 2100.

    Cached: the rows of a file share few days and minutes.
    """
    if _PLAIN.fullmatch(written):
        return _read_plain(written, zone)
    written = half_width(written.strip())
    day_part = _DAY.match(written)
    if day_part is None:
        return None
    year, month, day_of_month = (int(part) for part in day_part.groups() if part is not None)
    hour, minute, second, micro = 23, 59, 59, LAST_MICROSECOND
    end = day_part.end()
    if end < len(written):
        clock_part = _CLOCK.match(written, end)
        if clock_part is None:
            return None
        parts = [int(part) for part in clock_part.groups() if part is not None]
        hour, minute, second, micro = (*(*parts, 0, 0)[:3], 0)
        end = clock_part.end()
    try:
        zone = _zone_of(written[end:], zone)
        moment = datetime(year, month, day_of_month, hour, minute, second, micro, tzinfo=zone)
        return moment.astimezone(UTC) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None


def _read_plain(written: str, zone: tzinfo) -> datetime | None:
    """The form that programs write, read ten times as fast."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment.replace(tzinfo=zone).astimezone(UTC) if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def _zone_of(rest: str, local: tzinfo) -> tzinfo:
    """The zone written behind a time, or the local one; `ValueError` if something else stands there."""
    if not rest:
        return local
    mark = _ZONE.fullmatch(rest)
    if mark is None:
        raise ValueError
    sign, hours, minutes = mark.groups()
    if sign is None:
        return UTC
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if sign == "-" else offset)

"""Finding the header of a table by its names. Plain: the reading child uses it too."""

import re
import unicodedata
from collections.abc import Collection, Sequence

_MARKS = re.compile(r"\((?:必填|选填|可选|required|optional)\)|[\s_*:\-\u200b-\u200f\ufeff]+")


def fold(name: object) -> str:
    """A name as it is compared: half-width, lower case, without spaces, underscores, asterisks and 必填 marks."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", str(name)).casefold())


def locate(rows: Sequence[Sequence[object]], names: Collection[str]) -> tuple[int, int]:
    """The row (index) that holds most of the folded `names`, and how many it holds; (0, 0) if none holds any."""
    best = (0, 0)
    for index, row in enumerate(rows):
        found = len({folded for cell in row if (folded := fold(cell)) in names})
        if found > best[1]:
            best = (index, found)
    return best


_NAMES_SOMEBODY = re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{15}|1[0-9]{10}")


def data_above(rows: Sequence[Sequence[object]], top: int) -> list[int]:
    """The numbers (from 1) of the rows above the header at `top` that hold data and not a title.

    A title fills a cell or two; data fill as many as the heading, or name somebody by a document or a phone.
    """
    width = _filled(rows[top])
    return [
        number
        for number, row in enumerate(rows[:top], 1)
        if _filled(row) >= max(3, width) or any(_NAMES_SOMEBODY.fullmatch(str(cell).strip()) for cell in row)
    ]


def _filled(row: Sequence[object]) -> int:
    return sum(1 for cell in row if str(cell).strip())


def is_header(found: int, names_wanted: int) -> bool:
    """Whether a row with `found` known names is a header; one alone may be a title that says the same word."""
    return found >= min(2, names_wanted)

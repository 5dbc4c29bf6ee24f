"""What is a formula and what one leaves behind when it failed.

Formula injection: the one rule by which text is neutralised on the way out and restored on the way in.

Text that begins with `= + - @`, TAB, CR, LF, NUL or the full-width forms of the first four (quotes before it
not counted) is written with one more `'` in front; reading takes exactly that one `'` away again. So a phone
`+853…` leaves as `'+853…`, `'=x` leaves as `''=x`, and what was exported is what is imported.
"""

import re

STARTERS = "=+\\-@\t\r\n\0＝＋－＠"
_DANGEROUS = re.compile(f"'*[{STARTERS}]")
_NEUTRALISED = re.compile(f"''*[{STARTERS}]")
UNKEPT, MERGED = "#UNKEPT!", "#MERGED!"
"""What the reading child puts in place of a value that it cannot tell: a formula saved without it, merged cells."""
_ERROR = re.compile(
    r"#(?:UNKEPT!|MERGED!|N/A|GETTING_DATA|NAME\?|(?:REF|VALUE|DIV/0|NULL|NUM|SPILL|CALC|FIELD|CONNECT|BLOCKED|BUSY|UNKNOWN|EXTERNAL)!)"
)


def neutralise(text: str) -> str:
    """The text as it may stand in a file that a spreadsheet opens."""
    return "'" + text if _DANGEROUS.match(text) else text


def restore(text: str) -> str:
    """The text before `neutralise`; any other text is returned as it is."""
    return text[1:] if _NEUTRALISED.match(text) else text


def is_error(text: str) -> bool:
    """Whether a cell shows what Excel writes in place of the value of a formula that failed."""
    return text.startswith("#") and _ERROR.fullmatch(text) is not None

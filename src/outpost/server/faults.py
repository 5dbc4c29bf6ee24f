"""The one expected error of this package, readable before Django is set up."""

from collections.abc import Sequence
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_LOCALE_DIRECTORIES = (_PACKAGE / "server" / "locale", _PACKAGE / "commands" / "locale")


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


@cache
def _catalogue(language: str) -> NullTranslations:
    joined = NullTranslations()
    for directory in _LOCALE_DIRECTORIES:
        joined.add_fallback(translation("django", directory, languages=[language], fallback=True))
    return joined


def translate(message: str, language: str, **fields: object) -> str:
    """Give a message of this package or of the commands in a language ("zh_Hans", "en"), with its fields filled in."""
    return _catalogue(language).gettext(message).format(**fields)


class ServerError(Exception):
    """Something about this machine or its set-up stops us; the message says what to do.

    The text is translated when shown (`message`), so a fault can be raised where no language is known.
    """

    def __init__(self, text: str, **fields: object) -> None:
        super().__init__(text.format(**fields))
        self.text = text
        self.fields = fields

    def message(self, language: str) -> str:
        """Give the reason in this language ("zh_Hans" or "en")."""
        return translate(self.text, language, **self.fields)


class StartRefusedError(ServerError):
    """Several reasons at once why we do not start, each on a line of its own."""

    def __init__(self, reasons: Sequence[ServerError]) -> None:
        super().__init__("{reasons}", reasons="; ".join(map(str, reasons)))
        self.reasons = tuple(reasons)

    def message(self, language: str) -> str:
        """Give all reasons, one a line."""
        return "\n".join(reason.message(language) for reason in self.reasons)

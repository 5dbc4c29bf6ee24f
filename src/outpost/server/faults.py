"""The one expected error of this package, readable before Django is set up."""

import errno
import os
import pwd
from collections.abc import Sequence
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Self

from outpost.core.keyfile import KeyFileError
from outpost.core.text import gettext_noop

__all__ = ["ServerError", "StartRefusedError", "ToldError", "gettext_noop", "translate"]

_ = gettext_noop

_PACKAGE = Path(__file__).resolve().parents[1]
_LOCALE_DIRECTORIES = tuple(_PACKAGE / name / "locale" for name in ("server", "commands", "core"))


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

    @classmethod
    def of_keys(cls, error: KeyFileError) -> Self:
        """What is wrong with the key file, as a reason of ours."""
        return cls(error.text, **error.fields)

    def message(self, language: str) -> str:
        """Give the reason in this language ("zh_Hans" or "en")."""
        return translate(self.text, language, **self.fields)


_RIGHTS = {errno.EACCES, errno.EPERM}


def of_machine(error: OSError) -> ServerError:
    """What the machine refused (a file, a disk, a right), with what to do about it."""
    path, reason = error.filename or "", error.strerror or str(error)
    if error.errno == errno.EROFS:
        return ServerError(
            _("{path} is on a disk that is read-only. Mount it writable, or mend it."), path=path
        )
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ServerError(
            _("The disk of {path} is full. Free space there, then try again."), path=path or "."
        )
    if error.errno in _RIGHTS:
        text = _(
            "The account {account} may not use {path}. Run as the account that owns it, or give it the right."
        )
        return ServerError(text, account=account_name(os.geteuid()), path=path)
    return ServerError("{path}: {reason}", path=path, reason=reason)


def account_name(uid: int) -> str:
    """The name of an account of this machine, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


class ToldError(ServerError):
    """A process of ours has failed and has said why on standard error: there is no more to say there."""


class StartRefusedError(ServerError):
    """Several reasons at once why we do not start, each on a line of its own."""

    def __init__(self, reasons: Sequence[ServerError]) -> None:
        super().__init__("{reasons}", reasons="; ".join(map(str, reasons)))
        self.reasons = tuple(reasons)

    def message(self, language: str) -> str:
        """Give all reasons, one a line."""
        return "\n".join(reason.message(language) for reason in self.reasons)

"""What checks of an installation find, one line each, with how to mend what is wrong. `outpost doctor` shows them.

A module names its checks in its `module.py`; the server has those of the machine (`server/health_checks.py`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from django.utils.translation import gettext

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, what was found, how to mend it (empty when fine).

    Texts are marked by `gettext_noop` and translated when they are shown.
    """

    name: str
    state: State
    found: str
    mend: str = ""
    fields: tuple[tuple[str, object], ...] = ()

    def render(self) -> dict[str, str]:
        """Give the finding with its texts in the active language."""
        fields = dict(self.fields)
        texts = {"found": gettext(self.found).format(**fields)}
        texts["mend"] = gettext(self.mend).format(**fields) if self.mend else ""
        return {"name": self.name, "state": self.state, **texts}


Check: TypeAlias = Callable[[datetime], Iterator[Finding]]
"""A check of a module, at an instant: it sees the settings and the tables of this version, and changes nothing."""


def ok(name: str, found: str, /, **fields: object) -> Finding:
    """Nothing to do."""
    return Finding(name, "ok", found, "", tuple(fields.items()))


def warn(name: str, found: str, mend: str, /, **fields: object) -> Finding:
    """Works, but somebody should look at it."""
    return Finding(name, "warn", found, mend, tuple(fields.items()))


def fail(name: str, found: str, mend: str, /, **fields: object) -> Finding:
    """Does not work."""
    return Finding(name, "fail", found, mend, tuple(fields.items()))

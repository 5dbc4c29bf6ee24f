"""What `outpost doctor` finds: one line each, with how to mend what is wrong."""

from dataclasses import dataclass
from typing import Any, Literal

import psycopg

from outpost.server.faults import translate

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, what was found, how to mend it (empty when fine)."""

    name: str
    state: State
    found: str
    mend: str = ""
    fields: tuple[tuple[str, object], ...] = ()

    def render(self, language: str) -> dict[str, str]:
        """Give the finding with its texts in this language."""
        fields = dict(self.fields)
        texts = {"found": translate(self.found, language, **fields)}
        texts["mend"] = translate(self.mend, language, **fields) if self.mend else ""
        return {"name": self.name, "state": self.state, **texts}


def ok(name: str, found: str, /, **fields: object) -> Finding:
    """Nothing to do."""
    return Finding(name, "ok", found, "", tuple(fields.items()))


def warn(name: str, found: str, mend: str, /, **fields: object) -> Finding:
    """Works, but somebody should look at it."""
    return Finding(name, "warn", found, mend, tuple(fields.items()))


def fail(name: str, found: str, mend: str, /, **fields: object) -> Finding:
    """Does not work."""
    return Finding(name, "fail", found, mend, tuple(fields.items()))


def row(connection: psycopg.Connection[Any], query: str, *values: object) -> tuple[Any, ...]:
    """Give the first row of a query."""
    found: tuple[Any, ...] | None = connection.execute(query, values or None).fetchone()
    return found or (None, None)


def one(connection: psycopg.Connection[Any], query: str, *values: object) -> Any:
    """Give the first value of a query."""
    return row(connection, query, *values)[0]

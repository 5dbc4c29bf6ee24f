"""Which keys a database was sealed with, by a check value of each (`people.keys` keeps them). Needs no Django."""

from typing import Any

import psycopg

from outpost.core.keyfile import KeyName

_EXISTS = "SELECT to_regclass('public.people_keycheck') IS NOT NULL"
_ALL = "SELECT purpose, version, value FROM people_keycheck"


def known_keys(session: psycopg.Connection[Any]) -> dict[KeyName, bytes]:
    """The check value of every key that this database knows; none where it was never made ready."""
    if session.execute(_EXISTS).fetchone() != (True,):
        return {}
    return {(purpose, version): bytes(value) for purpose, version, value in session.execute(_ALL).fetchall()}

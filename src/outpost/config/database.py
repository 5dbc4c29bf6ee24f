"""A database address as Django wants it."""

import os
from typing import Any

from psycopg.conninfo import conninfo_to_dict

_KNOWN = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}

WEB_THREADS = min(16, 2 * (os.cpu_count() or 1) + 1)
"""Requests that the pages work on at once."""

WAITING = max(1, WEB_THREADS - 2)
"""Requests that may wait for the database; the others stay free for the word that we live, and for quick refusals."""

# Seconds that a request waits for a connection, and that the pool goes on with one attempt to reconnect. It doubles the
# pause each time: were it to go on for longer, it would stay away after an outage for as long again as that was.
_PATIENCE = 10.0


# A server whose machine or network is gone says nothing: without these a statement would wait for a quarter of an hour.
_NOTICES_SILENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,  # milliseconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def database_settings(url: str, *, pool: int) -> dict[str, Any]:
    """Turn a PostgreSQL URL (or key=value text) into one entry of DATABASES; `pool` 0 means no pool."""
    database: dict[str, Any] = {"ENGINE": "outpost.config.postgresql", "OPTIONS": dict(_NOTICES_SILENCE)}
    # All of them, so that nothing of another address stays where one takes the place of another.
    database |= dict.fromkeys(_KNOWN.values(), "")
    for key, value in (conninfo_to_dict(url) if url else {}).items():
        if key in _KNOWN:
            database[_KNOWN[key]] = str(value)
        else:
            database["OPTIONS"][key] = value
    if pool:
        database["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": pool,
            "timeout": _PATIENCE,
            "reconnect_timeout": _PATIENCE,
        }
    return database

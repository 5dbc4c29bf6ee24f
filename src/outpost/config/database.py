"""A database address as Django wants it."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict

_KNOWN = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database_settings(url: str, *, pool: int) -> dict[str, Any]:
    """Turn a PostgreSQL URL (or key=value text) into one entry of DATABASES; `pool` 0 means no pool."""
    database: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {}}
    for key, value in (conninfo_to_dict(url) if url else {}).items():
        if key in _KNOWN:
            database[_KNOWN[key]] = str(value)
        else:
            database["OPTIONS"][key] = value
    if pool:
        database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10}
    return database

"""Every stored column has its entry in the data register, and every entry its column (V9)."""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from outpost.access.rules import PERMISSIONS

pytestmark = pytest.mark.promise("V9")

REGISTER = tomllib.loads(
    (Path(settings.PACKAGE).parents[1] / "docs" / "register.toml").read_text(encoding="utf-8")
)
SENSITIVITIES = ("none", "internal", "personal", "sealed")
BASES = {"duty", "account", "none"}
WHOLE = ["*"]
STAGING = "staging"


def sections() -> dict[str, list[dict[str, Any]]]:
    """The sections of each table: the table's own and those nested in it, defaults filled in."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table, own in REGISTER.items():
        if table == "defaults":
            continue
        nested = [
            {**own, **{key: [] for key in SENSITIVITIES}, **one}
            for one in own.values()
            if isinstance(one, dict)
        ]
        found[table] = [REGISTER["defaults"] | section for section in (own, *nested)]
    return found


def entries(table: str) -> Counter[str]:
    """The columns that are listed, with how often."""
    return Counter(
        column
        for section in sections()[table]
        for level in SENSITIVITIES
        for column in section.get(level, ())
    )


@pytest.fixture
def stored(db: None) -> dict[str, list[str]]:
    """Every table of the database with its columns, whoever made it.

    The daily partitions of a table are that table: which days stand depends on what ran before.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, array_agg(attname::text) FROM pg_class"
            " JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped"
            " WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition GROUP BY relname"
        )
        return {
            table: columns for table, columns in cursor.fetchall() if not table.startswith("exchange_test_")
        }


def test_every_table_has_an_entry_and_every_entry_a_table(stored: dict[str, list[str]]) -> None:
    assert len(stored) > 20
    assert set(stored) == set(sections()) - {STAGING}


def test_every_column_has_one_entry_and_every_entry_a_column(stored: dict[str, list[str]]) -> None:
    for table, columns in stored.items():
        listed = entries(table)
        if list(listed) == WHOLE:
            assert not table.startswith(
                ("access_", "people_", "health_", "sentinel_", "regions_", "exchange_")
            )
            continue
        assert set(listed) == set(columns), table
        assert max(listed.values()) == 1, table


@pytest.mark.rules
@pytest.mark.parametrize("table", sections())
def test_an_entry_is_whole(table: str) -> None:
    for section in sections()[table]:
        assert section["purpose"], table
        assert section["basis"] in BASES, table
        assert section["retention"], table
        assert set(section["readers"]) <= {*PERMISSIONS, "system"}, table
        about_people = any(section.get(level) for level in ("personal", "sealed"))
        assert not (about_people and section["basis"] == "none"), table


def test_what_is_sealed_is_bytes_or_a_hash(stored: dict[str, list[str]]) -> None:
    """No column of plain text is called sealed, and no sealed bytes go without being called so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND data_type = 'bytea'"
        )
        blobs = {(table, column) for table, column in cursor.fetchall() if table in stored}
    sealed = {
        (table, column)
        for table in stored
        for section in sections()[table]
        for column in section.get("sealed", ())
    }
    assert len(blobs) > 8
    assert blobs <= sealed
    hashes = {
        ("access_user", "password"),
        ("access_user", "recovery_code_hashes"),
        ("access_apitoken", "secret_hash"),
        ("access_passcode", "device_hash"),
        ("access_throttle", "key"),
        ("health_latestsamples", "name_hashes"),
    }
    assert sealed - blobs == hashes

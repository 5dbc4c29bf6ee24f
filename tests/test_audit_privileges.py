"""The application's own database role may add to the audit and read it, nothing else (L1, T3)."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.server.provision import APPEND_ONLY_TABLES, grant_application_role
from outpost.testing.cast import NOON

pytestmark = [pytest.mark.promise("L1"), pytest.mark.promise("T3")]

ROLE = "outpost_test_app"


@pytest.fixture
def application(db: None) -> Iterator[None]:
    """The connection of the test in the application's role, with the triggers off: privileges stand alone."""
    record("test.act", actor=Actor.system("test"), at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(ROLE)))
        grant_application_role(connection.connection, role=ROLE)
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(ROLE)))
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET hash = ''", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"]
)
def test_application_may_not_change_the_audit(application: None, table: str, statement: str) -> None:
    command = sql.SQL(statement).format(sql.Identifier(table))
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            cursor.cursor.execute(command)
        cursor.execute("ROLLBACK TO SAVEPOINT before")
        cursor.execute("SELECT count(*) FROM audit_entry")
        assert cursor.fetchone() == (1,)


def test_application_may_not_switch_the_triggers(application: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            cursor.cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
        cursor.execute("ROLLBACK TO SAVEPOINT before")


def test_application_may_add_to_the_audit(application: None) -> None:
    assert record("test.act", actor=Actor.system("test"), at=NOON).seq == 2

"""The application's role: it serves, owns nothing, and cannot rewrite the audit."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from outpost.server.embedded import EmbeddedPostgres
from outpost.server.provision import grant_application_role


@pytest.fixture(scope="module")
def migrated(postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    with psycopg.connect(postgres.dsn("owner")) as owner:
        owner.execute("CREATE TABLE audit_entry (seq bigserial PRIMARY KEY, action text)")
        owner.execute("CREATE TABLE ledger (id bigserial PRIMARY KEY, name text)")
        grant_application_role(owner)
        grant_application_role(owner)  # harmless to repeat
    return postgres


@pytest.fixture
def application(migrated: EmbeddedPostgres) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(migrated.dsn("application"), autocommit=True) as connection:
        yield connection


def test_it_reads_and_writes_rows(application: psycopg.Connection[tuple[object, ...]]) -> None:
    application.execute("INSERT INTO ledger (name) VALUES ('a')")
    application.execute("UPDATE ledger SET name = 'b'")
    assert application.execute("DELETE FROM ledger RETURNING name").fetchone() == ("b",)


def test_it_makes_tables_in_staging_only(application: psycopg.Connection[tuple[object, ...]]) -> None:
    application.execute("CREATE TABLE staging.import_1 (line int)")
    application.execute("DROP TABLE staging.import_1")
    with pytest.raises(errors.InsufficientPrivilege):
        application.execute("CREATE TABLE public.mine (line int)")


@pytest.mark.promise("L1")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = ''",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DROP TABLE audit_entry",
    ],
)
def test_it_cannot_change_the_audit(
    application: psycopg.Connection[tuple[object, ...]], statement: str
) -> None:
    application.execute("INSERT INTO audit_entry (action) VALUES ('x.done')")
    assert application.execute("SELECT action FROM audit_entry LIMIT 1").fetchone() == ("x.done",)
    with pytest.raises(errors.InsufficientPrivilege):
        application.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE ledger",
        "DROP TABLE ledger",
        "ALTER TABLE ledger ADD x int",
        "ALTER TABLE ledger DISABLE TRIGGER ALL",
        "SET ROLE outpost_owner",
        "SET SESSION AUTHORIZATION postgres",
        "COPY ledger TO PROGRAM 'true'",
    ],
)
def test_it_is_neither_owner_nor_superuser(
    application: psycopg.Connection[tuple[object, ...]], statement: str
) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        application.execute(statement)

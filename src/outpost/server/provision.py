"""The database roles: the owner migrates, the application serves and owns nothing, the fast lane adds check-ins.

No migration belongs to this package, so the rights are granted by a function that is safe to run again after
every migration (`grant_application_role`, `grant_lane_role`).
"""

from typing import Any, Literal

import psycopg
from psycopg import sql

DATABASE = "outpost"
OWNER = "outpost_owner"
APPLICATION = "outpost_app"
LANE = "outpost_lane"
SUPERUSER = "postgres"
STAGING_SCHEMA = "staging"
APPEND_ONLY_TABLES = ("audit_entry", "audit_chaincut")
"""Tables in which the application may add and read, never change or remove (promise L1)."""
UNREAD = dict.fromkeys(("venues_checkin", "venues_conflict", "venues_gateentry"), "person_id")
"""Whose visit it was: a column that the application may write and never read (promise V1). Functions of the owner read
it for an open case, for an account's own person, and to count."""

Role = Literal["owner", "application", "lane", "superuser"]
ROLE_NAMES: dict[Role, str] = {
    "owner": OWNER,
    "application": APPLICATION,
    "lane": LANE,
    "superuser": SUPERUSER,
}


def create_roles_and_database(connection: psycopg.Connection[Any]) -> None:
    """Create the roles and the database where they are missing. Needs a superuser in autocommit."""
    for role in (OWNER, APPLICATION, LANE):
        if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
        statement = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def grant_application_role(connection: psycopg.Connection[Any], *, role: str = APPLICATION) -> None:
    """Give the application its rights on everything the owner has made. Run by the owner after migrating.

    Rows may be read and written, except that the tables of APPEND_ONLY_TABLES may only grow and the columns of UNREAD
    are not read. Nothing may be truncated, created or altered outside the schema `staging`.
    """
    names = {"role": sql.Identifier(role), "staging": sql.Identifier(STAGING_SCHEMA)}
    with connection.transaction():  # never visible: a table that is open before it is append-only
        for statement in _GRANTS:
            connection.execute(sql.SQL(statement).format(**names))
        for table in APPEND_ONLY_TABLES:
            if _exists(connection, "SELECT 1 WHERE to_regclass(%s) IS NOT NULL", table):
                revoke = sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON TABLE {table} FROM {role}")
                connection.execute(revoke.format(table=sql.Identifier(table), **names))
        for table, column in UNREAD.items():
            if _exists(connection, "SELECT 1 WHERE to_regclass(%s) IS NOT NULL", table):
                _hide(connection, table, column, role)


def _hide(connection: psycopg.Connection[Any], table: str, column: str, role: str) -> None:
    """Leave the role every column of a table but this one, and nothing of its partitions by themselves."""
    partitions = "SELECT relid::regclass::text FROM pg_partition_tree(%s::regclass) WHERE level > 0"
    for (partition,) in connection.execute(partitions, [table]).fetchall():
        statement = sql.SQL("REVOKE ALL ON TABLE {} FROM {}")
        connection.execute(statement.format(sql.Identifier(partition), sql.Identifier(role)))
    kept = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attname <> %s",
        [table, column],
    ).fetchall()
    names = {"table": sql.Identifier(table), "role": sql.Identifier(role)}
    columns = sql.SQL(", ").join(sql.Identifier(name) for (name,) in kept)
    connection.execute(sql.SQL("REVOKE SELECT ON TABLE {table} FROM {role}").format(**names))
    grant = sql.SQL("GRANT SELECT ({columns}) ON TABLE {table} TO {role}")
    connection.execute(grant.format(columns=columns, **names))


def grant_lane_role(connection: psycopg.Connection[Any], *, role: str = LANE) -> None:
    """Let the fast lane tell what a code stands for, add check-ins and decide passes; it reads nobody's visits and no
    sealed text (promise T3). Run by the owner after migrating."""
    with connection.transaction():
        for statement in _LANE_GRANTS:
            connection.execute(sql.SQL(statement).format(role=sql.Identifier(role)))


_GRANTS = (
    "CREATE SCHEMA IF NOT EXISTS {staging}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
    "GRANT USAGE, CREATE ON SCHEMA {staging} TO {role}",
)

_LANE_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT (id, name, longitude, latitude, removed_at, checks_out) ON venues_venue TO {role}",
    "GRANT SELECT (id, venue_id, name, closed_at) ON venues_checkpoint TO {role}",
    "GRANT SELECT (id, checkpoint_id, revoked_at) ON venues_venuecode TO {role}",
    "GRANT INSERT ON venues_checkin, venues_conflict TO {role}",
    "GRANT SELECT, INSERT ON venues_checkinid TO {role}",
    "GRANT SELECT, INSERT, UPDATE ON venues_flow TO {role}",
    "GRANT EXECUTE ON FUNCTION venues_make_day TO {role}",
    "GRANT SELECT ON people_tokenend, health_passfacts TO {role}",
    "GRANT SELECT (version, rules, expires_at) ON health_passruleset TO {role}",
    "GRANT SELECT ON django_migrations, people_keycheck TO {role}",  # is this database ours, and of this version
)


def _exists(connection: psycopg.Connection[Any], query: str, *values: str) -> bool:
    return connection.execute(sql.SQL(query), values).fetchone() is not None

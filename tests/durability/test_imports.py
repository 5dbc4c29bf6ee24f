"""Imports by command that are killed at every step, or run side by side: applied once, or not at all; no row is lost.

Each step is held open by a lock of ours, so that a kill meets the very step that it is meant for.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
import xlwt

from outpost.core.sheets.limits import UPLOAD
from outpost.core.sheets.writing import write_workbook
from outpost.server import proc
from outpost.server.provision import APPLICATION
from tests.faults.installation import CATEGORY, Done, Installation, an_installation
from tests.faults.tables import HEADERS, Row, a_row, write_csv

pytestmark = [pytest.mark.durability, pytest.mark.slow]

PATIENCE = 120.0
ROWS = 2_000
STAFF = "SELECT count(*), count(DISTINCT person_id) FROM sentinel_staffmember WHERE removed_at IS NULL"
APPLIED = "SELECT count(*) FROM audit_entry WHERE action = 'exchange.import_applied'"
BEGUN = "SELECT id FROM exchange_import WHERE state = 'checking' AND created_at > %s"
BACKENDS = f"SELECT pid FROM pg_stat_activity WHERE usename = '{APPLICATION}'"
WAITING = f"{BACKENDS} AND wait_event_type = 'Lock'"
COPYING = f"{BACKENDS} AND state = 'active' AND query LIKE 'COPY %'"
# step → the table that it waits for when we hold it: about to write; all written, not yet committed
TABLES = {"begun": "sentinel_staffmember", "written": "audit_entry"}


@pytest.fixture(scope="module")
def imports() -> Iterator[Installation]:
    with an_installation() as found:
        yield found


def start(imports: Installation, path: Path) -> subprocess.Popen[str]:
    return imports.start("import", "staff", path, "--category", CATEGORY, "--json", "--lang", "en")


def wait_for(what: Callable[[], list[tuple[Any, ...]]], process: subprocess.Popen[str]) -> tuple[Any, ...]:
    """Wait until there is a row, while the command runs."""
    deadline = time.monotonic() + PATIENCE
    while not (rows := what()):
        assert process.poll() is None, f"the command ended first: {process.communicate()}"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return rows[0]


@contextmanager
def stopped_at(step: str, imports: Installation, path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command at this step, where it stays: its process, and its database backend."""
    with imports.session() as session, psycopg.connect(imports.server.dsn("superuser")) as holder:
        (now,) = wait_for_row(session, "SELECT now()")
        if step in TABLES:
            holder.execute(f"LOCK TABLE {TABLES[step]} IN SHARE MODE")
        with start(imports, path) as process:
            if step == "copying":
                (backend,) = wait_for(lambda: session.execute(COPYING).fetchall(), process)
                process.send_signal(signal.SIGSTOP)
                try:
                    yield process, int(backend)
                finally:
                    process.send_signal(signal.SIGCONT)  # a stopped process would be waited for without end
                return
            if step == "checking":
                (task,) = wait_for(lambda: session.execute(BEGUN, [now]).fetchall(), process)
                holder.execute("SELECT FROM exchange_import WHERE id = %s FOR UPDATE", [task])
            (backend,) = wait_for(lambda: session.execute(WAITING).fetchall(), process)
            yield process, int(backend)
        with suppress(psycopg.OperationalError):  # the database may be what was killed
            holder.rollback()


def wait_for_row(session: psycopg.Connection[tuple[Any, ...]], query: str) -> tuple[Any, ...]:
    row = session.execute(query).fetchone()
    assert row is not None
    return row


@pytest.mark.promise("R1")
@pytest.mark.parametrize(
    ("step", "victim"),
    [
        ("checking", "command"),
        ("begun", "command"),
        ("written", "command"),
        ("copying", "connection"),
        ("checking", "postmaster"),
        ("begun", "backend"),
        ("written", "postmaster"),
    ],
)
def test_a_killed_import_did_not_happen_and_happens_once(
    imports: Installation, tmp_path: Path, step: str, victim: str
) -> None:
    ((before, _),) = imports.rows(STAFF)
    ((applied,),) = imports.rows(APPLIED)
    path = write_csv(tmp_path / "staff.csv", "staff", [a_row("staff", before + n) for n in range(ROWS)])
    with stopped_at(step, imports, path) as (process, backend):
        postmaster = imports.server.postmaster_pid()
        assert postmaster is not None
        victims = {"command": process.pid, "postmaster": postmaster}
        # A connection ends alone by SIGTERM; a backend killed outright takes all others with it.
        proc.send(victims.get(victim, backend), signal.SIGTERM if victim == "connection" else signal.SIGKILL)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=PATIENCE)
    if victim == "command":
        assert process.returncode == -signal.SIGKILL
    else:
        assert (process.returncode, "Traceback" in err) == (1, False), err
        assert "The database does not answer" in err
        assert '"error"' in out
    imports.server.start()
    assert imports.rows(STAFF) == [(before, before)]
    done = imports.import_file("staff", path)
    assert (done.code, done.counts) == (0, (ROWS, ROWS, 0, 0, 0)), done.err
    again = imports.import_file("staff", path)
    assert (again.code, again.counts) == (0, (ROWS, 0, 0, ROWS, 0)), again.err
    assert imports.rows(STAFF) == [(before + ROWS, before + ROWS)]
    assert imports.rows(APPLIED) == [(applied + 2,)]


@pytest.mark.promise("R5")
def test_the_same_file_in_two_processes_at_once_goes_in_once(imports: Installation, tmp_path: Path) -> None:
    ((before, _),) = imports.rows(STAFF)
    path = write_csv(tmp_path / "staff.csv", "staff", [a_row("staff", before + n) for n in range(ROWS)])
    with start(imports, path) as one, start(imports, path) as other:
        ends = [Done(process.wait(PATIENCE), *process.communicate()) for process in (one, other)]
    assert [end.code for end in ends] == [0, 0], [end.err for end in ends]
    assert sorted(end.counts for end in ends) == [(ROWS, 0, 0, ROWS, 0), (ROWS, ROWS, 0, 0, 0)]
    assert imports.rows(STAFF) == [(before + ROWS, before + ROWS)]
    assert imports.rows("SELECT count(*) FROM audit_rowversion") == [(0,)]


# --- R4 ---------------------------------------------------------------------------------------------------------

BAD_EVERY = 10_000


def records(rows: int, source: str) -> Iterable[Row]:
    """Test records, every ten-thousandth with a time that is none."""
    for n in range(rows):
        is_bad = n % BAD_EVERY == BAD_EVERY - 1
        yield a_row("tests", n, 来源=source, 采样时间="昨天" if is_bad else "2022-06-01 08:30")


def write_new_workbook(path: Path, rows: Iterable[Row]) -> None:
    header = HEADERS["tests"]
    write_workbook(path, "tests", header, ([row[name] for name in header] for row in rows))


def write_old_workbook(path: Path, rows: Iterable[Row]) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("tests")
    for column, name in enumerate(HEADERS["tests"]):
        sheet.write(0, column, name)
    for place, row in enumerate(rows, 1):
        for column, name in enumerate(HEADERS["tests"]):
            sheet.write(place, column, row[name])
    book.save(str(path))


WRITERS: dict[str, Callable[[Path, Iterable[Row]], object]] = {
    "csv": lambda path, rows: write_csv(path, "tests", rows),
    "xlsx": write_new_workbook,
    "xls": write_old_workbook,
}
NIGHTLY = pytest.mark.nightly


@pytest.mark.promise("R4")
@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (0, "csv"),
        (1, "csv"),
        (65_536, "csv"),
        (65_537, "xlsx"),
        (20_001, "xls"),
        pytest.param(65_535, "csv", marks=NIGHTLY),
        pytest.param(65_535, "xls", marks=NIGHTLY),
        pytest.param(UPLOAD.rows, "csv", marks=NIGHTLY),
    ],
)
def test_no_row_is_lost(imports: Installation, tmp_path: Path, rows: int, kind: str) -> None:
    source, bad = f"{kind}-{rows}", rows // BAD_EVERY
    path = tmp_path / f"tests.{kind}"
    WRITERS[kind](path, records(rows, source))
    done = imports.import_file("tests", path)
    assert (done.code, done.counts) == (int(bad > 0), (rows, rows - bad, 0, 0, bad)), done.err
    stored = "SELECT count(*), count(DISTINCT record_id) FROM health_testrecord WHERE source = %s"
    assert imports.rows(stored, [source]) == [(rows - bad, rows - bad)]
    assert rejected(done) == [f"Row {BAD_EVERY * (n + 1) + 1}" for n in range(bad)]


def rejected(done: Done) -> list[str]:
    """Where the rejected rows stood, as the failure workbook says; requires a reason beside it."""
    if done.document["failures"] is None:
        return []
    book = openpyxl.load_workbook(done.document["failures"], read_only=True)
    reasons = [str(row[-1]) for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
    book.close()
    assert all("is not a date and time" in reason for reason in reasons)
    return [reason.partition(";")[0] for reason in reasons]


@pytest.mark.nightly
@pytest.mark.promise("R4")
def test_more_rows_than_allowed_are_refused_whole(imports: Installation, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tests.csv", "tests", records(UPLOAD.rows + 2, "too-many"))
    done = imports.import_file("tests", path)
    assert (done.code, done.document["error"]) == (1, "sheets.too_many_rows")
    assert "1048575" in done.document["messages"][0]
    assert imports.rows("SELECT count(*) FROM health_testrecord WHERE source = 'too-many'") == [(0,)]

"""Looks an installation over: the machine, the database, then what each module checks of itself."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils.module_loading import import_string

from outpost.config.env import Env
from outpost.config.modules import MODULES
from outpost.core import keyfile
from outpost.core.findings import Check, Finding, fail, ok, warn
from outpost.core.queues import QUEUES
from outpost.server import backup_checks, prepared, sessions, start_guards
from outpost.server.addresses import database_address
from outpost.server.directories import SYSTEM_DIRECTORY
from outpost.server.django import use_database
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.provision import APPEND_ONLY_TABLES
from outpost.server.sessions import Session, one, row
from outpost.server.versions import require_not_newer

_GIB = 1024**3
_LEAST_FREE, _GOOD_FREE = 1 * _GIB, 5 * _GIB
_CLOCK_SLACK = timedelta(seconds=30)
_NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)  # older than this product: the clock is wrong
_QUEUE_SLACK = timedelta(minutes=5)
_WORKER_SILENCE = timedelta(minutes=1)


def examine(env: Env, data: Path, *, at: datetime) -> Iterator[Finding]:
    """Look at everything, the database last; a database that does not start is a finding too."""
    yield from _settings(env)
    yield _keys(env, data)
    yield _clock(at)
    yield from _disk(data)
    yield from _unused_homes(data)
    if not env.database_url and not (data / "database").exists():
        yield fail("database", _("There is no database yet."), _("Run: outpost init"))
        return
    try:
        with database_address(env, data, role="application") as address:
            yield from _database(env, data, address, at=at)
    except ServerError as error:
        yield fail("database", error.text, "", **error.fields)


def _settings(env: Env) -> Iterator[Finding]:
    mode = _("for production") if env.is_production else _("for trying out and development")
    yield ok("settings", mode)
    if not env.is_production:
        return
    if env.second_factor == "off":
        yield warn("settings", _("Second factors are off."), _("Unset OUTPOST_SECOND_FACTOR."))
    if env.database_url and not env.database_owner_url:
        yield warn(
            "settings",
            _("Pages use the role that owns the tables."),
            _("Set DATABASE_OWNER_URL for the owner and give DATABASE_URL a role without ownership."),
        )


def _keys(env: Env, data: Path) -> Finding:
    if not env.key_file.exists():
        if prepared.read_note(data) is None:
            return warn("keys", _("There is no key file yet."), _("Run: outpost init"))
        return fail(
            "keys",
            _("The key file is missing."),
            _("Bring {path} back from its safe copy."),
            path=env.key_file,
        )
    try:
        keyfile.read(env.key_file)
    except keyfile.KeyFileError as error:
        return fail("keys", error.text, "", **error.fields)
    mode = stat.S_IMODE(env.key_file.stat().st_mode)
    return ok("keys", _("{path}, mode {mode}; keep a copy elsewhere"), path=env.key_file, mode=f"{mode:04o}")


def _clock(at: datetime) -> Finding:
    if at < _NOT_BEFORE:
        return fail(
            "clock",
            _("It shows {time}."),
            _("Set the clock, and let NTP keep it."),
            time=f"{at:%Y-%m-%d %H:%M}",
        )
    return ok("clock", "{time} UTC", time=f"{at:%Y-%m-%d %H:%M:%S}")


def _disk(data: Path) -> Iterator[Finding]:
    seen: set[int] = set()
    for place in (data, (data / "database").resolve()):
        if not place.exists() or place.stat().st_dev in seen:
            continue
        seen.add(place.stat().st_dev)
        free = shutil.disk_usage(place).free
        fields: dict[str, object] = {"free": f"{free / _GIB:.1f}", "path": place}
        found = _("{free} GiB free in {path}")
        if free < _LEAST_FREE:
            yield fail("disk", found, _("Free space now: writes will be refused."), **fields)
        elif free < _GOOD_FREE:
            yield warn("disk", found, _("Free space soon."), **fields)
        else:
            yield ok("disk", found, **fields)


def _unused_homes(data: Path) -> Iterator[Finding]:
    """Report databases of root's servers under /var/lib/outpost whose data directory is gone."""
    if os.geteuid() != 0 or not SYSTEM_DIRECTORY.is_dir():
        return
    ours = (data / "database").resolve()
    for home in SYSTEM_DIRECTORY.glob(f"{data.name}-*"):
        if home != ours:
            yield warn(
                "disk",
                _("{home} is not the database of this directory."),
                _("If no other directory links to it, remove it."),
                home=home,
            )


def _database(env: Env, data: Path, address: str, *, at: datetime) -> Iterator[Finding]:
    with sessions.connect(address) as session:
        yield ok("database", "PostgreSQL {version}", version=session.info.parameter_status("server_version"))
        reasons = start_guards.reasons_to_refuse(env, session)
        yield from (fail("safety", reason.text, "", **reason.fields) for reason in reasons)
        if not reasons:
            yield ok("safety", _("nothing keeps us from serving"))
        yield _server_clock(session, at)
        is_migrated = prepared.database_fingerprint(session) != ""
        is_ready = prepared.is_ready(prepared.read_note(data), session)
        yield ok("migrations", _("none pending")) if is_ready else _not_ready(session)
        if is_migrated:
            for look in CHECKS:
                yield look(session)
            yield from backup_checks.copy(env, data, session, at=at)
    if is_ready:
        use_database(address)
        yield from _of_modules(at)


def _not_ready(session: Session) -> Finding:
    try:
        require_not_newer(session)
    except ServerError as error:
        return fail("migrations", error.text, "", **error.fields)
    return fail("migrations", _("The database is not ready for this version."), _("Run: outpost init"))


def _of_modules(at: datetime) -> Iterator[Finding]:
    """What each module checks of itself; those that open sealed values need the right key file."""
    for path in (path for module in MODULES for path in module.checks):
        check: Check = import_string(path)  # it may need models, a manifest may not
        try:
            yield from check(at)
        except keyfile.KeyFileError as error:
            yield fail(path.rpartition(".")[2], error.text, "", **error.fields)


def _server_clock(session: Session, at: datetime) -> Finding:
    there = one(session, "SELECT clock_timestamp()")
    apart = abs(there - at)
    if apart > _CLOCK_SLACK:
        return fail(
            "clock",
            _("This machine and the database differ by {seconds} s."),
            _("Let NTP keep both clocks."),
            seconds=int(apart.total_seconds()),
        )
    return ok("clock", _("same as the database's"))


def _queue(session: Session) -> Finding:
    waiting, oldest = row(
        session,
        "SELECT count(*), now() - min(coalesce(scheduled_at, now())) FROM procrastinate_jobs"
        " WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()",
    )
    if oldest is not None and oldest > _QUEUE_SLACK:
        return warn(
            "queue",
            _("{count} jobs wait, the oldest for {minutes} min."),
            _("Is the worker running?"),
            count=waiting,
            minutes=int(oldest.total_seconds() // 60),
        )
    return ok("queue", _("{count} jobs wait"), count=waiting)


def _stalled(session: Session) -> Finding:
    count = one(
        session,
        "SELECT count(*) FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker"
        " ON worker.id = job.worker_id AND worker.last_heartbeat > now() - interval '90 seconds'"
        " WHERE job.status = 'doing' AND worker.id IS NULL",
    )
    if count:
        mend = _("The worker runs them again within two minutes.")
        return warn("stalled", _("{count} jobs were cut off."), mend, count=count)
    return ok("stalled", _("none"))


def _failed(session: Session) -> Finding:
    count = one(
        session,
        "SELECT count(DISTINCT job.id) FROM procrastinate_jobs job"
        " JOIN procrastinate_events event ON event.job_id = job.id"
        " WHERE job.status = 'failed' AND event.type = 'failed' AND event.at > now() - interval '1 day'",
    )
    if count:
        mend = _("Look at the page of jobs and the log.")
        return warn("failed jobs", _("{count} within a day"), mend, count=count)
    return ok("failed jobs", _("none within a day"))


def _worker(session: Session) -> Finding:
    alive = one(
        session,
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - %s",
        _WORKER_SILENCE,
    )
    if alive < len(QUEUES):
        return warn(
            "worker",
            _("{alive} of {wanted} workers run."),
            _("Start them: outpost up"),
            alive=alive,
            wanted=len(QUEUES),
        )
    return ok("worker", _("all run"))


def _append_only(session: Session) -> Finding:
    table = APPEND_ONLY_TABLES[0]
    may_change = one(
        session,
        "SELECT has_table_privilege(current_user, to_regclass(%s), 'UPDATE, DELETE, TRUNCATE')"
        " OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
        table,
    )
    if may_change:
        return warn(
            "audit",
            _("The role of the pages could change the audit table."),
            _("Let it own nothing and run: outpost init"),
        )
    return ok("audit", _("append-only"))


CHECKS: tuple[Callable[[Session], Finding], ...] = (
    *(_queue, _stalled, _failed, _worker, _append_only),
    *(backup_checks.backup, backup_checks.drill),
)
"""Those that need no more than the tables' names, so that they hold for a database of another version too."""

"""What `outpost doctor` says of what is kept for a bad day: backups, their drill, the second copy."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from outpost.config.env import Env
from outpost.core.findings import Finding, ok, warn
from outpost.server import copies
from outpost.server.copy_keeper import OLDEST
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.sessions import Session, one, row

_BACKUP_EVERY = timedelta(days=1)
_DRILL_EVERY = timedelta(days=31)
_SLACK = timedelta(hours=6)  # of a nightly job

_RENEWAL_SLACK = timedelta(days=2)
_MAY_LOSE = 5.0  # seconds (promise M1)
_MOUNT = _("Mount or mend the disk; the copy then goes on by itself.")
_LOG = _("Is outpost up running? If it is, the lines `copy` of its log say why.")
_LEFT = """SELECT (%s::pg_lsn - restart_lsn)::bigint, extract(epoch FROM now() - inactive_since)
  FROM pg_replication_slots WHERE slot_name = %s AND wal_status <> 'lost'"""
_AGE = "SELECT now() - max(at) FROM audit_entry WHERE action = %s"


def backup(session: Session) -> Finding:
    """The age of the last backup."""
    age = one(session, _AGE, "operation.backed_up")
    if age is None:
        return warn("backup", _("There was never a backup."), _("Run every night: outpost backup FILE"))
    if age > _BACKUP_EVERY + _SLACK:
        return warn(
            "backup",
            _("The last one was {hours} hours ago."),
            _("Run every night: outpost backup FILE"),
            hours=_hours(age),
        )
    return ok("backup", _("The last one was {hours} hours ago."), hours=_hours(age))


def drill(session: Session) -> Finding:
    """The age of the last proof that a backup can be restored."""
    age = one(session, _AGE, "operation.backup_verified")
    mend = _("Run every month: outpost backup --verify FILE")
    if age is None:
        return warn("drill", _("No backup was ever tried out."), mend)
    if age > _DRILL_EVERY:
        return warn("drill", _("The last one was {hours} hours ago."), mend, hours=_hours(age))
    return ok("drill", _("The last one was {hours} hours ago."), hours=_hours(age))


def copy(env: Env, data: Path, session: Session, *, at: datetime) -> Iterator[Finding]:
    """The second copy: whether there is one, how far it is behind, whether it can be renewed."""
    if not env.copy_directory:
        if env.is_production and not env.database_url:
            text = _("There is no second copy: with the disk goes what came since the last backup.")
            yield warn("copy", text, _("Set OUTPOST_COPY to a directory on another disk."))
        return
    try:
        directory = copies.require_directory(env, data)
        is_same_disk = copies.is_same_disk(directory, data)
        found = copies.whole_copies(directory)
    except ServerError as error:
        yield warn("copy", error.text, _MOUNT, **error.fields)
        return
    except OSError as error:
        yield warn("copy", "{reason}", _MOUNT, reason=error)
        return
    if is_same_disk:
        text = _("{directory} is on the disk of the database.")
        yield warn("copy", text, _("Set OUTPOST_COPY to a directory on another disk."), directory=directory)
    system = copies.system_of(session)
    ours = [one for one in found if one.path.name.startswith(f"{system}-")]
    if ours:
        yield _behind(session, ours[-1], at)
    else:
        yield warn("copy", _("There is no whole copy in {place}."), _LOG, place=directory)
    if len(ours) < len(found):
        yield warn(
            "copy",
            _("{directory} also holds the copy of another database."),
            _("Restore it, or remove it yourself: {others}"),
            directory=directory,
            others=", ".join(one.path.name for one in found if one not in ours),
        )


def _behind(session: Session, newest: copies.Copy, at: datetime) -> Finding:
    """What is in the log by now must be safe in the copy before so much time is over as may be lost."""
    began, here = time.monotonic(), one(session, "SELECT pg_current_wal_lsn()::text")
    first, idle = row(session, _LEFT, here, newest.slot)
    left, seconds = first, 0.0
    while left is not None and left > 0 and idle is None and seconds < _MAY_LOSE:
        time.sleep(0.1)
        left, idle = row(session, _LEFT, here, newest.slot)
        seconds = time.monotonic() - began
    fields: dict[str, object] = {"bytes": max(first or 0, 0), "day": f"{newest.made_at:%Y-%m-%d}"}
    if left is None:
        return warn("copy", _("The copy of {day} has ended; a new one is being taken."), _LOG, **fields)
    if left > 0 or idle is not None:
        text = _("The copy is {bytes} bytes and at least {seconds} s behind.")
        return warn("copy", text, _LOG, seconds=int(idle or seconds), **fields)
    if at - newest.made_at > OLDEST + _RENEWAL_SLACK:
        return warn("copy", _("The base of {day} could not be renewed."), _LOG, **fields)
    return ok(
        "copy", _("{bytes} bytes and {seconds} s behind, base of {day}"), seconds=f"{seconds:.1f}", **fields
    )


def _hours(age: timedelta) -> int:
    return int(age.total_seconds() // 3600)

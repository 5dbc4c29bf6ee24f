"""What `outpost doctor` says of the upkeep: backups and their drills, what is past its time, the ways of messages."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg

from outpost.audit.purging import Span, due
from outpost.config.env import Env
from outpost.core.allowed_hosts import Allowed
from outpost.core.clock import local_day
from outpost.core.outgoing import Outgoing
from outpost.core.retention import first_kept_days, periods
from outpost.notifications.checking import ChannelCheck, check_channels
from outpost.server.faults import gettext_noop as _
from outpost.server.findings import Finding, ok, one, warn

_BACKUP_EVERY = timedelta(days=1)
_DRILL_EVERY = timedelta(days=31)
_SLACK = timedelta(hours=6)  # of a nightly job
_PURGE_SLACK = timedelta(days=2)

_AGE = "SELECT now() - max(at) FROM audit_entry WHERE action = %s"


def backup(connection: psycopg.Connection[Any]) -> Finding:
    """The age of the last backup."""
    age = one(connection, _AGE, "operation.backed_up")
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


def drill(connection: psycopg.Connection[Any]) -> Finding:
    """The age of the last proof that a backup can be restored."""
    age = one(connection, _AGE, "operation.backup_verified")
    mend = _("Run every month: outpost backup --verify FILE")
    if age is None:
        return warn("drill", _("No backup was ever tried out."), mend)
    if age > _DRILL_EVERY:
        return warn("drill", _("The last one was {hours} hours ago."), mend, hours=_hours(age))
    return ok("drill", _("The last one was {hours} hours ago."), hours=_hours(age))


Look = Callable[[psycopg.Connection[Any]], Finding]
LOOKS: tuple[Look, ...] = (backup, drill)


def overdue(env: Env, *, at: datetime) -> Finding:
    """Whether the nightly purge has removed what is past its time."""
    first_kept = first_kept_days(local_day(at - _PURGE_SLACK), periods(env.retention))
    left = {name: rows for name, rows in due(Span(first_kept)).items() if rows}
    if left:
        return warn(
            "purge",
            _("Past its time and still there: {left}."),
            _("Are the workers running? If they are: outpost purge"),
            left=", ".join(f"{name} {rows}" for name, rows in left.items()),
        )
    return ok("purge", _("nothing is overdue"))


def channels(env: Env, *, at: datetime) -> Iterator[Finding]:
    """Each way of messages: whether its settings are whole and its peer takes connections. Nothing is sent."""
    checks = check_channels(out=Outgoing(Allowed.parse(env.outgoing_hosts)), at=at)
    if not any(check.is_on for check in checks):
        text = _("None is on: messages stay in the inbox, passcodes are printed in the terminal.")
        yield (
            warn("channel", text, _("Set one up: docs/how-to/messages.md"))
            if env.is_production
            else ok("channel", text)
        )
    for check in checks:
        yield _channel(check)


def _channel(check: ChannelCheck) -> Finding:
    fields: dict[str, object] = {"name": check.name, "peer": check.peer, "reason": check.reason}
    if not check.is_on:
        return ok("channel", _("{name}: off"), **fields)
    if check.code == "host_not_listed":
        mend = _("Add {peer} to OUTPOST_OUTGOING_HOSTS and start again.")
        return warn("channel", "{name}: {reason}", mend, **fields)
    if check.code:
        mend = _("Mend it on the page of channels and send a test.")
        return warn("channel", "{name} ({peer}): {reason}", mend, **fields)
    if check.dead:
        return warn(
            "channel",
            _("{name}: {count} messages of the last day were given up."),
            _("Look at the page of deliveries for the reason, and send them again."),
            count=check.dead,
            **fields,
        )
    return ok("channel", _("{name}: {peer} can be reached"), **fields)


def _hours(age: timedelta) -> int:
    return int(age.total_seconds() // 3600)

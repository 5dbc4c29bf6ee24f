"""The nine o'clock of the made-up district: some categories alert, and the messages of the last two days are there."""

from datetime import date, datetime, timedelta

from outpost.access import account_rows
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.sentinel.jobs import NINE
from outpost.sentinel.services.alerts import AlertEntry, send_alerts, set_alert, set_command_group

CATEGORIES = ("cold-chain", "port", "medical", "farm-market")


def tell(*, actor: Actor, at: datetime) -> None:
    """Set the alerts and send what nine o'clock has already had, dated then; harmless to repeat."""
    for code in CATEGORIES:
        set_alert(AlertEntry(code, is_on=True, tells_principals=True), actor=actor, at=at)
    set_command_group([account_rows.officer("command", actor=actor).id], actor=actor, at=at)
    for nine in past_nines(at):
        send_alerts(clock.local_day(nine), actor=actor, at=nine)


def past_nines(at: datetime) -> list[datetime]:
    """Nine o'clock of yesterday and, once it is over, of today."""
    today = clock.local_day(at)
    return [nine for nine in map(_nine, (today - timedelta(days=1), today)) if nine <= at]


def _nine(on: date) -> datetime:
    return datetime.combine(on, NINE, tzinfo=clock.zone())

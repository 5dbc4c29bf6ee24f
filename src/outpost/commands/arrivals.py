"""`outpost arrivals …`: the feed of pre-registrations to public security, from the server's own terminal."""

from datetime import date, datetime
from pathlib import Path

import click
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outpost.commands.base import Call
from outpost.commands.database import OPERATOR, database_command
from outpost.core import clock
from outpost.sites.queries import arrivals as arrival_reads
from outpost.sites.services import arrival_delivery, arrival_switch
from outpost.sites.services.arrival_files import write_day

DAY = click.DateTime(formats=["%Y-%m-%d"])
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def arrivals() -> None:
    """Arrivals feed 共享公安: pre-registrations of sites for public security."""


@arrivals.command()
@click.option("--date", "on", type=DAY, help="The day that is counted (today).")
@database_command
def status(call: Call, *, on: datetime | None) -> None:
    """How the feed stands, and the counts of a day for both sides to compare."""
    found, day = arrival_reads.state(), on.date() if on else _today()
    counted = next(iter(arrival_reads.daily_counts(day, day, actor=OPERATOR)), arrival_reads.DayCounts(day))
    document = {
        "on": found.feed.is_on,
        "peer": found.peer,
        "last": found.feed.numbered,
        "delivered": found.feed.delivered,
        "waiting": found.waiting,
        "failing_since": found.feed.failing_since,
        "code": found.feed.code,
        "date": day.isoformat(),
        "registered": counted.registered,
        "changed": counted.changed,
        "withdrawn": counted.withdrawn,
        "taken": counted.delivered,
    }
    call.answer(document, "\n".join(f"{name}\t{value}" for name, value in document.items()))


@arrivals.command()
@database_command
def on(call: Call) -> None:
    """Switch the feed on, to the configured address; who is registered now is told of."""
    arrival_switch.ask(actor=OPERATOR, at=clock.now())
    call.answer({"on": True}, _("The arrivals feed is on."))


@arrivals.command()
@database_command
def off(call: Call) -> None:
    """Switch the feed off."""
    arrival_switch.end(actor=OPERATOR, at=clock.now())
    call.answer({"on": False}, _("The arrivals feed is off."))


@arrivals.command()
@click.option("--from", "number", type=click.IntRange(1), required=True, help="The first number to send.")
@database_command
def again(call: Call, *, number: int) -> None:
    """Send everything from a number on once more."""
    arrival_delivery.send_again(number, actor=OPERATOR, at=clock.now())
    call.answer({"from": number}, _("Sent again within a minute, from this number on."))


@arrivals.command()
@click.option("--date", "on", type=DAY, help="The day whose records are written (today).")
@click.option("--out", type=FILE, required=True, help="File to write: .csv or .xlsx.")
@database_command
def file(call: Call, *, on: datetime | None, out: Path) -> None:
    """Write the records of a day into a file, in clear. Each person sees that they left."""
    day = on.date() if on else _today()
    records = write_day(day, out, actor=OPERATOR, at=clock.now())
    text = ngettext("{n} record was written to {path}.", "{n} records were written to {path}.", records)
    document = {"date": day.isoformat(), "records": records, "file": str(out)}
    call.answer(document, text.format(n=records, path=out))


def _today() -> date:
    return clock.local_day(clock.now())

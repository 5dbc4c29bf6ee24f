"""`outpost trace …`: searches for a case, from the server's own terminal. Each is kept in the audit."""

from datetime import datetime, timedelta

import click
from django.utils.translation import gettext as _

from outpost.commands.base import Call
from outpost.commands.database import database_command
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.sheets.cells import instant
from outpost.core.whole_days import is_whole_day
from outpost.tracing.services import Search, reveal_met, search_co_presence

OPERATOR = Actor.system("command-line")


@click.group()
def trace() -> None:
    """Searches for a case 流调."""


@trace.command("co-presence")
@click.option("--document", required=True, metavar="NUMBER", help="Number of the case's document.")
@click.option("--from", "begins", required=True, metavar="T", help="First instant, such as 2022-06-01 08:30.")
@click.option("--to", "ends", required=True, metavar="T", help="The instant at which the search ends.")
@click.option(
    "--ground", required=True, metavar="TEXT", help="Why: kept in the audit, such as the case's number."
)
@click.option(
    "--tolerance", default=0, type=click.IntRange(0, 240), metavar="MINUTES", help="Before and after a stay."
)
@click.option("--same-checkpoint", is_flag=True, help="The same venue is not enough.")
@click.option("--reveal", is_flag=True, help="Names in clear; needs --purpose and is audited.")
@click.option("--purpose", default="", help="Why identities are shown in clear.")
@database_command
def co_presence(
    call: Call,
    *,
    document: str,
    begins: str,
    ends: str,
    ground: str,
    tolerance: int,
    same_checkpoint: bool,
    reveal: bool,
    purpose: str,
) -> None:
    """时空伴随: who was at the same places at the same time."""
    if reveal and not purpose.strip():
        raise click.UsageError(_("--reveal needs --purpose: say why identities are shown in clear."))
    at = clock.now()
    span = _begin(begins), instant(ends, clock.zone())
    search = Search(document, *span, ground, timedelta(minutes=tolerance), same_checkpoint)
    found = search_co_presence(search, actor=OPERATOR, at=at)
    names = reveal_met(found, purpose=purpose, actor=OPERATOR, at=at) if reveal else {}
    told = found.document(names)
    lines = [_("{visits} visits; {people} people were there at the same time").format(**told)]
    lines += ["\t".join(map(str, one.values())) for one in told["meetings"]]
    call.answer(told, "\n".join(lines))


def _begin(text: str) -> datetime:
    """The instant that a text names; of a day alone its first one, as its last one ends a span."""
    read = instant(text, clock.zone())
    return clock.day_start(clock.local_day(read)) if is_whole_day(read) else read

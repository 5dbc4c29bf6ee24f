"""`outpost trace …`: cases and searches within them, from the server's own terminal. Each act is kept in the audit.

The operator is one person: what the operator asks for, an officer agrees to on the page 流调病例, and the other way
round.
"""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import click
from django.utils.translation import gettext as _

from outpost.commands.base import Call
from outpost.commands.database import OPERATOR, database_command
from outpost.core import clock
from outpost.core.sheets.cells import instant
from outpost.core.whole_days import is_whole_day
from outpost.tracing import queries, services
from outpost.tracing.cases import Ending, Purpose, Window
from outpost.tracing.models import Case
from outpost.tracing.services import Opening, Search

NO_CASE = UUID(int=0)  # the service looks for one
owner_command = partial(database_command, role="owner")


@click.group()
def trace() -> None:
    """Cases 流调病例, and searches within them."""


def _span(begins: str, ends: str) -> tuple[datetime, datetime]:
    """Half-open; a last day counts as a whole, as on the pages."""
    last = instant(ends, clock.zone())
    return _begin(begins), last + timedelta.resolution if is_whole_day(last) else last


def _begin(text: str) -> datetime:
    """The instant that a text names; of a day alone its first one, as its last one ends a span."""
    read = instant(text, clock.zone())
    return clock.day_start(clock.local_day(read)) if is_whole_day(read) else read


@trace.command("open")
@click.option("--document", required=True, metavar="NUMBER", help="Number of the case's document.")
@click.option("--purpose", required=True, metavar="CODE", help=", ".join(Purpose.codes()))
@click.option("--ground", required=True, metavar="TEXT", help="The order or report that it rests on.")
@click.option("--from", "begins", required=True, metavar="T", help="First day or instant of the window.")
@click.option("--to", "ends", required=True, metavar="T", help="Last day, or the instant at which it ends.")
@database_command
def open_case(call: Call, *, document: str, purpose: str, ground: str, begins: str, ends: str) -> None:
    """Ask for a case; an officer agrees to it on the page."""
    opening = Opening(document, purpose, ground, Window(*_span(begins, ends)))
    made = services.open_case(opening, actor=OPERATOR, at=clock.now())
    _tell(call, made.id)


@trace.command("approve")
@click.argument("case_id", metavar="CASE", type=click.UUID)
@database_command
def approve(call: Call, *, case_id: UUID) -> None:
    """Agree to a case that an officer asked for."""
    services.approve_case(case_id, actor=OPERATOR, at=clock.now())
    _tell(call, case_id)


@trace.command("close")
@click.argument("case_id", metavar="CASE", type=click.UUID)
@click.option("--reason", default=Ending.DONE.value, type=click.Choice(Ending.codes()), help="Why.")
@database_command
def close(call: Call, *, case_id: UUID, reason: str) -> None:
    """Close a case: nothing is read in it any more."""
    services.close_case(case_id, Ending(reason), actor=OPERATOR, at=clock.now())
    _tell(call, case_id)


@trace.command("list")
@database_command
def list_cases(call: Call) -> None:
    """All cases, the last first; people are pseudonyms."""
    told = [_told(one) for one in queries.cases(actor=OPERATOR).order_by("-opened_at")]
    call.answer({"cases": told}, "\n".join("\t".join(map(str, one.values())) for one in told))


def _tell(call: Call, case_id: UUID) -> None:
    told = _told(queries.cases(actor=OPERATOR).get(id=case_id))
    call.answer(told, "\t".join(map(str, told.values())))


def _told(case: Case) -> dict[str, str]:
    zone = clock.zone()
    return {
        "case": str(case.id),
        "person": str(case.person_id),
        "state": case.state.value,
        "purpose": case.purpose,
        "from": case.begins_at.astimezone(zone).isoformat(),
        "to": case.ends_at.astimezone(zone).isoformat(),
    }


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
@owner_command
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
    """时空伴随: who was at the same places at the same time. Without an open case of this document the auditors are
    told."""
    if reveal and not purpose.strip():
        raise click.UsageError(_("--reveal needs --purpose: say why identities are shown in clear."))
    at = clock.now()
    search = Search(NO_CASE, *_span(begins, ends), ground, timedelta(minutes=tolerance), same_checkpoint)
    found = services.search_at_terminal(document, search, actor=OPERATOR, at=at)
    names = services.reveal_met(found, purpose=purpose, actor=OPERATOR, at=at) if reveal else {}
    told = found.document(names)
    lines = [_("{visits} visits; {people} people were there at the same time").format(**told)]
    lines += ["\t".join(map(str, one.values())) for one in told["meetings"]]
    call.answer(told, "\n".join(lines))

"""`outpost audit verify`: walk the chain of the audit."""

from dataclasses import asdict
from pathlib import Path

import click

from outpost.audit import queries, services
from outpost.audit.printed_heads import heads_file, read_heads
from outpost.commands.base import DONE, REFUSED, Call
from outpost.commands.database import database_command
from outpost.server.faults import gettext_noop as _
from outpost.server.faults import translate

_REASONS = {
    "missing": _("An entry is missing or out of order."),
    "link": _("The entry does not follow from the one before it."),
    "content": _("The entry was changed."),
    "rewritten": _("The entry differs from a head that was printed: the chain was rewritten."),
    "cut": _("Entries at the end were cut off: a printed head is missing."),
}


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
@click.option(
    "--heads",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Printed heads kept elsewhere (default: those of this installation): show cut tails and rewrites.",
)
@database_command
def verify(call: Call, *, heads: Path | None) -> int:
    """Check every link of the audit chain and name the first broken one."""
    report = queries.verify_chain(heads=read_heads(heads or heads_file()))
    is_protected = services.chain_rows_are_protected()
    text = translate(
        _("{entries} entries, head {head}"), call.language, entries=report.entries, head=report.head
    )
    if report.broken_at is not None:
        reason = translate(_REASONS[report.reason], call.language)
        text += "\n" + translate(
            _("Broken at entry {seq}: {reason}"), call.language, seq=report.broken_at, reason=reason
        )
    if not is_protected:
        text += "\n" + translate(
            _("The triggers that protect the audit table are missing or off."), call.language
        )
    call.answer({**asdict(report), "is_protected": is_protected}, text)
    return DONE if report.broken_at is None and is_protected else REFUSED

"""`outpost purge` and `outpost end-event`: remove data at the end of its time, or of the event, and prove it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import psycopg
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outpost.audit import certificates
from outpost.audit.clocks import confirm_clock, require_true_clock
from outpost.audit.purging import END_EVENT, HEALTH, LEDGERS, PURGE, Span, due, finish, purging
from outpost.commands.base import Call
from outpost.commands.database import OPERATOR, database_command
from outpost.config import env
from outpost.core import clock
from outpost.core.retention import RENAMED, first_kept_days, periods
from outpost.regions import queries as regions
from outpost.server.addresses import database_address
from outpost.server.copy_keeper import renew_or_leave
from outpost.server.erasing import erase
from outpost.server.provision import Role

CLASSES = {
    "tests": gettext_lazy("Test records"),
    "objections": gettext_lazy("Objections to passes"),
    "declarations": gettext_lazy("Health declarations"),
    "dispositions": gettext_lazy("Dispositions"),
    "vaccinations": gettext_lazy("Vaccinations of people in no ledger"),
    "findings": gettext_lazy("People found by the match"),
    "follow_ups": gettext_lazy("Follow-ups"),
    "runs": gettext_lazy("Figures of the match"),
    "staff": gettext_lazy("Removed staff"),
    "organizations": gettext_lazy("Removed enterprises"),
    "check_ins": gettext_lazy("Check-ins"),
    "venues": gettext_lazy("Removed venues"),
    "sites": gettext_lazy("Closed contracts of construction sites"),
    "cases": gettext_lazy("Closed cases of tracing"),
    "history": gettext_lazy("Earlier versions of rows"),
    "files": gettext_lazy("Imports and exports"),
    "people": gettext_lazy("People that nothing refers to"),
    "messages": gettext_lazy("Messages of the inbox"),
    "deliveries": gettext_lazy("Messages delivered outside"),
    "jobs": gettext_lazy("Finished jobs"),
    "audit": gettext_lazy("Audit"),
}

owner_command = partial(database_command, role="owner")
may_skip_erasing = click.option(
    "--no-erase", is_flag=True, help="Do not write the tables anew: removed rows stay on the disk for now."
)


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell the periods and what would go.")
@click.option(
    "--date", "on", type=click.DateTime(formats=["%Y-%m-%d"]), help="As if run on this day (today)."
)
@click.option(
    "--verify",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Check the signature of a certificate instead.",
)
@click.option(
    "--clock-is-right", is_flag=True, help="Go on although the clock has jumped: somebody has looked at it."
)
@may_skip_erasing
@owner_command
def purge(
    call: Call, *, dry_run: bool, on: datetime | None, file: Path | None, clock_is_right: bool, no_erase: bool
) -> None:
    """Remove what is past its time, and erase it from the disk: the tables are locked while they are written anew."""
    if file is not None:
        found = certificates.verify(file)
        call.answer(found, _("The signature is right.") + "\n" + _certificate_text(found))
        return
    at = clock.now()
    kept = periods(settings.OUTPOST_RETENTION)
    span = Span(first_kept_days(on.date() if on else clock.local_day(at), kept))
    if dry_run:
        _tell_due(call, span, kept)
    else:
        if clock_is_right:
            confirm_clock(actor=OPERATOR, at=at)
        require_true_clock(at)
        _purge(call, PURGE, span, is_erasing=not no_erase, at=at)


@click.command("end-event")
@click.option("--remove-ledgers", is_flag=True, help="Enterprises, staff and everybody's identity as well.")
@click.option("--yes", is_flag=True, help="Do not ask for the name of the region.")
@may_skip_erasing
@owner_command
def end_event(call: Call, *, remove_ledgers: bool, yes: bool, no_erase: bool) -> None:
    """Remove all health facts, runs, findings and follow-ups, messages and files at once. There is no way back.

    Accounts, categories and the audit stay; ledgers stay unless --remove-ledgers.
    """
    region = regions.deployment_region().name
    if not yes:
        text = _("This removes the data of the whole event. Type the name of the region ({region}) to go on")
        if click.prompt(text.format(region=region), err=True, default="", show_default=False) != region:
            call.refuse("retention.not_confirmed", _("Nothing was removed."))
    parts = (HEALTH, LEDGERS) if remove_ledgers else (HEALTH,)
    _purge(call, END_EVENT, Span({}, parts), is_erasing=not no_erase, at=clock.now())


def _purge(call: Call, kind: str, span: Span, *, is_erasing: bool, at: datetime) -> None:
    def progress(name: str, removed: int) -> None:
        call.progress(f"{CLASSES[name]}: {removed}")

    with purging(kind, span, actor=OPERATOR, at=at, progress=progress, with_audit=True) as run:
        erased = _erase(call) if is_erasing else None
        certificate = finish(run, erased=erased, actor=OPERATOR, at=clock.now())
    path = certificates.store(certificate, call.data / certificates.FOLDER)
    stored = _("Certificate: {path}").format(path=path)
    call.answer({**certificate, "path": str(path)}, _certificate_text(certificate) + "\n" + stored)


def _erase(call: Call) -> Mapping[str, Any]:
    """Write the tables anew; the embedded server's superuser also renews the second copy and clears the log."""
    values = env.load()

    role: Role = "owner" if values.database_url else "superuser"
    with (
        database_address(values, call.data, role=role) as address,
        psycopg.connect(address, autocommit=True) as connection,
    ):
        done = erase(
            connection,
            progress=lambda table: call.progress(_("Erasing: {table}").format(table=table)),
            renew_copy=partial(renew_or_leave, values, call.data, tell=call.progress),
        )
    return {**asdict(done), "at": clock.now().isoformat()}


def _tell_due(call: Call, span: Span, kept: Mapping[str, int]) -> None:
    found = due(span, with_audit=True)
    rows = [
        {"class": name, "days": kept[name], "first_kept_on": span.first_kept[name].isoformat(), "due": count}
        for name, count in found.items()
    ]
    text = "\n".join(
        _("{name}: kept {days} days, from {first_kept_on}; {due} due").format(
            **row, name=CLASSES[str(row["class"])]
        )
        for row in rows
    )
    call.answer({"classes": rows}, text)


def _certificate_text(certificate: Mapping[str, Any]) -> str:
    lines = [
        _("Removed by {by}, {started_at} to {finished_at}").format(
            **{name: certificate[name] for name in ("by", "started_at", "finished_at")}
        )
    ]
    for one in certificate["classes"]:
        name = CLASSES[RENAMED.get(one["class"], one["class"])]  # of a certificate that is older than a name
        if one["first_kept_on"]:
            lines.append(
                _("{name}: {removed} before {day}").format(
                    name=name, removed=one["removed"], day=one["first_kept_on"]
                )
            )
        else:
            lines.append(_("{name}: {removed}").format(name=name, removed=one["removed"]))
    erased = certificate["erased"]
    if erased is None:
        lines.append(_("Not erased from the disk: run outpost purge in a quiet hour."))
    elif erased["wal"] == "removed":
        lines.append(_("Erased from {tables} tables and from the log.").format(tables=erased["tables"]))
    else:
        lines.append(
            _("Erased from {tables} tables; the log goes at the pace of the database server.").format(
                tables=erased["tables"]
            )
        )
    copy = erased["copy"] if erased and "copy" in erased else "none"  # older certificates know of none
    if copy == "renewed":
        lines.append(_("The second copy was taken anew, the old one removed."))
    elif copy == "left":
        lines.append(
            _(
                "The second copy could not be taken anew: what was removed is still in it, until the next one is whole."
            )
        )
    return "\n".join(lines)

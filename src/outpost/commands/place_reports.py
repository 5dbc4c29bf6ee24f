"""`outpost report …` of venues and of construction sites."""

from datetime import datetime

import click
from django.utils.translation import gettext as _

from outpost.commands.base import Call
from outpost.commands.database import OPERATOR, database_command
from outpost.commands.tables import DAY, table, today
from outpost.core import clock
from outpost.core.sheets.cells import instant
from outpost.sites.sheets import supervision
from outpost.venues.actions import SEE_CHECK_INS
from outpost.venues.queries import flow as venue_flow
from outpost.venues.queries import overview as venue_overview
from outpost.venues.queries import venues


@click.command()
@click.option("--venue", "name", required=True, metavar="NAME", help="The venue, by its name or its id.")
@click.option("--date", "on", type=DAY, help="The day (today).")
@database_command
def flow(call: Call, *, name: str, on: datetime | None) -> None:
    """检测统计: who came to a venue on a day, by hour and checkpoint; nobody in particular."""
    venue = venues.venue_named(name, actor=OPERATOR, action=SEE_CHECK_INS)
    document = venue_flow.day_flow(venue, on.date() if on else today()).report(venue)
    headers = [_("Checkpoint"), document["date"], _("In all")]
    rows = [(one["name"], one["today"], one["all"]) for one in document["checkpoints"]]
    total = _("{check_ins} check-ins of {people} people; {temperatures} measured, {abnormal} abnormal")
    call.answer(document, total.format(**document) + "\n" + table(headers, rows))


@click.command("venues")
@click.option(
    "--silent",
    type=click.IntRange(1, venue_overview.SINCE),
    metavar="N",
    help="Only without a check-in for N days.",
)
@database_command
def venue_report(call: Call, *, silent: int | None) -> None:
    """The district's venues: ranked by today's check-ins, silent ones, coverage by kind and town."""
    at = clock.now()
    states = venue_overview.venue_states(actor=OPERATOR, at=at)
    document = venue_overview.report(states, on=clock.local_day(at), silent=silent)
    keys = ("venue", "town", "kind", "check_ins", "usual", "abnormal", "last_on")
    headers = [_("Venue"), _("Town"), _("Kind of venue"), _("Check-ins today"), _("Usual by now")]
    headers += [_("Abnormal temperatures"), _("Last check-in")]
    call.answer(document, table(headers, ([row[key] for key in keys] for row in document["rows"])))


@click.command()
@click.option("--station", default="", metavar="NAME", help="Only this supervision station.")
@database_command
def sites(call: Call, *, station: str) -> None:
    """监督查询: the contracts of construction sites, and what they add up to."""
    document = supervision.report(actor=OPERATOR, at=clock.now(), station=station)
    keys = ["contract", "filing_number", "project", "general_contractor", "general_contractor_kind"]
    keys += ["station", "employers", "pre_registered", "on_site", "people", "unreported"]
    keys += ["agreed_workers", "reported", "unregistered", "addresses"]
    headers = [_("Contract number"), _("Filing number"), _("Project"), _("General contractor")]
    headers += [
        _("Kind of general contractor"),
        _("Supervision station"),
        _("Employers"),
        _("Pre-registered"),
        _("On site"),
        _("Have entered"),
        _("Not reported today"),
        _("Workers by the contract"),
        _("Reported today"),
        _("Not registered of them"),
        _("Addresses to clear up"),
    ]
    call.answer(document, table(headers, ([row[key] for key in keys] for row in document["rows"])))


@click.command("site-people")
@click.option("--contract", required=True, metavar="NO", help="The contract, by its number.")
@click.option("--at", "moment", metavar="T", help="The instant, such as 2022-06-01 08:30 (now).")
@database_command
def site_people(call: Call, *, contract: str, moment: str | None) -> None:
    """Who is on a construction site, masked; at a past instant, who was."""
    at = clock.now() if moment is None else instant(moment, clock.zone())
    document = supervision.site_people(contract, actor=OPERATOR, at=at)
    keys = ("name", "document_number", "employer", "roll", "entered_at", "checked")
    headers = [
        _("Full name"),
        _("ID number"),
        _("Employer"),
        _("Roll"),
        _("Entered"),
        _("How it was checked"),
    ]
    call.answer(document, table(headers, ([row[key] for key in keys] for row in document["rows"])))

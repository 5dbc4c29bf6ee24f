"""`outpost nightly` and `outpost report …`: the match, the figures of the sentinel instrument and of venues."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import click
from django.utils.translation import gettext as _

from outpost.commands.base import Call
from outpost.commands.database import database_command
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.ledgers import NOTHING
from outpost.core.sheets.cells import instant
from outpost.sentinel.queries import compliance as compliance_queries
from outpost.sentinel.queries import statistics
from outpost.sentinel.services import matching
from outpost.sentinel.services.revealing import reveal_missed
from outpost.sites.sheets import supervision
from outpost.venues.actions import SEE_CHECK_INS
from outpost.venues.queries import flow as venue_flow
from outpost.venues.queries import overview as venue_overview
from outpost.venues.queries import venues

DAY = click.DateTime(formats=["%Y-%m-%d"])
OPERATOR = Actor.system("command-line")
BY = click.Choice(statistics.Grouping.codes())


def _today() -> date:
    return clock.local_day(clock.now())


def _table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Columns parted by tabs: readable on a terminal, and a spreadsheet takes it as it is."""
    return "\n".join("\t".join(map(_cell, row)) for row in [headers, *rows])


def _cell(value: Any) -> str:
    return NOTHING if value is None else str(value)


@click.command()
@click.option("--date", "on", type=DAY, help="The day whose dawn is matched (today).")
@click.option("--category", "categories", multiple=True, help="Only this category (may be repeated).")
@database_command
def nightly(call: Call, *, on: datetime | None, categories: tuple[str, ...]) -> None:
    """Match all staff against their rules for the dawn of a day and queue the messages."""
    day = on.date() if on else _today()
    runs = matching.run_match(day, actor=OPERATOR, at=clock.now(), categories=categories or None)
    document = {
        "date": day.isoformat(),
        "categories": [
            {
                "code": run.category,
                "staff": run.staff,
                "judged": run.judged,
                "missed": run.missed,
                "newly_missed": run.newly_missed,
                "newly_met": run.newly_met,
            }
            for run in runs
        ],
    }
    headers = [_("Category"), _("Staff"), _("Judged"), _("Missed"), _("Newly missed"), _("Newly met")]
    rows = [(r.category, r.staff, r.judged, r.missed, r.newly_missed, r.newly_met) for r in runs]
    call.answer(document, _table(headers, rows))


@click.group()
def report() -> None:
    """Figures of the instruments."""


@report.command()
@click.option("--date", "on", type=DAY, help="The judged day (today).")
@click.option("--category", "categories", multiple=True, help="Only this category (may be repeated).")
@click.option("--reveal", is_flag=True, help="Names and phones in clear; needs --purpose and is audited.")
@click.option("--purpose", default="", help="Why identities are shown in clear.")
@database_command
def compliance(
    call: Call, *, on: datetime | None, categories: tuple[str, ...], reveal: bool, purpose: str
) -> None:
    """Who missed the rule of the day, by category."""
    if reveal and not purpose.strip():
        raise click.UsageError(_("--reveal needs --purpose: say why identities are shown in clear."))
    day = on.date() if on else _today()
    chosen = categories or None
    if reveal:
        document = reveal_missed(day, purpose=purpose, actor=OPERATOR, at=clock.now(), categories=chosen)
    else:
        document = compliance_queries.report(day, actor=OPERATOR, at=clock.now(), categories=chosen)
    call.answer(document, _compliance_text(document))


def _compliance_text(document: dict[str, Any]) -> str:
    parts = []
    for category in document["categories"]:
        jobs = (f"{job}={rule}" for job, rule in category.get("job_rules", {}).items())
        figures = category | {"rule": " ".join((category["rule"], *jobs))}
        parts.append(
            _("{name} ({rule}): {missed} of {judged} missed, {staff} in the ledger").format(**figures)
        )
        parts += [
            "\t".join(
                (
                    "",
                    one["organization"],
                    one["name"],
                    one["phone"],
                    one["last_sampled_at"] or "—",
                    f"{one['found']}/{one['required']}",
                )
            )
            for one in category["people"]
        ]
    return "\n".join(parts)


@report.command()
@click.option("--from", "first", type=DAY, help="First day (six days before the last).")
@click.option("--to", "last", type=DAY, help="Last day (today).")
@click.option("--category", help="Only this category.")
@click.option("--by", type=BY, default="town", show_default=True)
@click.option("--all", "with_empty", is_flag=True, help="Groups without staff as well.")
@database_command
def tests(
    call: Call,
    *,
    first: datetime | None,
    last: datetime | None,
    category: str | None,
    by: str,
    with_empty: bool,
) -> None:
    """核酸数据统计: tested and untested staff of a range of days."""
    until = last.date() if last else _today()
    since = first.date() if first else clock.week_to(until)
    document = statistics.nat_report(
        since, until, by=statistics.Grouping(by), actor=OPERATOR, category=category, with_empty=with_empty
    )
    columns = statistics.TESTS.columns
    headers = [_("Group"), *(column.name for column in columns)]
    keys = [column.key for column in columns]
    call.answer(document, _table(headers, _lines(document, keys)))


@report.command()
@click.option("--category", help="Only this category.")
@click.option("--by", type=BY, default="town", show_default=True)
@click.option("--date", "on", type=DAY, help="As of this day (today).")
@click.option("--all", "with_empty", is_flag=True, help="Groups without staff as well.")
@click.option(
    "--balance", "with_balance", is_flag=True, help="Also who is not due yet, and for whom none is due."
)
@database_command
def vaccination(
    call: Call,
    *,
    category: str | None,
    by: str,
    on: datetime | None,
    with_empty: bool,
    with_balance: bool,
) -> None:
    """疫苗数据统计: for each of three doses who may have it and who has."""
    document = statistics.vaccination_report(
        on.date() if on else _today(),
        by=statistics.Grouping(by),
        actor=OPERATOR,
        category=category,
        with_empty=with_empty,
        with_balance=with_balance,
    )
    figures = {
        "eligible": _("Dose {n}: eligible"),
        "done": _("Dose {n}: done"),
        "rate": _("Dose {n}: rate %"),
    }
    if with_balance:
        figures |= {
            "done_by_later": _("Dose {n}: shown by a later dose"),
            "not_due": _("Dose {n}: not due yet"),
            "not_applicable": _("Dose {n}: does not apply"),
        }
    headers = [_("Group"), _("Organisations"), _("Staff")]
    headers += [text.format(n=dose) for dose in (1, 2, 3) for text in figures.values()]
    rows = [
        [*line, *(count[key] for count in row["doses"] for key in figures)]
        for line, row in zip(
            _lines(document, ("organizations", "staff")), [*document["rows"], document["total"]], strict=True
        )
    ]
    call.answer(document, _table(headers, rows))


@report.command()
@click.option("--venue", "name", required=True, metavar="NAME", help="The venue, by its name or its id.")
@click.option("--date", "on", type=DAY, help="The day (today).")
@database_command
def flow(call: Call, *, name: str, on: datetime | None) -> None:
    """检测统计: who came to a venue on a day, by hour and checkpoint; nobody in particular."""
    venue = venues.venue_named(name, actor=OPERATOR, action=SEE_CHECK_INS)
    document = venue_flow.day_flow(venue, on.date() if on else _today()).report(venue)
    headers = [_("Checkpoint"), document["date"], _("In all")]
    rows = [(one["name"], one["today"], one["all"]) for one in document["checkpoints"]]
    total = _("{check_ins} check-ins of {people} people; {temperatures} measured, {abnormal} abnormal")
    call.answer(document, total.format(**document) + "\n" + _table(headers, rows))


@report.command("venues")
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
    call.answer(document, _table(headers, ([row[key] for key in keys] for row in document["rows"])))


@report.command()
@click.option("--station", default="", metavar="NAME", help="Only this supervision station.")
@database_command
def sites(call: Call, *, station: str) -> None:
    """监督查询: the contracts of construction sites, and what they add up to."""
    document = supervision.report(actor=OPERATOR, at=clock.now(), station=station)
    keys = ["contract", "filing_number", "project", "general_contractor", "general_contractor_kind"]
    keys += ["station", "employers", "pre_registered", "on_site", "people", "unreported"]
    keys += ["agreed_workers", "reported", "unregistered"]
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
    ]
    call.answer(document, _table(headers, ([row[key] for key in keys] for row in document["rows"])))


@report.command("site-people")
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
    call.answer(document, _table(headers, ([row[key] for key in keys] for row in document["rows"])))


def _lines(document: dict[str, Any], keys: Sequence[str]) -> list[list[Any]]:
    """The rows and the total row as plain lines."""
    rows = [[row["group"], *(row[key] for key in keys)] for row in document["rows"]]
    return [*rows, [_("Total"), *(document["total"][key] for key in keys)]]

"""`outpost report …` of the sentinel instrument: who missed, tests, vaccinations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from django.utils.translation import gettext as _

from outpost.commands.base import Call
from outpost.commands.database import OPERATOR, database_command
from outpost.commands.tables import DAY, table, today
from outpost.core import clock
from outpost.sentinel.queries import missed, statistics
from outpost.sentinel.services.revealing import reveal_missed

BY = click.Choice(statistics.Grouping.codes())


@click.command()
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
    day = on.date() if on else today()
    chosen = categories or None
    if reveal:
        document = reveal_missed(day, purpose=purpose, actor=OPERATOR, at=clock.now(), categories=chosen)
    else:
        document = missed.report(day, actor=OPERATOR, at=clock.now(), categories=chosen)
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


@click.command()
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
    until = last.date() if last else today()
    since = first.date() if first else clock.week_to(until)
    document = statistics.nat_report(
        since, until, by=statistics.Grouping(by), actor=OPERATOR, category=category, with_empty=with_empty
    )
    columns = statistics.TESTS.columns
    headers = [_("Group"), *(column.name for column in columns)]
    keys = [column.key for column in columns]
    call.answer(document, table(headers, _lines(document, keys)))


@click.command()
@click.option("--category", help="Only this category.")
@click.option("--by", type=BY, default="town", show_default=True)
@click.option("--date", "on", type=DAY, help="As of this day (today).")
@click.option("--all", "with_empty", is_flag=True, help="Groups without staff as well.")
@click.option(
    "--balance", "with_balance", is_flag=True, help="Also who is not due yet, and for whom none is due."
)
@database_command
def vaccination(
    call: Call, *, category: str | None, by: str, on: datetime | None, with_empty: bool, with_balance: bool
) -> None:
    """疫苗数据统计: for each of three doses who may have it and who has."""
    document = statistics.vaccination_report(
        on.date() if on else today(),
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
    call.answer(document, table(headers, rows))


def _lines(document: dict[str, Any], keys: Sequence[str]) -> list[list[Any]]:
    """The rows and the total row as plain lines."""
    rows = [[row["group"], *(row[key] for key in keys)] for row in document["rows"]]
    return [*rows, [_("Total"), *(document["total"][key] for key in keys)]]

"""`outpost category …`: sentinel categories and their testing rules, from the server's own terminal."""

import click

from outpost.commands.base import Call
from outpost.commands.database import database_command
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.regions import queries as regions
from outpost.regions import services as regions_services
from outpost.sentinel.models import Category
from outpost.sentinel.queries import categories as queries
from outpost.sentinel.rules import OFF
from outpost.sentinel.services import categories as services
from outpost.sentinel.services.categories import CategoryEntry

OPERATOR = Actor.system("command-line")


@click.group()
def category() -> None:
    """Sentinel categories 哨点类别."""


@category.command("set")
@click.argument("code")
@click.option("--name", help="Name; required for a new category.")
@click.option("--rule", metavar="W/K", help="At least K tests in W days such as 3/2, or off.")
@click.option("--department", metavar="CODE[:NAME]", help="Responsible department; with a name it is made.")
@click.option(
    "--counts-days/--counts-tests", default=None, help="Two tests on one day count as one, or as two."
)
@click.option(
    "--judges-new-joiners/--spares-new-joiners",
    default=None,
    help="Judge staff from the day of joining, or from the first whole window.",
)
@database_command
def set_category(
    call: Call,
    *,
    code: str,
    name: str | None,
    rule: str | None,
    department: str | None,
    counts_days: bool | None,
    judges_new_joiners: bool | None,
) -> None:
    """Make the category CODE or change it; what is not given stays."""
    at = clock.now()
    known = Category.objects.filter(code=code).first()
    entry = CategoryEntry(
        code,
        name or (known.name if known else ""),
        rule or (queries.rule_text(known) if known else OFF),
        _department(department) if department else (known.department_id or "" if known else ""),
        counts_days=_chosen(counts_days, known.counts_days if known else False),
        judges_new_joiners=_chosen(judges_new_joiners, known.judges_new_joiners if known else False),
    )
    made = services.set_category(entry, actor=OPERATOR, at=at)
    _answer(call, made)


@category.command("list")
@database_command
def list_categories(call: Call) -> None:
    """Print all categories with their rules."""
    found = queries.categories(actor=OPERATOR, action="sentinel.see_categories")
    lines = [f"{one.code}\t{one.name}\t{queries.rule_text(one)}\t{one.department_id or ''}" for one in found]
    call.answer({"categories": [_document(one) for one in found]}, "\n".join(lines))


def _department(text: str) -> str:
    """The code; the department is made when a name comes with it."""
    code, _colon, name = text.partition(":")
    if name:
        region = regions.deployment_region().code
        regions_services.ensure_department(code, name, region=region, actor=OPERATOR, at=clock.now())
    return code


def _chosen(given: bool | None, known: bool) -> bool:
    return known if given is None else given


def _document(made: Category) -> dict[str, object]:
    return {
        "code": made.code,
        "name": made.name,
        "department": made.department_id,
        "rule": queries.rule_text(made),
        "counts_days": made.counts_days,
        "judges_new_joiners": made.judges_new_joiners,
    }


def _answer(call: Call, made: Category) -> None:
    call.answer(_document(made), f"{made.code}\t{made.name}\t{queries.rule_text(made)}")

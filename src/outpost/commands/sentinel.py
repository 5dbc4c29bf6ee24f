"""`outpost category …` and `outpost nightly`: sentinel categories, their testing rules, the match of a day."""

from datetime import datetime

import click
from django.db import transaction
from django.utils.translation import gettext as _

from outpost.commands.base import Call
from outpost.commands.database import OPERATOR, database_command
from outpost.commands.tables import DAY, table, today
from outpost.core import clock
from outpost.regions import queries as regions
from outpost.regions import services as regions_services
from outpost.sentinel.actions import SEE_CATEGORIES
from outpost.sentinel.models import Category
from outpost.sentinel.queries import categories as queries
from outpost.sentinel.rules import OFF
from outpost.sentinel.services import categories as services
from outpost.sentinel.services import matching
from outpost.sentinel.services.categories import CategoryEntry, JobRuleEntry


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
@click.option(
    "--job-rule",
    "job_rules",
    metavar="JOB=W/K",
    multiple=True,
    help="A rule for one job type, such as 司机=7/1; =off: not tested; =none: as the category (may be repeated).",
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
    job_rules: tuple[str, ...],
) -> None:
    """Make the category CODE or change it; what is not given stays. A job rule counts as the category's rule does."""
    at = clock.now()
    known = Category.objects.filter(code=code).first()
    entry = CategoryEntry(
        code,
        name or (known.name if known else ""),
        rule or (queries.rule_text(queries.rules_of(known).own) if known else OFF),
        _department(department) if department else (known.department_id or "" if known else ""),
        counts_days=_chosen(counts_days, known.counts_days if known else False),
        judges_new_joiners=_chosen(judges_new_joiners, known.judges_new_joiners if known else False),
    )
    with transaction.atomic():
        made = services.set_category(entry, actor=OPERATOR, at=at)
        for text in job_rules:
            _set_job_rule(made, text)
    call.answer(_document(made), f"{made.code}\t{made.name}\t{_rules(made)}")


@category.command("list")
@database_command
def list_categories(call: Call) -> None:
    """Print all categories with their rules."""
    found = queries.with_rules(queries.categories(actor=OPERATOR, action=SEE_CATEGORIES))
    lines = [f"{one.code}\t{one.name}\t{_rules(one)}\t{one.department_id or ''}" for one in found]
    call.answer({"categories": [_document(one) for one in found]}, "\n".join(lines))


def _department(text: str) -> str:
    """The code; the department is made when a name comes with it."""
    code, _colon, name = text.partition(":")
    if name:
        region = regions.deployment_region().code
        regions_services.ensure_department(code, name, region=region, actor=OPERATOR, at=clock.now())
    return code


def _set_job_rule(category: Category, text: str) -> None:
    """One `--job-rule`. Raises UsageError when it is none."""
    job_type, sign, rule = text.rpartition("=")
    if not sign:
        raise click.UsageError(_("--job-rule {text}: write the job type, = and the rule.").format(text=text))
    if rule.strip().lower() == services.NO_JOB_RULE:
        services.remove_job_rule(category.code, job_type.strip(), actor=OPERATOR, at=clock.now())
        return
    entry = JobRuleEntry(category.code, job_type, rule, category.counts_days)
    services.set_job_rule(entry, actor=OPERATOR, at=clock.now())


def _rules(category: Category) -> str:
    """The rules in one cell: "3/2 司机=7/1"."""
    rules = queries.rules_of(category)
    jobs = (f"{job}={queries.rule_text(rule)}" for job, rule in rules.by_job.items())
    return " ".join((queries.rule_text(rules.own), *jobs))


def _chosen(given: bool | None, known: bool) -> bool:
    return known if given is None else given


def _document(made: Category) -> dict[str, object]:
    return {
        "code": made.code,
        "name": made.name,
        "department": made.department_id,
        **queries.rules_as_json(queries.rules_of(made)),
        "counts_days": made.counts_days,
        "judges_new_joiners": made.judges_new_joiners,
    }


@click.command()
@click.option("--date", "on", type=DAY, help="The day whose dawn is matched (today).")
@click.option("--category", "categories", multiple=True, help="Only this category (may be repeated).")
@database_command
def nightly(call: Call, *, on: datetime | None, categories: tuple[str, ...]) -> None:
    """Match all staff against their rules for the dawn of a day and queue the messages."""
    day = on.date() if on else today()
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
    call.answer(document, table(headers, rows))

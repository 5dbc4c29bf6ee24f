"""`outpost import KIND FILE`: good rows go in, the others come back in a workbook."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from outpost.commands.base import DONE, REFUSED, Call
from outpost.commands.database import OPERATOR, database_command
from outpost.core import clock
from outpost.exchange.services import run_import

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
CONTRACT = click.option("--contract", required=True, metavar="NO", help="The contract, by its number.")
CATEGORY = click.option("--category", required=True, metavar="CODE", help="Sentinel category.")
ORGANIZATION = click.option("--organization", metavar="NAME", help="All rows belong to this one.")
DEPARTMENT = click.option("--department", metavar="CODE", help="The bureau in whose name they are entered.")
CHAIN = click.option(
    "--chain", metavar="NAME", help="Or the venue at the head of a chain, by its name or id."
)
VENUE = click.option("--venue", required=True, metavar="NAME", help="The venue, by its name or its id.")


@click.group(name="import")
def import_group() -> None:
    """Take a file (Excel or CSV) over."""


def answer(call: Call, kind: str, file: Path, **params: str) -> int:
    """Import the file and tell what came of it; the exit code. Raises Refusal."""
    result = run_import(file, kind=kind, params=params, actor=OPERATOR, at=clock.now())
    document = {
        "read": result.read,
        "new": result.new,
        "replaced": result.replaced,
        "unchanged": result.unchanged,
        "rejected": result.rejected,
        "duplicates": result.duplicates,
        "lines": result.lines,
        "concerned": result.concerned,
        "warnings": result.warnings,
        "failures": str(result.failures) if result.failures else None,
        "import_id": str(result.import_id),
    }
    call.answer(document, result.summary())
    return REFUSED if result.rejected else DONE


def _imports(name: str, kind: str, told: str, *options: Callable[[Any], Any]) -> None:
    """A command that takes a file of a kind; its options are the parameters of the kind."""

    def take(call: Call, *, file: Path, **params: str | None) -> int:
        return answer(
            call, kind, file, **{option: text for option, text in params.items() if text is not None}
        )

    command = database_command(take)
    for option in (*reversed(options), FILE):
        command = option(command)
    import_group.command(name, help=told)(command)


_imports("organizations", "sentinel.organizations", "Organisations 主体 of a category.", CATEGORY)
_imports("staff", "sentinel.staff", "Staff 员工 of the organisations of a category.", CATEGORY, ORGANIZATION)
_imports("tests", "health.tests", "Nucleic acid tests 核酸记录.")
_imports("vaccinations", "health.vaccinations", "Vaccinations 疫苗记录.")
_imports("declarations", "health.declarations", "Health declarations 健康申报.")
_imports(
    "dispositions",
    "health.dispositions",
    "Dispositions 处置; what is entered here counts without a second word.",
)
_imports("venues", "venues.venues", "Venues 场所 with their managers and checkpoints.")
_imports(
    "named-venues",
    "venues.entered",
    "Venues 场所 of a bureau or a chain, whose named managers are asked.",
    DEPARTMENT,
    CHAIN,
)
_imports("contracts", "sites.contracts", "Contracts 合同 of construction sites, an employer a row.")
_imports(
    "pre-registrations",
    "sites.registrations",
    "Pre-registrations 进场预登记 of a contract's people.",
    CONTRACT,
)
_imports("families", "sites.families", "Accompanying family 携带家属 of a contract's people.", CONTRACT)
_imports("entries", "sites.entries", "Entries and exits 进出 of a contract's people.", CONTRACT)
_imports("daily-health", "sites.daily_health", "Daily health 每日健康 of a contract's people.", CONTRACT)
_imports("visits", "venues.visits", "Paper forms 纸质登记 of a venue, with their true time.", VENUE)

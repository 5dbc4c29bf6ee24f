"""`outpost import KIND FILE`: good rows go in, the others come back in a workbook."""

from pathlib import Path

import click

from outpost.commands.base import DONE, REFUSED, Call
from outpost.commands.database import database_command
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.exchange.services import run_import

OPERATOR = Actor.system("command-line")
FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
CONTRACT = click.option("--contract", required=True, metavar="NO", help="The contract, by its number.")
CATEGORY = click.option("--category", required=True, metavar="CODE", help="Sentinel category.")


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


@import_group.command()
@FILE
@CATEGORY
@database_command
def organizations(call: Call, *, file: Path, category: str) -> int:
    """Organisations 主体 of a category."""
    return answer(call, "sentinel.organizations", file, category=category)


@import_group.command()
@FILE
@CATEGORY
@click.option("--organization", metavar="NAME", help="All rows belong to this one.")
@database_command
def staff(call: Call, *, file: Path, category: str, organization: str | None) -> int:
    """Staff 员工 of the organisations of a category."""
    params = {"organization": organization} if organization else {}
    return answer(call, "sentinel.staff", file, category=category, **params)


@import_group.command()
@FILE
@database_command
def tests(call: Call, *, file: Path) -> int:
    """Nucleic acid tests 核酸记录."""
    return answer(call, "health.tests", file)


@import_group.command()
@FILE
@database_command
def vaccinations(call: Call, *, file: Path) -> int:
    """Vaccinations 疫苗记录."""
    return answer(call, "health.vaccinations", file)


@import_group.command()
@FILE
@database_command
def declarations(call: Call, *, file: Path) -> int:
    """Health declarations 健康申报."""
    return answer(call, "health.declarations", file)


@import_group.command()
@FILE
@database_command
def dispositions(call: Call, *, file: Path) -> int:
    """Dispositions 处置; what is entered here counts without a second word."""
    return answer(call, "health.dispositions", file)


@import_group.command()
@FILE
@database_command
def venues(call: Call, *, file: Path) -> int:
    """Venues 场所 with their managers and checkpoints."""
    return answer(call, "venues.venues", file)


@import_group.command()
@FILE
@database_command
def contracts(call: Call, *, file: Path) -> int:
    """Contracts 合同 of construction sites, an employer a row."""
    return answer(call, "sites.contracts", file)


@import_group.command("pre-registrations")
@FILE
@CONTRACT
@database_command
def pre_registrations(call: Call, *, file: Path, contract: str) -> int:
    """Pre-registrations 进场预登记 of a contract's people."""
    return answer(call, "sites.registrations", file, contract=contract)


@import_group.command()
@FILE
@CONTRACT
@database_command
def families(call: Call, *, file: Path, contract: str) -> int:
    """Accompanying family 携带家属 of a contract's people."""
    return answer(call, "sites.families", file, contract=contract)


@import_group.command()
@FILE
@CONTRACT
@database_command
def entries(call: Call, *, file: Path, contract: str) -> int:
    """Entries and exits 进出 of a contract's people."""
    return answer(call, "sites.entries", file, contract=contract)


@import_group.command("daily-health")
@FILE
@CONTRACT
@database_command
def daily_health(call: Call, *, file: Path, contract: str) -> int:
    """Daily health 每日健康 of a contract's people."""
    return answer(call, "sites.daily_health", file, contract=contract)


@import_group.command()
@FILE
@click.option("--venue", required=True, metavar="NAME", help="The venue, by its name or its id.")
@database_command
def visits(call: Call, *, file: Path, venue: str) -> int:
    """Paper forms 纸质登记 of a venue, with their true time."""
    return answer(call, "venues.visits", file, venue=venue)

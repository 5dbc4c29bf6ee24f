"""`outpost venues …`: what belongs to venues, from the server's own terminal."""

from pathlib import Path

import click
from django.urls import reverse
from django.utils.translation import ngettext

from outpost.commands.base import Call
from outpost.commands.database import database_command
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.sheets.writing import write_csv
from outpost.venues import services

OPERATOR = Actor.system("command-line")
HEADERS = ("场所名称", "检测点", "code", "url")


@click.group()
def venues() -> None:
    """Venues 场所."""


@venues.command()
@click.option("--venue", "name", default="", metavar="NAME", help="Only this venue.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="CSV file to write."
)
@click.option(
    "--base",
    default="http://127.0.0.1:8000",
    show_default=True,
    metavar="URL",
    help="Where the pages are found.",
)
@database_command
def codes(call: Call, *, name: str, out: Path, base: str) -> None:
    """Write the codes of all checkpoints, for posters."""
    found = services.codes_to_print(name=name, actor=OPERATOR, at=clock.now())
    address = base.rstrip("/")
    rows = (
        (one.venue, one.checkpoint, one.text, address + reverse("codes:code", args=[one.text]))
        for one in found
    )
    written = write_csv(out, HEADERS, rows)
    text = ngettext("{n} code was written to {path}.", "{n} codes were written to {path}.", written.rows)
    call.answer({"codes": written.rows, "file": str(out)}, text.format(n=written.rows, path=out))

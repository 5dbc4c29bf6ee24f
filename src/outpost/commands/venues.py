"""`outpost venues …`: what belongs to venues, from the server's own terminal."""

from pathlib import Path

import click
from django.conf import settings
from django.utils.translation import ngettext

from outpost.commands.base import Call
from outpost.commands.database import OPERATOR, database_command
from outpost.core import clock
from outpost.core.sheets.writing import write_csv
from outpost.venues import services
from outpost.venues.posters import address_of, pdf_of, poster_of

FILE = click.Path(path_type=Path, dir_okay=False)
HEADERS = ("场所名称", "检测点", "code", "url")


@click.group()
def venues() -> None:
    """Venues 场所."""


@venues.command()
@click.option("--venue", "name", default="", metavar="NAME", help="Only this venue.")
@click.option("--out", type=FILE, help="CSV file to write.")
@click.option("--pdf", type=FILE, help="PDF of posters to write, a page A4 a checkpoint.")
@click.option(
    "--base",
    default="http://127.0.0.1:8000",
    show_default=True,
    metavar="URL",
    help="Where the pages are found.",
)
@database_command
def codes(call: Call, *, name: str, out: Path | None, pdf: Path | None, base: str) -> None:
    """Write the codes of all checkpoints as a table, as posters, or both."""
    if out is None and pdf is None:
        raise click.UsageError("Name a file to write: --out FILE for a table, --pdf FILE for posters.")
    found = services.codes_to_print(name=name, actor=OPERATOR, at=clock.now())
    origin = base.rstrip("/")
    if out is not None:
        write_csv(
            out, HEADERS, ((one.venue, one.checkpoint, one.text, address_of(one, origin)) for one in found)
        )
    if pdf is not None:
        pages = (poster_of(one, origin) for one in found)
        pdf.write_bytes(pdf_of(pages, authority=settings.OUTPOST_AUTHORITY))
    paths = ", ".join(str(path) for path in (out, pdf) if path is not None)
    text = ngettext("{n} code was written to {path}.", "{n} codes were written to {path}.", len(found))
    call.answer(
        {"codes": len(found), "file": str(out) if out else None, "pdf": str(pdf) if pdf else None},
        text.format(n=len(found), path=paths),
    )

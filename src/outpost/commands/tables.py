"""What commands that print figures share: days, and tables on a terminal."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import click

from outpost.core import clock
from outpost.core.ledgers import NOTHING

DAY = click.DateTime(formats=["%Y-%m-%d"])


def today() -> date:
    """The district's day."""
    return clock.local_day(clock.now())


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Columns parted by tabs: readable on a terminal, and a spreadsheet takes it as it is."""
    return "\n".join("\t".join(map(_cell, row)) for row in [headers, *rows])


def _cell(value: Any) -> str:
    return NOTHING if value is None else str(value)

"""The dated file of the arrivals feed: the records of one day, in clear, for a peer that takes files."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.sheets.writing import Cell, Mark, write_csv, write_workbook
from outpost.sites.actions import SWITCH_ARRIVALS
from outpost.sites.models.arrivals import Arrival
from outpost.sites.queries.arrivals import in_clear, of_day
from outpost.sites.rules.arrivals import SHARED, ArrivalEvent, Way
from outpost.sites.services.arrival_delivery import log_taken
from outpost.sites.services.arrivals import number_waiting, require_whole


def write_day(on: date, path: Path, *, actor: Actor, at: datetime) -> int:
    """Write the records of what happened on a day, in their order: CSV, or a workbook by the ending `.xlsx`. Whose they
    are is kept before. Returns how many. Raises Refusal: 403, WHOLE_DISTRICT."""
    require_whole(actor, SWITCH_ARRIVALS)
    number_waiting()
    with transaction.atomic():
        found = list(of_day(on, actor=actor, action=SWITCH_ARRIVALS))
        if found:
            log_taken(Way.FILE, found, actor=actor, at=at)
    if path.suffix.lower() == ".xlsx":
        mark = Mark(actor.label, at.astimezone(zone()).isoformat(timespec="minutes"), f"arrivals {on}")
        write_workbook(path, f"来沪人员-{on}", headers(), _rows(found), mark=mark, zone=zone())
    else:
        write_csv(path, headers(), _rows(found), zone=zone())
    return len(found)


def headers() -> list[str]:
    """The names of the fields, as they stand in the records: a program reads this file."""
    return ["number", "id", "event", "occurred_at", *(one.name for one in SHARED)]


def _rows(found: Sequence[Arrival]) -> Iterator[Sequence[Cell]]:
    """A record holds the fields of its day; one that was named since stays empty."""
    for one, person in in_clear(found):
        what = (one.number, str(one.event_id), ArrivalEvent(one.event).value, one.occurred_at)
        yield *what, *(person.get(field.name, "") for field in SHARED)

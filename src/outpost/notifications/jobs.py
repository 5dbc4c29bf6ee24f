"""Messages that follow from events (`config.wiring` says from which)."""

from uuid import UUID

from django.urls import reverse
from procrastinate.contrib.django import app as jobs

from outpost.core import clock
from outpost.exchange import queries
from outpost.notifications.services import tell

ATTEMPTS = 5


@jobs.task(name="notifications.tell_import", retry=ATTEMPTS)
def tell_import(import_id: str, state: str) -> None:
    """Tell the owner of an import what became of it; imports of the command line have none."""
    task = queries.find_import(UUID(import_id))
    if task.owner_id is None:
        return
    tell(
        task.owner_id,
        f"exchange.import_{state}",
        {
            "kind": task.kind,
            "new": task.new,
            "replaced": task.replaced,
            "unchanged": task.unchanged,
            "rejected": task.rejected,
            "kept": task.kept_on_undo,
        },
        link=reverse("exchange:import", args=[task.id]),
        dedupe_key=f"import:{import_id}:{state}",
        at=clock.now(),
    )


@jobs.task(name="notifications.tell_export", retry=ATTEMPTS)
def tell_export(export_id: str, state: str) -> None:
    """Tell the owner of an export that its file is ready, or why there is none."""
    task = queries.find_export(UUID(export_id))
    if task.owner_id is None:
        return
    tell(
        task.owner_id,
        f"exchange.export_{state}",
        {"kind": task.kind, "rows": task.rows_done},
        link=reverse("exchange:export", args=[task.id]),
        dedupe_key=f"export:{export_id}:{state}",
        at=clock.now(),
    )

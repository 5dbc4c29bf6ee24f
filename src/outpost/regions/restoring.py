"""A grid that was closed by hand is opened again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.audit import services as audit
from outpost.audit.deletions import Restorable
from outpost.audit.models import Deletion
from outpost.core.actor import Actor
from outpost.regions import queries
from outpost.regions.services import grid_to_edit, refuse_second_grid


def reopen_grid(deletion: Deletion, actor: Actor, at: datetime) -> None:
    """Take a closed grid into use again. Raises Refusal: 404, GRID_EXISTS when its name was given again."""
    grid, town = grid_to_edit(deletion.object_ids[0], actor)
    if grid.valid_until_on is None:
        return
    refuse_second_grid(town, grid.name, but=grid.code)
    grid.valid_until_on = None
    grid.save(update_fields=["valid_until_on"])
    audit.record("regions.grid_reopened", actor=actor, at=at, object_id=grid.code)


def _names(deletions: Sequence[Deletion], actor: Actor) -> Mapping[UUID, str]:
    codes = [deletion.object_ids[0] for deletion in deletions]
    grids = queries.grids_to_edit(actor=actor).filter(code__in=codes)
    names = {grid.code: f"{grid.name}（{grid.parent.name}）" for grid in grids if grid.parent}
    return {one.id: names[one.object_ids[0]] for one in deletions if one.object_ids[0] in names}


def _address(deletion: Deletion) -> str:
    return reverse("regions:town", args=[deletion.object_ids[0].partition("G")[0]])


GRIDS = (Restorable("regions.grid", queries.EDIT, _("Grid"), _names, reopen_grid, _address),)

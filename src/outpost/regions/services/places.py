"""Writes of the tree of places: divisions, grids below towns, what people call a town."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.resources import files

from django.db import transaction
from psycopg import sql

from outpost.audit import deletions, editing, versions
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.regions import queries
from outpost.regions.errors import ALIAS_TAKEN, GRID_EXISTS, GRID_IN_USE, GRIDS_USED_UP, REGION_UNKNOWN
from outpost.regions.models import Organization, Region
from outpost.regions.rules import LAST_GRID, aliases_of, grid_code, normal_name


def _published() -> Iterator[dict[str, str]]:
    """The rows of the published table: code, name, level, parent."""
    with files("outpost.regions").joinpath("data/divisions.csv").open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


@transaction.atomic
def load_divisions(region: str, *, actor: Actor, at: datetime) -> int:
    """Bring the region, what lies above it and all that lies in it into the tree; returns how many were new.

    Names that an administrator has edited stay. Raises Refusal when the published table lacks the code.
    """
    rows = [row for row in _published() if region.startswith(row["code"]) or row["code"].startswith(region)]
    if not any(row["code"] == region for row in rows):
        raise Refusal(REGION_UNKNOWN, code=region)
    known = set(Region.objects.filter(code__in=[row["code"] for row in rows]).values_list("code", flat=True))
    fresh = [
        Region(
            code=row["code"],
            name=row["name"],
            level=row["level"],
            parent_id=row["parent"] or None,
            aliases=aliases_of(row["name"], row["level"]),
        )
        for row in sorted(rows, key=lambda row: len(row["code"]))
        if row["code"] not in known
    ]
    Region.objects.bulk_create(fresh)
    if fresh:
        audit.record("regions.divisions_loaded", actor=actor, at=at, object_id=region, count=len(fresh))
    return len(fresh)


@transaction.atomic
def add_grid(town: str, name: str, *, actor: Actor, at: datetime) -> Region:
    """Add a grid below a town. Raises Refusal: 403, 404, when the town already has one of that name,
    and after the 999th."""
    parent = _town_to_edit(town, actor)
    refuse_second_grid(parent, name)
    last = Region.objects.filter(parent=parent, level="grid").order_by("-code").first()
    number = int(last.code[-3:]) + 1 if last else 1  # a closed grid keeps its code
    if number > LAST_GRID:
        raise Refusal(GRIDS_USED_UP, town=parent.name, most=LAST_GRID)
    grid = Region(code=grid_code(town, number), name=name, level="grid", parent=parent)
    grid.save(force_insert=True)
    audit.record("regions.grid_added", actor=actor, at=at, object_id=grid.code)
    return grid


@transaction.atomic
def rename_grid(code: str, name: str, *, actor: Actor, at: datetime, seen: str = "") -> None:
    """Give a grid another name; its code stays. `seen` is what the form showed (`audit.editing`).

    Raises Refusal as `add_grid`, 404 for a closed one, and EDITED_MEANWHILE.
    """
    grid, town = grid_to_edit(code, actor)
    if grid.valid_until_on is not None:
        raise Refusal(NOT_FOUND)
    editing.refuse_unread(seen, queries.edited_grid(grid))
    if grid.name == name:
        return
    refuse_second_grid(town, name, but=code)
    _keep(grid, "regions.grid_renamed", actor=actor, at=at)
    grid.name = name
    grid.save(update_fields=["name"])
    audit.record("regions.grid_renamed", actor=actor, at=at, object_id=code)


@transaction.atomic
def close_grid(code: str, *, actor: Actor, at: datetime) -> None:
    """Take a grid out of use; its history stays, and its name may be given again. A closed one stays as it is.

    Raises Refusal: 403, 404, and 409 while organisations belong to it.
    """
    grid, _town = grid_to_edit(code, actor)
    if grid.valid_until_on is not None:
        return
    if count := Organization.objects.current().filter(grid=grid).count():
        raise Refusal(GRID_IN_USE, name=grid.name, count=count)
    grid.valid_until_on = local_day(at)
    grid.save(update_fields=["valid_until_on"])
    deletions.remember("regions.grid", [code], actor=actor, at=at, parts={"grids": 1})
    audit.record("regions.grid_closed", actor=actor, at=at, object_id=code)


@transaction.atomic
def set_aliases(town: str, aliases: Sequence[str], *, actor: Actor, at: datetime, seen: str = "") -> None:
    """State what people write in place of a town's official name; files and forms then understand it.

    `seen` is what the form showed (`audit.editing`). Raises Refusal: 403, 404, and 409 when a name already stands for
    another town or EDITED_MEANWHILE.
    """
    actor.require(queries.EDIT)
    known = list(
        queries.towns().select_for_update(of=("self",))
    )  # all, in one order: a name is compared with all
    region = _town_to_edit(town, actor)
    editing.refuse_unread(seen, queries.edited_aliases(region))
    stated = list({normal_name(alias): alias for alias in aliases}.values())
    for other in known:
        names = {normal_name(name) for name in (other.code, other.name, *other.aliases)}
        clash = next((alias for alias in stated if normal_name(alias) in names), None)
        if clash is not None and other != region:
            raise Refusal(ALIAS_TAKEN, name=clash, town=other.name)
    if region.aliases == stated:
        return
    _keep(region, "regions.aliases_set", actor=actor, at=at)
    region.aliases = stated
    region.save(update_fields=["aliases"])
    audit.record("regions.aliases_set", actor=actor, at=at, object_id=town, count=len(stated))


def _town_to_edit(code: str, actor: Actor) -> Region:
    """The locked row of a town in the actor's reach: whoever changes its grids waits for it."""
    actor.require(queries.EDIT)
    return or_not_found(
        queries.towns_to_edit(actor=actor).select_for_update(of=("self",)).filter(code=code).first()
    )


def grid_to_edit(code: str, actor: Actor) -> tuple[Region, Region]:
    """The locked rows of a grid in the actor's reach and of its town; the town's first."""
    actor.require(queries.EDIT)
    found = queries.grids_to_edit(actor=actor).filter(code=code)
    parent = or_not_found(found.values_list("parent_id", flat=True).first())
    town = _town_to_edit(parent, actor)
    return found.select_for_update(of=("self",)).get(), town


def refuse_second_grid(town: Region, name: str, *, but: str = "") -> None:
    for sibling in queries.grids([town.code]).exclude(code=but):
        if normal_name(sibling.name) == normal_name(name):
            raise Refusal(GRID_EXISTS, town=town.name, name=name)


def _keep(region: Region, cause: str, *, actor: Actor, at: datetime) -> None:
    """Keep a region as it stands."""
    where = sql.SQL("t.code = {}").format(sql.Literal(region.code))
    versions.keep("regions_region", ("code",), where, at=at, cause=cause, actor=actor)

"""Reads of places and bodies."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from outpost.audit.editing import Edited, last_act
from outpost.core.actor import Actor, Reach
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.stated import Stated, unseal
from outpost.regions.actions import EDIT_REGIONS
from outpost.regions.errors import GRID_UNKNOWN, TOWN_OUT_OF_REACH, TOWN_UNKNOWN
from outpost.regions.models import Department, Organization, Region, RegionQuerySet, principal_context
from outpost.regions.rules import REGION, normal_name

EDIT = EDIT_REGIONS


def towns(reach: Reach | None = None) -> RegionQuerySet:
    """The deployment's towns in the order of their codes; with a reach, those that it touches."""
    found = Region.objects.filter(
        level="town", code__startswith=settings.OUTPOST_REGION, valid_until_on__isnull=True
    )
    if reach is not None and reach.keys(REGION):
        found = found.within(reach)
    return found.order_by("code")


def departments() -> QuerySet[Department]:
    return Department.objects.order_by("code")


def department_name(code: str) -> str:
    """How a department is called; its code where there is none."""
    return Department.objects.filter(code=code).values_list("name", flat=True).first() or code


@dataclass(frozen=True, slots=True)
class Places:
    """The towns and grids that an actor may enter, loaded once for many rows."""

    by_name: dict[str, str]  # normal name, alias or code → town code
    names: dict[str, str]  # town code → official name
    allowed: frozenset[str]
    grids: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # (town code, normal form of name or code) → grid code

    def town(self, text: str) -> str:
        """The code of the town that is meant. Raises Refusal for a foreign town or one out of reach."""
        code = self.by_name.get(normal_name(text))
        if code is None:
            raise Refusal(TOWN_UNKNOWN, found=text, known=self._listed(self.names))
        if code not in self.allowed:
            raise Refusal(TOWN_OUT_OF_REACH, found=text, known=self._listed(sorted(self.allowed)))
        return code

    def grid(self, town: str, text: str) -> str:
        """The code of the grid of that town. Raises Refusal when the town has no such grid."""
        code = self.grids.get((town, normal_name(text)))
        if code is None:
            raise Refusal(GRID_UNKNOWN, found=text, town=self.names[town])
        return code

    def _listed(self, codes: Iterable[str]) -> str:
        return "、".join(self.names[code] for code in codes)


def places(reach: Reach) -> Places:
    """The look-up of towns and grids for forms, files and calls."""
    by_name: dict[str, str] = {}
    names: dict[str, str] = {}
    for region in towns():
        names[region.code] = region.name
        for alias in region.aliases:
            by_name.setdefault(normal_name(alias), region.code)
    by_name |= {normal_name(name): code for code, name in names.items()} | {code: code for code in names}
    grids = {}
    for grid in _open_grids().filter(parent_id__in=names):
        grids[(str(grid.parent_id), normal_name(grid.name))] = grid.code
        grids[(str(grid.parent_id), normal_name(grid.code))] = grid.code
    allowed = frozenset(towns(reach).values_list("code", flat=True))
    return Places(by_name, names, allowed, grids)


def principal_of(organization: Organization) -> Stated:
    """Open the sealed principal. The caller has checked that its reader may see it, or masks it."""
    return opened_principal(organization.id, organization.sealed)


def opened_principal(organization_id: UUID, sealed: bytes | memoryview) -> Stated:
    """The same from the column alone."""
    return unseal(ring(), principal_context(organization_id), sealed)


def organizations(*, actor: Actor, action: str) -> QuerySet[Organization]:
    return Organization.objects.visible_to(actor, action).current().select_related("region", "grid")


def deployment_region() -> Region:
    """The region that this installation serves."""
    return Region.objects.get(code=settings.OUTPOST_REGION)


def grids(towns: Iterable[str]) -> QuerySet[Region]:
    """The grids of these towns that are not closed, in the order of their codes."""
    return _open_grids().filter(parent_id__in=list(towns)).order_by("code")


def _open_grids() -> QuerySet[Region]:
    return Region.objects.filter(level="grid", valid_until_on__isnull=True)


@dataclass(frozen=True, slots=True)
class Place:
    """A town or a grid as those see it who keep them: with what lies in it."""

    code: str
    name: str
    aliases: tuple[str, ...]
    grids: int
    organizations: int

    @property
    def number(self) -> str:
        """What tells a grid from the others of its town."""
        return f"G{self.code.rpartition('G')[2]}"


def towns_to_edit(*, actor: Actor) -> QuerySet[Region]:
    """The towns of which the actor may change names and grids."""
    return towns().visible_to(actor, EDIT)


def grids_to_edit(*, actor: Actor) -> QuerySet[Region]:
    """The grids of those towns, closed ones too, each with its town."""
    found = Region.objects.filter(level="grid", parent__in=towns_to_edit(actor=actor))
    return found.select_related("parent").order_by("code")


def town_places(*, actor: Actor) -> list[Place]:
    """The towns to edit, counted."""
    found = towns_to_edit(actor=actor).annotate(
        grids=_count(_open_grids().filter(parent=OuterRef("pk")), "parent"),
        organizations=_count(Organization.objects.current().filter(region=OuterRef("pk")), "region"),
    )
    return [Place(row.code, row.name, tuple(row.aliases), row.grids, row.organizations) for row in found]


def grid_places(town: str, *, actor: Actor) -> list[Place]:
    """The grids of a town that are not closed, counted."""
    found = grids_to_edit(actor=actor).filter(parent=town, valid_until_on__isnull=True)
    counted = found.annotate(
        organizations=_count(Organization.objects.current().filter(grid=OuterRef("pk")), "grid")
    )
    return [Place(row.code, row.name, (), 0, row.organizations) for row in counted]


def _count(rows: QuerySet[Any], by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


def edited_aliases(town: Region) -> Edited:
    """What a form shows of a town's other names."""
    last = last_act(town.code, "regions.aliases_set")
    return Edited(town.code, {"aliases": "、".join(town.aliases)}, last, names={"aliases": _("Other names")})


def edited_grid(grid: Region) -> Edited:
    """What a form shows of a grid."""
    last = last_act(grid.code, "regions.grid_added", "regions.grid_renamed")
    return Edited(grid.code, {"name": grid.name}, last, names={"name": _("Name of the grid")})

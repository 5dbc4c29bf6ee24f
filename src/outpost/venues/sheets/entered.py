"""Venues with named managers in: by a bureau those of its kinds, by a chain 连锁 the branches of its head.

Such a file enters venues, and corrects those that it may and that wait for their managers. What has its manager is that
manager's to change. Whether a phone manages another venue or may not manage one is not told here (services/naming.py).
The operator's own terminal enters in the name of one bureau or chain, and reaches no further than they do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outpost.core.actor import EVERYTHING, Actor, Reach
from outpost.core.db import rows_of
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.sheets.columns import CellError, Sheet
from outpost.core.sheets.parsing import Row
from outpost.exchange.kinds import Setting
from outpost.exchange.target import Target
from outpost.regions import queries as regions
from outpost.regions.rules import DEPARTMENT
from outpost.venues import errors, services
from outpost.venues.actions import ENTER_VENUES, OWN_VENUE
from outpost.venues.models import Venue
from outpost.venues.queries import naming
from outpost.venues.queries.venues import venue_named
from outpost.venues.rules import VENUE
from outpost.venues.services.naming import invite
from outpost.venues.sheets.venues import VenueImport, VenueRowParser

_RUNS = """SELECT EXISTS (SELECT FROM {rows} s JOIN venues_venue v ON v.id = s.id
     WHERE v.confirmed_at IS NOT NULL OR v.head_id IS DISTINCT FROM s.head_id)"""
_NEW_BRANCHES = """SELECT s.head_id, count(*) FROM {rows} s LEFT JOIN venues_venue v ON v.id = s.id
    WHERE s.head_id IS NOT NULL AND v.id IS NULL GROUP BY 1"""


class EnteredImport(VenueImport):
    """A file of venues whose managers are asked whether they are."""

    name: ClassVar[str] = "venues.entered"
    action: ClassVar[str] = ENTER_VENUES
    label = _("Venues whose managers are asked")
    staging: ClassVar[Mapping[str, str]] = {**VenueImport.staging, "head_id": "uuid"}
    target: ClassVar[Target] = replace(VenueImport.target, columns=(*VenueImport.target.columns, "head_id"))

    def list_url(self, params: Mapping[str, str], actor: Actor) -> str:  # noqa: ARG002 - as every kind
        return reverse("venues:entered") if actor.may(ENTER_VENUES) else ""

    def parser(self, setting: Setting) -> "_Parser":
        """Raises Refusal: NO_BRANCHES, NOT_FOUND for whoever may enter none; `_enterer`'s."""
        return _Parser(self.sheet(setting.params), setting)

    def reaches_rows(self, rows: str, setting: Setting) -> bool:
        enterer = _enterer(setting)
        own, head = set(naming.own_kinds(enterer)), naming.head_of(enterer)
        return all(
            (head is not None and head_id == head.id) or (head_id is None and kind in own)
            for kind, head_id in rows_of(f"SELECT DISTINCT kind_id, head_id FROM {rows}")
        )

    def may_undo(self, setting: Setting) -> bool:
        written = Venue.objects.filter(import_id=setting.import_id)
        mine = Venue.objects.entered_by(_enterer(setting), ENTER_VENUES)
        return not written.exclude(pk__in=mine.values("pk")).exists()

    def before_merge(self, staging: str, setting: Setting) -> None:
        """Raises VENUES_CHANGED, TOO_MANY_BRANCHES: others may have entered some since the check."""
        self.refuse_changed(staging)
        if rows_of(_RUNS.format(rows=staging)) != [(False,)]:
            raise Refusal(errors.VENUES_CHANGED)
        for _head_id, new in rows_of(_NEW_BRANCHES.format(rows=staging)):
            head = naming.head_of(_enterer(setting))
            standing = naming.branches_of(head).count() if head else 0
            if head is None or standing + new > head.most_branches:
                most = head.most_branches if head else 0
                raise Refusal(errors.TOO_MANY_BRANCHES, most=most, standing=standing)

    def after_merge(self, staging: str, setting: Setting) -> None:
        services.open_checkpoints(staging, import_id=setting.import_id, at=setting.at)
        changed = rows_of(f"SELECT id FROM {staging} WHERE outcome <> 'unchanged'")
        cause = str(setting.import_id)
        invite([id_ for (id_,) in changed], cause=cause, actor=setting.actor, at=setting.at)

    def after_undo(self, setting: Setting) -> None:
        services.close_checkpoints(import_id=setting.import_id, at=setting.at)


def _enterer(setting: Setting) -> Actor:
    """In whose name venues are entered, with whose reach: one's own, or of the bureau or chain that the options of a
    command name. Raises Refusal for those: WHOSE_VENUES, UNKNOWN_DEPARTMENT, UNKNOWN_VENUE, SEVERAL_VENUES."""
    actor, department, chain = setting.actor, setting.params.get("department"), setting.params.get("chain")
    if not actor.is_system:
        return actor
    if bool(department) == bool(chain):
        raise Refusal(errors.WHOSE_VENUES)
    if department:
        if department not in (known := list(regions.departments().values_list("code", flat=True))):
            raise Refusal(errors.UNKNOWN_DEPARTMENT, code=department, known=", ".join(known))
        reaches: dict[str, Reach] = {ENTER_VENUES: Reach.over(DEPARTMENT, department)}
    else:
        head = venue_named(chain or "", actor=actor, action=OWN_VENUE)
        own = Reach.over(VENUE, str(head.id))
        reaches = {ENTER_VENUES: own, OWN_VENUE: own}
    return replace(actor, reaches=reaches, is_system=False)


class _Parser(VenueRowParser):
    """The same of one row, whose venue must be new or wait for its manager."""

    def __init__(self, sheet: Sheet, setting: Setting) -> None:
        places, actor = regions.places(EVERYTHING), _enterer(setting)
        super().__init__(sheet, setting, places)
        self._towns = places.names
        self._kinds, self._head = naming.own_kinds(actor), naming.head_of(actor)
        if self._head is None and not actor.reach(ENTER_VENUES).keys(DEPARTMENT):
            raise Refusal(errors.NO_BRANCHES if actor.may(ENTER_VENUES) else NOT_FOUND)
        waiting = Venue.objects.entered_by(actor, ENTER_VENUES).current().filter(confirmed_at__isnull=True)
        self._waiting = set(waiting.values_list("id", flat=True))
        self._standing = naming.branches_of(self._head).count() if self._head else 0
        self._new: set[UUID] = set()

    def stage(self, row: Row) -> None:
        super().stage(row)
        row.values["head_id"] = self._head.id if self._head else None

    def faults(self, values: Mapping[str, Any], id_: UUID) -> Iterator[CellError]:
        if id_ in self.living and id_ not in self._waiting:
            town = self._towns[values["town"]]
            yield self.reader.fault("name", Refusal(errors.STANDS_ALREADY, town=town, name=values["name"]))
        elif self._head is None and values["kind"] not in self._kinds:
            named = "、".join(self._kinds.values()) or "–"
            yield self.reader.fault("kind", Refusal(errors.KIND_OF_OTHERS, kinds=named))
        elif self._head is not None and id_ not in self.living:
            self._new.add(id_)
            if self._standing + len(self._new) > self._head.most_branches:
                most = self._head.most_branches
                yield self.reader.fault(
                    "name", Refusal(errors.TOO_MANY_BRANCHES, most=most, standing=self._standing)
                )

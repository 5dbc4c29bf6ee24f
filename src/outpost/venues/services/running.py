"""A venue as it runs: what is stated of it, its checkpoints and codes, its end. By its manager, and by officers in
reach; who manages it only officers correct here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from outpost.access.services.principals import Holder
from outpost.audit import deletions, editing, versions
from outpost.audit import services as audit
from outpost.core.actor import EVERYTHING, Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal, or_not_found
from outpost.core.scoped import locked as lock_rows
from outpost.core.sheets.parsing import StatedCells, completed
from outpost.core.stated import Stated, name_hash, phone_hash, seal
from outpost.exchange.merge import wait_for_import
from outpost.regions import queries as regions
from outpost.venues import errors
from outpost.venues.actions import EDIT_VENUES, RUN_VENUES
from outpost.venues.columns import ledger
from outpost.venues.models import Checkpoint, Venue, VenueCode, manager_context
from outpost.venues.queries import venues as queries
from outpost.venues.queries.kinds import kinds
from outpost.venues.reading.venues import VenueReader
from outpost.venues.rules import MOST_CHECKPOINTS, checkpoint_names
from outpost.venues.services.ledger import tell_lanes
from outpost.venues.services.managers import put_in_charge

KEY = ("region_id", "name")
MANAGER = ("sealed", "manager_name_hash", "manager_phone_hash", "confirmed_at", "updated_at", "import_id")
STATED = ("name", "region", "kind", "social_credit_code", "address", "longitude", "latitude", *MANAGER)
"""The columns that change with the manager, and with what is stated of a venue."""
RESTATED, CLOSED = "venues.restated", "venues.closed"
KIND = "venues.venues"  # of what was deleted


@transaction.atomic
def change_venue(venue_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime, seen: str = "") -> Venue:
    """Change what is stated of a venue; as it stood it stays in the history. Of the manager an officer's word alone
    counts, at once, and an empty name or phone keeps what stands: who was named and has not answered goes on waiting.

    Raises Refusal: 403, NOT_FOUND outside the actor's reach, EDITED_MEANWHILE, NAME_TAKEN, MANAGES_ANOTHER; Faults, all
    that is wrong with the cells.
    """
    venue = locked(venue_id, actor=actor)
    editing.refuse_unread(seen, queries.edited_venue(venue, actor=actor))
    former = queries.manager_of(venue)
    values = _read(venue, stated, former, actor=actor)
    versions.keep_rows("venues_venue", KEY, [venue.id], at=at, cause=RESTATED, actor=actor)
    state(venue, values)
    venue.updated_at, venue.import_id = at, None
    holder = Holder(venue.id, values["manager_phone"], former.phone)
    if holder.phone != former.phone:
        venue.confirmed_at = at
    save(venue, STATED)
    if venue.confirmed_at is not None:
        put_in_charge([holder], actor=actor, at=at, cause=f"{venue.id}:{at.isoformat()}")
    tell_lanes()
    audit.record(RESTATED, actor=actor, at=at, object_id=venue.id)
    return venue


def _read(venue: Venue, stated: StatedCells, manager: Stated, *, actor: Actor) -> dict[str, Any]:
    is_officers = queries.is_officers(venue, actor=actor)
    kept = {"manager_name": manager.name, "manager_phone": manager.phone}
    if not is_officers:
        stated = {name: cell for name, cell in stated.items() if name not in kept}
    places = regions.places(actor.reach(EDIT_VENUES) if is_officers else EVERYTHING)
    row = VenueReader(ledger(kinds()), places=places).stated(completed(stated, kept))
    return row.checked()


def state(venue: Venue, values: Mapping[str, Any]) -> None:
    """Put what a good row says into a venue."""
    keys, manager = ring(), Stated(values["manager_name"], values["manager_phone"])
    venue.name, venue.region_id, venue.kind_id = values["name"], values["town"], values["kind"]
    venue.social_credit_code, venue.address = values["social_credit_code"], values["address"]
    venue.longitude, venue.latitude = values["longitude"], values["latitude"]
    venue.sealed = seal(keys, manager_context(venue.id), manager)
    venue.manager_name_hash = name_hash(keys, manager.name)
    venue.manager_phone_hash = phone_hash(keys, manager.phone)


def save(venue: Venue, fields: Sequence[str] | None = None) -> None:
    """Write these fields of a venue, or a new one whole. Raises Refusal NAME_TAKEN, MANAGES_ANOTHER: the database keeps
    both, whoever came first."""
    try:
        with transaction.atomic():
            venue.save(update_fields=fields, force_insert=fields is None)
    except IntegrityError as error:
        if "venues_venue_one_a_manager" in str(error):
            raise Refusal(errors.MANAGES_ANOTHER, column="manager_phone") from error
        raise Refusal(
            errors.NAME_TAKEN, name=venue.name, town=queries.town_name(venue), column="name"
        ) from error


@transaction.atomic
def open_checkpoints_of(venue_id: UUID, names: str, *, actor: Actor, at: datetime) -> int:
    """Open the checkpoints that a text names (parted by 、), each with its code; returns how many.

    Raises Refusal: 403, NOT_FOUND, CHECKPOINT_TOO_LONG, TOO_MANY_CHECKPOINTS, CHECKPOINT_TAKEN.
    """
    venue = locked(venue_id, actor=actor)
    wanted, standing = checkpoint_names(names), open_ones(venue)
    if taken := [one.name for one in standing if one.name in wanted]:
        raise Refusal(errors.CHECKPOINT_TAKEN, name="、".join(taken))
    if len(wanted) + len(standing) > MOST_CHECKPOINTS:
        raise Refusal(errors.TOO_MANY_CHECKPOINTS, found=len(wanted) + len(standing), most=MOST_CHECKPOINTS)
    after = max((one.position for one in standing), default=0)
    add_checkpoints(venue, wanted, after=after, at=at)
    audit.record("venues.checkpoints_opened", actor=actor, at=at, object_id=venue.id, count=len(wanted))
    return len(wanted)


def add_checkpoints(venue: Venue, names: Sequence[str], *, after: int = 0, at: datetime) -> None:
    """Checkpoints with their codes, in this order behind the place of the last one; the lanes are told."""
    made = [
        Checkpoint(venue=venue, name=name, position=after + place, created_at=at)
        for place, name in enumerate(names, start=1)
    ]
    Checkpoint.objects.bulk_create(made)
    VenueCode.objects.bulk_create([VenueCode(checkpoint=one, issued_at=at) for one in made])
    tell_lanes()


@transaction.atomic
def rename_checkpoint(venue_id: UUID, checkpoint_id: UUID, name: str, *, actor: Actor, at: datetime) -> None:
    """Call a checkpoint otherwise; its code and its check-ins stay.

    Raises Refusal: 403, NOT_FOUND, CHECKPOINT_TOO_LONG, ONE_CHECKPOINT, CHECKPOINT_TAKEN.
    """
    found = _locked_checkpoint(venue_id, checkpoint_id, actor=actor)
    names = checkpoint_names(name)
    if len(names) != 1:
        raise Refusal(errors.ONE_CHECKPOINT)
    if names[0] in {one.name for one in open_ones(found.venue) if one != found}:
        raise Refusal(errors.CHECKPOINT_TAKEN, name=names[0])
    found.name = names[0]
    found.save(update_fields=["name"])
    tell_lanes()
    audit.record("venues.checkpoint_renamed", actor=actor, at=at, object_id=found.id)


@transaction.atomic
def close_checkpoint(venue_id: UUID, checkpoint_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Close a checkpoint: its code ends at once, its check-ins stay. Raises Refusal: 403, NOT_FOUND."""
    found = _locked_checkpoint(venue_id, checkpoint_id, actor=actor)
    found.closed_at = at
    found.save(update_fields=["closed_at"])
    tell_lanes()
    audit.record("venues.checkpoint_closed", actor=actor, at=at, object_id=found.id)


@transaction.atomic
def renew_code(venue_id: UUID, checkpoint_id: UUID, *, actor: Actor, at: datetime) -> None:
    """A new code for a new print; the former one ends at once. Raises Refusal: 403, NOT_FOUND."""
    found = _locked_checkpoint(venue_id, checkpoint_id, actor=actor)
    found.codes.filter(revoked_at__isnull=True).update(revoked_at=at)
    VenueCode(checkpoint=found, issued_at=at).save(force_insert=True)
    tell_lanes()
    audit.record("venues.code_renewed", actor=actor, at=at, object_id=found.id)


@transaction.atomic
def close_venue(venue_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Close a venue: its codes end at once, its check-ins stay; undone within a day. Raises Refusal: 403, NOT_FOUND."""
    venue = locked(venue_id, actor=actor)
    deletions.mark(Venue.objects.all(), KEY, [venue.id], at, actor=actor, at=at, cause=CLOSED)
    parts = {"checkpoints": len(open_ones(venue))}
    deletions.remember(KIND, [venue.id], actor=actor, at=at, parts=parts)
    tell_lanes()
    audit.record(CLOSED, actor=actor, at=at, object_id=venue.id)


def locked(venue_id: UUID, *, actor: Actor, action: str = RUN_VENUES) -> Venue:
    """The venue, locked against imports and other hands. Raises Refusal: 403, NOT_FOUND outside the actor's reach."""
    actor.require(action)
    wait_for_import("venues_venue")
    return lock_rows(Venue.objects.visible_to(actor, action).current(), [venue_id])[0]


def open_ones(venue: Venue) -> Sequence[Checkpoint]:
    """The checkpoints that are not closed."""
    return list(venue.checkpoints.filter(closed_at__isnull=True))


def checkpoint(venue_id: UUID, checkpoint_id: UUID, *, actor: Actor) -> Checkpoint:
    """An open checkpoint of a venue in reach. Raises Refusal: 403, NOT_FOUND."""
    actor.require(RUN_VENUES)
    venues = Venue.objects.visible_to(actor, RUN_VENUES).current().filter(id=venue_id)
    return or_not_found(
        Checkpoint.objects.filter(venue__in=venues, id=checkpoint_id, closed_at__isnull=True).first()
    )


def _locked_checkpoint(venue_id: UUID, checkpoint_id: UUID, *, actor: Actor) -> Checkpoint:
    """The same, its venue locked."""
    locked(venue_id, actor=actor)
    return checkpoint(venue_id, checkpoint_id, actor=actor)

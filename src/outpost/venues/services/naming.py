"""批量建场所: a bureau or a chain names the manager of a venue, who manages nothing until they agree, as in a hand-over
(`handing_over.py`).

Nobody learns by naming whether a phone manages another venue or may not manage one: that is told to the one who is
named. How many branches a chain may enter is for an officer to say, so that nobody makes strangers' phones ring.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.access import throttle
from outpost.access.throttle import DAY
from outpost.audit import services as audit
from outpost.audit import versions
from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.scoped import locked as lock_rows
from outpost.core.sheets.parsing import RowParser, StatedCells
from outpost.core.stated import Stated, name_hash, phone_hash, seal
from outpost.exchange.merge import wait_for_import
from outpost.venues import errors
from outpost.venues.actions import EDIT_VENUES, ENTER_VENUES
from outpost.venues.columns import SUCCESSOR
from outpost.venues.models import HandOver, Venue, manager_context
from outpost.venues.queries import venues
from outpost.venues.queries.naming import entered_row
from outpost.venues.rules import HAND_OVER_WAITS, Answer
from outpost.venues.services.handing_over import ASKED, asked, tell, withdraw
from outpost.venues.services.running import KEY, MANAGER, locked, save

NAMED = "venues.manager_asked"


def invite(venue_ids: Sequence[UUID], *, cause: str, actor: Actor, at: datetime) -> int:
    """Ask whoever stands in the ledger as manager of these venues, which wait for one; those who are asked already are
    not asked again, and who declined not within a week. In the caller's transaction, which has locked the venues;
    returns how many were asked. Raises Refusal: NO_BRANCHES, TOO_MANY_OF_CHAIN."""
    waiting = Venue.objects.filter(id__in=venue_ids, confirmed_at__isnull=True).answered(at)
    found = [one for one in waiting if not _was_asked(one, at)]
    withdraw([one.id for one in found], at=at)
    managers = {one.id: venues.manager_of(one) for one in found}
    HandOver.objects.bulk_create([asked(one, managers[one.id], actor=actor, at=at) for one in found])
    for head_id in {one.head_id for one in found if one.head_id is not None}:
        _refuse_many(head_id, at)
    tell("venues.manager_asked", sorted({one.phone for one in managers.values()}), cause=cause, at=at)
    return len(found)


def _was_asked(venue: Venue, at: datetime) -> bool:
    """Whether its manager, out of `answered`, can answer still, or said no a short while ago."""
    declined_at = venue.last_asked_at if venue.answer == Answer.DECLINED else None  # type: ignore[attr-defined]
    is_waiting = venue.answer == Answer.WAITS  # type: ignore[attr-defined]  # annotated
    return is_waiting or (declined_at is not None and declined_at > at - HAND_OVER_WAITS)


def _refuse_many(head_id: UUID, at: datetime) -> None:
    """A chain asks so many people a day as it may have branches, and as many again where a phone was wrong; whatever
    was taken back since counts. Raises Refusal: NO_BRANCHES, TOO_MANY_OF_CHAIN."""
    branches = Venue.objects.filter(id=head_id).values_list("most_branches", flat=True).get()
    if not branches:
        raise Refusal(errors.NO_BRANCHES)
    since = HandOver.objects.filter(venue__head_id=head_id, asked_at__gt=at - DAY)
    people = since.values("phone_hash").distinct().count()
    if people > (most := 2 * branches):
        raise Refusal(errors.TOO_MANY_OF_CHAIN, asked=people, most=most)


@transaction.atomic
def name_manager(venue_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime) -> None:
    """Name somebody (by the columns of SUCCESSOR, as typed) for a venue that waits, in place of whoever was named.

    Raises Refusal: 403, NOT_FOUND for a venue that others entered, HAS_ITS_MANAGER, TOO_MANY_NAMED, NO_BRANCHES,
    TOO_MANY_OF_CHAIN, HAS_DECLINED; Faults.
    """
    venue = _waiting(venue_id, actor=actor)
    values = RowParser(SUCCESSOR, zone()).stated(stated).checked()
    named = Stated(values["manager_name"], values["manager_phone"])
    versions.keep_rows("venues_venue", KEY, [venue.id], at=at, cause=NAMED, actor=actor)
    venue.sealed = seal(ring(), manager_context(venue.id), named)
    venue.manager_name_hash = name_hash(ring(), named.name)
    venue.manager_phone_hash = phone_hash(ring(), named.phone)
    venue.updated_at = at
    save(venue, MANAGER)
    _ask(venue, actor=actor, at=at)


@transaction.atomic
def remind(venue_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Ask whoever has not answered once more; they have another week.

    Raises Refusal: 403, NOT_FOUND, HAS_ITS_MANAGER, TOO_MANY_NAMED, NO_BRANCHES; NOBODY_WAITS where nobody is asked or
    who is has declined.
    """
    venue = _waiting(venue_id, actor=actor)
    row = entered_row(venue_id, actor=actor, at=at)
    if row.answer not in (Answer.WAITS, Answer.SILENT):
        raise Refusal(errors.NOBODY_WAITS)
    _ask(venue, actor=actor, at=at)


def _ask(venue: Venue, *, actor: Actor, at: datetime) -> None:
    throttle.count(ASKED, str(venue.id), problem=errors.TOO_MANY_NAMED, at=at)
    withdraw([venue.id], at=at)
    if not invite([venue.id], cause=f"{venue.id}:{at.isoformat()}", actor=actor, at=at):
        raise Refusal(errors.HAS_DECLINED, column="manager_phone")
    audit.record(NAMED, actor=actor, at=at, object_id=venue.id)


@transaction.atomic
def withdraw_named(venue_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Whoever was named can answer no more; the venue waits for another. Raises Refusal: 403, NOT_FOUND,
    HAS_ITS_MANAGER."""
    venue = _waiting(venue_id, actor=actor)
    if withdraw([venue.id], at=at):
        audit.record("venues.naming_withdrawn", actor=actor, at=at, object_id=venue.id)


def _waiting(venue_id: UUID, *, actor: Actor) -> Venue:
    """A venue that the actor entered and that waits for its manager, locked."""
    actor.require(ENTER_VENUES)
    wait_for_import("venues_venue")
    (venue,) = lock_rows(Venue.objects.entered_by(actor, ENTER_VENUES).current(), [venue_id])
    if venue.confirmed_at is not None:
        raise Refusal(errors.HAS_ITS_MANAGER)
    return venue


@transaction.atomic
def let_branch(venue_id: UUID, most: int, *, actor: Actor, at: datetime) -> None:
    """Let the manager of a venue enter so many branches of it, none with 0; those that stand stay. Raises Refusal: 403,
    NOT_FOUND."""
    venue = locked(venue_id, actor=actor, action=EDIT_VENUES)
    before, venue.most_branches = venue.most_branches, most
    venue.save(update_fields=["most_branches"])
    detail = {"from": before, "to": most}
    audit.record("venues.branches_let", actor=actor, at=at, object_id=venue.id, detail=detail)

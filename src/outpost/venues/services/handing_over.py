"""更换管理员: the manager names who takes the venue over, and that phone's holder says yes after signing in.

Nobody gains by being named, and nobody learns by naming whether a phone is known here: what stands in the way is told
to the one who is named.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.access import throttle
from outpost.access.models import User
from outpost.access.queries import account_of
from outpost.access.services.principals import Holder
from outpost.access.throttle import DAY, Limit
from outpost.audit import services as audit
from outpost.audit import versions
from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.crypto import ring
from outpost.core.errors import NOT_FOUND, Refusal, or_not_found
from outpost.core.sheets.parsing import RowParser, StatedCells
from outpost.core.stated import Stated, name_hash, phone_hash, seal
from outpost.exchange.merge import wait_for_import
from outpost.notifications.recipients import INBOX_ONLY, Account, Medium, Phone
from outpost.notifications.services import send
from outpost.venues import errors
from outpost.venues.actions import OWN_VENUE
from outpost.venues.columns import SUCCESSOR
from outpost.venues.models import HandOver, Venue, manager_context
from outpost.venues.queries import venues
from outpost.venues.services.managers import put_in_charge
from outpost.venues.services.running import KEY, MANAGER, locked, save

HANDED_OVER = "venues.handed_over"
ASKED = Limit("venues.hand_over", 5, DAY)
"""A manager's, by phone: venues may be closed and made anew, accounts too."""
TOLD = Limit("venues.hand_over.told", 3, DAY)
"""Messages to one phone, whoever names it: nobody makes a stranger's phone ring. The offer waits on its page anyway."""
TOLD_WITHOUT_RIGHT = frozenset({Medium.INBOX, Medium.SMS})
"""How a former manager is told: with their right their inbox may have gone, too."""


@transaction.atomic
def name_successor(venue_id: UUID, stated: StatedCells, *, actor: Actor, at: datetime) -> HandOver:
    """Let the hand-over wait for the word of who is stated (by the columns of SUCCESSOR, as typed); it takes the place
    of one that waits.

    Raises Refusal: 403, NOT_FOUND for a venue that the actor does not manage, NAMED_ONESELF, TOO_MANY_NAMED; Faults.
    """
    venue = locked(venue_id, actor=actor, action=OWN_VENUE)
    values = RowParser(SUCCESSOR, zone()).stated(stated).checked()
    successor = Stated(values["manager_name"], values["manager_phone"])
    hashed = phone_hash(ring(), successor.phone)
    former_hash = bytes(venue.manager_phone_hash)
    if hashed == former_hash:
        raise Refusal(errors.NAMED_ONESELF, column="manager_phone")
    throttle.count(ASKED, former_hash.hex(), problem=errors.TOO_MANY_NAMED, at=at)
    withdraw([venue.id], at=at)
    return ask(venue, successor, actor=actor, at=at)


def ask(venue: Venue, successor: Stated, *, actor: Actor, at: datetime) -> HandOver:
    """Let a venue, whose manager has named somebody, wait for their word. In the caller's transaction."""
    named = asked(venue, successor, actor=actor, at=at)
    named.save(force_insert=True)
    tell("venues.hand_over_asked", [successor.phone], cause=str(named.id), at=at)
    audit.record("venues.hand_over_asked", actor=actor, at=at, object_id=venue.id)
    return named


def asked(venue: Venue, successor: Stated, *, actor: Actor, at: datetime) -> HandOver:
    """What waits for the word of somebody, beside whoever stands in the ledger now; to be saved."""
    named = HandOver(
        venue=venue,
        phone_hash=phone_hash(ring(), successor.phone),
        former_phone_hash=bytes(venue.manager_phone_hash),
        asked_by=actor.id,
        asked_at=at,
    )
    named.sealed = seal(ring(), named.sealing_context, successor)
    return named


def tell(template: str, phones: Iterable[str], *, cause: str, at: datetime) -> None:
    """Let these phones know that they are named, each as often as a phone is told."""
    told = [Phone(one) for one in phones if throttle.take(TOLD, phone_hash(ring(), one).hex(), at=at)]
    if told:
        send(template, recipients=told, dedupe=f"{template}:{cause}", at=at, url=reverse("venues:offers"))


@transaction.atomic
def withdraw_hand_over(venue_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Let nobody take the venue over any more. Raises Refusal: 403, NOT_FOUND."""
    venue = locked(venue_id, actor=actor, action=OWN_VENUE)
    if withdraw([venue.id], at=at):
        audit.record("venues.hand_over_withdrawn", actor=actor, at=at, object_id=venue.id)


def withdraw(venue_ids: Collection[UUID], *, at: datetime) -> int:
    """Let nobody who is named for these venues answer any more; returns how many were."""
    waiting = HandOver.objects.filter(venue__in=venue_ids, state=HandOver.WAITING)
    return waiting.update(state=HandOver.WITHDRAWN, decided_at=at)


@transaction.atomic
def take_over(hand_over_id: UUID, user: User, *, actor: Actor, at: datetime) -> Venue:
    """The one who was named becomes the manager; the former one's right ends. `user` is the account of who says so. An
    undo of the file that brought the venue in takes it away no more.

    Raises Refusal: NOT_FOUND where this account was not named, it waits no more, or another manager was put in charge
    meanwhile; MANAGES_ANOTHER, DUTIES_OF_PHONE.
    """
    named = _waiting(hand_over_id, user, at=at)
    venue, successor = named.venue, venues.named(named)
    former = venues.manager_of(venue)
    if successor.phone == former.phone:
        successor = former  # the ledger may have corrected the name since
    versions.keep_rows("venues_venue", KEY, [venue.id], at=at, cause=HANDED_OVER, actor=actor)
    venue.sealed = seal(ring(), manager_context(venue.id), successor)
    venue.manager_name_hash = name_hash(ring(), successor.name)
    venue.manager_phone_hash = bytes(named.phone_hash)
    venue.confirmed_at, venue.updated_at, venue.import_id = at, at, None
    save(venue, MANAGER)
    venue.checkpoints.update(import_id=None)
    _decide(named, HandOver.AGREED, at=at)
    put_in_charge([Holder(venue.id, successor.phone, former.phone)], actor=actor, at=at, cause=str(named.id))
    audit.record(HANDED_OVER, actor=actor, at=at, object_id=venue.id)
    return venue


@transaction.atomic
def decline(hand_over_id: UUID, user: User, *, actor: Actor, at: datetime) -> None:
    """Leave the venue with its manager. Raises Refusal NOT_FOUND like `take_over`."""
    named = _waiting(hand_over_id, user, at=at)
    _decide(named, HandOver.DECLINED, at=at)
    audit.record("venues.hand_over_declined", actor=actor, at=at, object_id=named.venue_id)


def _waiting(hand_over_id: UUID, user: User, *, at: datetime) -> HandOver:
    """What waits for this account's word, its venue locked."""
    wait_for_import("venues_venue")
    found = or_not_found(venues.offers_to(user, at=at).filter(id=hand_over_id).first())
    venue = Venue.objects.select_for_update(no_key=True).get(id=found.venue_id)
    named = venues.offers_to(user, at=at).select_for_update(of=("self",)).filter(id=hand_over_id).first()
    if named is None or bytes(named.former_phone_hash) != bytes(venue.manager_phone_hash):
        raise Refusal(NOT_FOUND)
    named.venue = venue
    return named


def _decide(named: HandOver, state: str, *, at: datetime) -> None:
    """Note it, and tell who asked; of a first manager's yes their list tells enough."""
    named.state, named.decided_at = state, at
    named.save(update_fields=["state", "decided_at"])
    is_first = bytes(named.phone_hash) == bytes(named.former_phone_hash)
    asked_by = account_of(named.asked_by)
    if (is_first and state == HandOver.AGREED) or asked_by is None:
        return
    template = "venues.naming_declined" if is_first else f"venues.hand_over_{state}"
    url = reverse("venues:named", args=[named.venue_id]) if is_first else ""
    media = TOLD_WITHOUT_RIGHT if state == HandOver.AGREED else INBOX_ONLY
    send(template, recipients=[Account(asked_by, media)], dedupe=f"{template}:{named.id}", at=at, url=url)

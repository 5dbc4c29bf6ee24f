"""Who works at a venue: the manager gives out a join code 申报码, whoever opens it joins, and is unbound at once.

Nobody is named here by anybody else: a phone becomes a member by its own holder's sign-in, so no message goes out and
nobody learns whose phone is known.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from outpost.access.contacts import contacts_of
from outpost.access.models import User
from outpost.access.services.principals import Holder, assign
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal, or_not_found
from outpost.core.stated import Stated, phone_hash, seal
from outpost.exchange.merge import wait_for_import
from outpost.people.rules import normalise_name
from outpost.venues import errors
from outpost.venues.actions import OWN_VENUE, RUN_VENUES
from outpost.venues.models import JoinCode, Member, Venue
from outpost.venues.queries import members, venues
from outpost.venues.services.managers import INSPECTORS
from outpost.venues.services.running import locked


@transaction.atomic
def renew_join_code(venue_id: UUID, *, days: int, most: int, actor: Actor, at: datetime) -> JoinCode:
    """A join code that is good for so many days and lets a venue have so many members; the former one ends at once.

    Raises Refusal: 403, NOT_FOUND.
    """
    venue = locked(venue_id, actor=actor)
    end_join_code(venue, at=at)
    code = JoinCode(venue=venue, issued_at=at, expires_at=at + timedelta(days=days), most=most)
    code.save(force_insert=True)
    audit.record("venues.join_code_renewed", actor=actor, at=at, object_id=venue.id)
    return code


def end_join_code(venue: Venue, *, at: datetime) -> None:
    """Let nobody join by the present code, in the caller's transaction."""
    JoinCode.objects.filter(venue=venue, revoked_at__isnull=True).update(revoked_at=at)


@transaction.atomic
def join(text: str, name: str, user: User, *, actor: Actor, at: datetime) -> Venue:
    """The holder of this account works at the venue of a join code from now on; joining twice is once.

    Raises Refusal: JOIN_CODE_UNKNOWN, JOIN_CODE_ENDED, JOIN_CODE_FULL, JOIN_CODE_LEFT, DUTIES_OF_PHONE; what is wrong
    with the name.
    """
    name = normalise_name(name)
    venue = _locked_venue(members.opened(text, at=at).venue_id)
    code = members.opened(text, at=at)  # renewed meanwhile?
    if members.memberships(user).filter(venue=venue).exists():
        return venue
    if members.left_since(venue, user, code.issued_at):
        raise Refusal(errors.JOIN_CODE_LEFT)
    if members.members_of(venue).count() >= code.most:
        raise Refusal(errors.JOIN_CODE_FULL)
    _add(venue, Stated(name, contacts_of(user).phone), actor=actor, at=at)
    return venue


@transaction.atomic
def join_as_manager(venue_id: UUID, *, actor: Actor, at: datetime) -> None:
    """The manager works at the venue, too. Raises Refusal: 403, NOT_FOUND for a venue that others manage."""
    venue = locked(venue_id, actor=actor, action=OWN_VENUE)
    manager = venues.manager_of(venue)
    if not members.members_of(venue).filter(phone_hash=phone_hash(ring(), manager.phone)).exists():
        _add(venue, manager, actor=actor, at=at)


@transaction.atomic
def unbind(venue_id: UUID, member_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Somebody works at the venue no longer: their right and their sessions end at once. Raises Refusal: 403,
    NOT_FOUND."""
    venue = locked(venue_id, actor=actor, action=RUN_VENUES)
    member = or_not_found(members.members_of(venue).filter(id=member_id).first())
    _end([member], actor=actor, at=at)
    audit.record("venues.member_unbound", actor=actor, at=at, object_id=venue.id)


@transaction.atomic
def leave(member_id: UUID, user: User, *, actor: Actor, at: datetime) -> None:
    """I work at that venue no longer; leaving twice is once. Raises Refusal NOT_FOUND for what is not theirs."""
    own = Member.objects.filter(id=member_id, phone_hash=bytes(user.phone_hash or b""))
    found = or_not_found(own.first())
    _locked_venue(found.venue_id)
    if own.filter(removed_at__isnull=True).exists():
        _end([found], actor=actor, at=at)
        audit.record("venues.member_left", actor=actor, at=at, object_id=found.venue_id)


def _locked_venue(venue_id: UUID) -> Venue:
    """The venue, past the rights of who joins or leaves: locked like for its manager."""
    wait_for_import("venues_venue")
    return Venue.objects.select_for_update(no_key=True).get(id=venue_id)


def _add(venue: Venue, who: Stated, *, actor: Actor, at: datetime) -> None:
    member = Member(venue=venue, phone_hash=phone_hash(ring(), who.phone), joined_at=at)
    member.sealed = seal(ring(), member.sealing_context, who)
    member.save(force_insert=True)
    assign(INSPECTORS, [Holder(venue.id, who.phone)], actor=actor, at=at)
    audit.record("venues.member_joined", actor=actor, at=at, object_id=venue.id)


def _end(leaving: Sequence[Member], *, actor: Actor, at: datetime) -> None:
    """Note it, and take the right back with all sessions of the account."""
    Member.objects.filter(id__in=[one.id for one in leaving]).update(removed_at=at)
    holders = [Holder(one.venue_id, "", members.stated(one).phone) for one in leaving]
    assign(INSPECTORS, holders, actor=actor, at=at)

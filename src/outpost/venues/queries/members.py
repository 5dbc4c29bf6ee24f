"""Reads of who works at a venue: its members 检测员, its join code 申报码, the venues at which somebody works."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from outpost.access.models import User
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.stated import Stated, unseal
from outpost.venues import errors
from outpost.venues.codes import JOIN, code_id, code_text, short_end, short_text
from outpost.venues.models import JoinCode, Member, Venue


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as a list shows them, masked."""

    member: Member
    who: Stated


@dataclass(frozen=True, slots=True)
class ShownJoinCode:
    """A join code as the manager shares it: `text` stands in its address, `short` is typed."""

    code: JoinCode
    text: str
    short: str
    is_expired: bool


def members_of(venue: Venue) -> QuerySet[Member]:
    """Who works at a venue in reach, first come first."""
    return Member.objects.filter(venue=venue, removed_at__isnull=True).order_by("joined_at", "id")


def member_rows(venue: Venue) -> list[MemberRow]:
    """The same, masked."""
    return [MemberRow(one, stated(one).masked()) for one in members_of(venue)]


def stated(member: Member) -> Stated:
    """Name and phone in clear. The caller masks them."""
    return unseal(ring(), member.sealing_context, member.sealed)


def names(member_ids: Collection[UUID]) -> dict[UUID, str]:
    """How they are called, masked, those who left among them."""
    return {one.id: stated(one).masked().name for one in Member.objects.filter(id__in=member_ids)}


def memberships(user: User) -> QuerySet[Member]:
    """Where the holder of this account works."""
    mine = Member.objects.filter(phone_hash=bytes(user.phone_hash or b""), removed_at__isnull=True)
    living = mine.filter(venue__removed_at__isnull=True)
    return living.select_related("venue__region", "venue__kind").order_by("joined_at", "id")


def left_since(venue: Venue, user: User, since: datetime) -> bool:
    """Whether the holder of this account worked at a venue and was unbound, or left, since then."""
    mine = Member.objects.filter(venue=venue, phone_hash=bytes(user.phone_hash or b""))
    return mine.filter(removed_at__gte=since).exists()


def join_code_of(venue: Venue, *, at: datetime) -> ShownJoinCode | None:
    """The join code of a venue in reach; None before one was made."""
    code = JoinCode.objects.filter(venue=venue, revoked_at__isnull=True).first()
    if code is None:
        return None
    keys = ring()
    texts = code_text(keys, code.id, JOIN), short_text(keys, code.id, JOIN)
    return ShownJoinCode(code, *texts, is_expired=code.expires_at <= at)


def opened(text: str, *, at: datetime) -> JoinCode:
    """The code of a text, with its venue. Raises Refusal JOIN_CODE_UNKNOWN, JOIN_CODE_ENDED; a foreign text costs no
    look-up."""
    id_ = code_id(ring(), text, JOIN)
    code = JoinCode.objects.select_related("venue__region").filter(id=id_).first() if id_ else None
    if code is None:
        raise Refusal(errors.JOIN_CODE_UNKNOWN)
    if code.revoked_at is not None or code.expires_at <= at or code.venue.removed_at is not None:
        raise Refusal(errors.JOIN_CODE_ENDED)
    return code


def typed(text: str) -> str:
    """The text of the code whose short one was typed. Raises Refusal JOIN_CODE_UNKNOWN."""
    end = short_end(ring(), text, JOIN)
    found: list[UUID] = []
    if end:
        found = list(JoinCode.objects.filter(id__endswith=end).values_list("id", flat=True)[:2])
    if len(found) != 1:
        raise Refusal(errors.JOIN_CODE_UNKNOWN)
    return code_text(ring(), found[0], JOIN)

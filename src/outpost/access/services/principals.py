"""The enterprise side's sign-in: an organisation's principal phone carries the right over it.

These are called by whoever keeps organisations, which has checked the actor's right to do so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from outpost.access import errors
from outpost.access.models import Grant, User
from outpost.access.queries import held_alone, phones_standing_alone
from outpost.access.services.accounts import (
    end_sessions,
    forget_passkeys_without_right,
    new_phone_account,
)
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.rights import Role
from outpost.regions.rules import ORGANIZATION

PRINCIPAL_CHANGED = "access.principal_changed"

Held = tuple[UUID, str]
"""An account and the key of the organisation over which it holds the right."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who answers for an organisation from now on: `phone` (normal form; empty: nobody), and who did before."""

    organization_id: UUID
    phone: str
    former_phone: str = ""


def ensure_principal(phone: str, organization_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Give the account of this phone, made when it is new, the right over the organisation."""
    assign_principals([Principal(organization_id, phone)], actor=actor, at=at)


def move_principal(
    old_phone: str, new_phone: str, organization_id: UUID, *, actor: Actor, at: datetime
) -> None:
    """Move the right over the organisation to the account of another phone."""
    assign_principals([Principal(organization_id, new_phone, old_phone)], actor=actor, at=at)


def release_principal(phone: str, organization_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take the right back when the organisation is removed."""
    assign_principals([Principal(organization_id, "", phone)], actor=actor, at=at)


@transaction.atomic
def assign_principals(principals: Sequence[Principal], *, actor: Actor, at: datetime) -> int:
    """Bring the rights of many organisations in line, in a fixed number of queries.

    Sessions of every account whose rights change end; with its last right its passkeys go. Returns how many rights were
    given or taken back; repeating it changes nothing. An organisation that goes from one account to another has an
    audit row of its own.
    Raises DUTIES_OF_PHONE where a phone belongs to an account that may not be a principal as well (三员分立).
    """
    refuse_clashing(p.phone for p in principals)
    accounts = _ensure_accounts({p.phone for p in principals if p.phone}, at=at)
    granted = _grant(
        ((accounts[p.phone], p.organization_id) for p in principals if p.phone), actor=actor, at=at
    )
    revoked = _revoke([p for p in principals if p.former_phone and p.former_phone != p.phone], at=at)
    if not granted and not revoked:
        return 0
    end_sessions(*(user for user, _key in (*granted, *revoked)))
    if revoked:
        forget_passkeys_without_right(*(user for user, _key in revoked), actor=actor, at=at)
    holders = {str(p.organization_id): accounts[p.phone] for p in principals if p.phone}
    for former, key in revoked:
        if key in holders:
            pair = {"from": str(former), "to": str(holders[key])}
            record(PRINCIPAL_CHANGED, actor=actor, at=at, object_id=key, detail=pair)
    detail = {"granted": len(granted), "revoked": len(revoked)}
    only = str(principals[0].organization_id) if len(principals) == 1 else ""
    count = len(granted) + len(revoked)
    record("access.principals_assigned", actor=actor, at=at, object_id=only, count=count, detail=detail)
    return count


def refuse_clashing(phones: Iterable[str]) -> None:
    """Raise DUTIES_OF_PHONE where one of these phones (normal form; empty: nobody's) holds a role that stands alone."""
    hashes = {ring().search_hash("phone", phone) for phone in set(phones) if phone}
    if hashes & phones_standing_alone():
        raise Refusal(errors.DUTIES_OF_PHONE)


@transaction.atomic
def give_back_principals(
    organization_ids: Iterable[UUID], *, ended_at: datetime, actor: Actor, at: datetime
) -> int:
    """Give back the rights over these organisations that ended at that instant, to whom they were taken from and to
    nobody else; returns how many. A right that is held again already stays as it is, and an account that has meanwhile
    got a role that stands alone gets nothing."""
    keys = [str(one) for one in organization_ids]
    ended = Grant.objects.filter(
        role=Role.PRINCIPAL, scope_kind=ORGANIZATION, scope_key__in=keys, revoked_at=ended_at
    ).exclude(user_id__in=held_alone().values("user_id"))
    pairs = [(user_id, UUID(key)) for user_id, key in ended.values_list("user_id", "scope_key")]
    granted = _grant(pairs, actor=actor, at=at)
    if granted:
        end_sessions(*(user for user, _key in granted))
        detail = {"granted": len(granted), "revoked": 0}
        record("access.principals_assigned", actor=actor, at=at, count=len(granted), detail=detail)
    return len(granted)


def _ensure_accounts(phones: Iterable[str], *, at: datetime) -> dict[str, UUID]:
    """Phone → account, with new accounts for new phones; safe against the same phone coming in twice at once."""
    by_hash = {ring().search_hash("phone", phone): phone for phone in sorted(phones)}
    known = {bytes(h) for h in _holders(by_hash).values_list("phone_hash", flat=True) if h is not None}
    new = [new_phone_account(phone, at=at) for hashed, phone in by_hash.items() if hashed not in known]
    User.objects.bulk_create(new, ignore_conflicts=True)
    rows = _holders(by_hash).values_list("phone_hash", "id")
    return {by_hash[bytes(hashed)]: id_ for hashed, id_ in rows if hashed is not None}


def _holders(hashes: Iterable[bytes]) -> QuerySet[User]:
    return User.objects.filter(phone_hash__in=list(hashes))


def _grant(wanted: Iterable[tuple[UUID, UUID]], *, actor: Actor, at: datetime) -> list[Held]:
    """Give what is missing of the wanted (account, organisation); returns it."""
    pairs = {(user_id, str(organization_id)) for user_id, organization_id in wanted}
    held = set(_current(organizations=[key for _user, key in pairs]).values_list("user_id", "scope_key"))
    missing = sorted(pairs - held)
    Grant.objects.bulk_create(
        [
            Grant(
                user_id=user_id,
                role=Role.PRINCIPAL,
                scope_kind=ORGANIZATION,
                scope_key=key,
                granted_by=actor.id,
                granted_at=at,
            )
            for user_id, key in missing
        ],
        ignore_conflicts=True,
    )
    return missing


def _revoke(former: Sequence[Principal], *, at: datetime) -> list[Held]:
    """Take back what former principals hold; returns it."""
    wanted = {(ring().search_hash("phone", p.former_phone), str(p.organization_id)) for p in former}
    rows = _current(organizations=[key for _hash, key in wanted]).values_list(
        "id", "user_id", "user__phone_hash", "scope_key"
    )
    ending = {id_: (user, key) for id_, user, hashed, key in rows if (bytes(hashed or b""), key) in wanted}
    Grant.objects.filter(id__in=list(ending)).update(revoked_at=at)
    return list(ending.values())


def _current(*, organizations: list[str]) -> QuerySet[Grant]:
    return Grant.objects.filter(
        role=Role.PRINCIPAL,
        scope_kind=ORGANIZATION,
        scope_key__in=organizations,
        revoked_at__isnull=True,
    )

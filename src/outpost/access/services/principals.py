"""A right that a phone carries: the principal's over an organisation, the manager's over a venue.

These are called by whoever keeps the ledger that names the phone, which has checked the actor's right to do so.
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
from outpost.access.services.accounts import end_sessions, forget_passkeys_without_right, new_phone_account
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import Refusal
from outpost.core.rights import Role, ScopeKind
from outpost.regions.rules import ORGANIZATION

Held = tuple[UUID, str]
"""An account and the key of the thing over which it holds the right."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What such a phone is in charge of: a role over single things of a kind; what the audit calls its changes."""

    role: Role
    kind: ScopeKind
    assigned: str
    changed: str


PRINCIPAL_CHANGED = "access.principal_changed"
PRINCIPALS = Charge(Role.PRINCIPAL, ORGANIZATION, "access.principals_assigned", PRINCIPAL_CHANGED)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is in charge of a thing from now on: `phone` (normal form; empty: nobody), and who was before."""

    over: UUID
    phone: str
    former_phone: str = ""


def assign_principals(principals: Sequence[Holder], *, actor: Actor, at: datetime) -> int:
    """Bring the rights of many organisations' principals in line (see `assign`)."""
    return assign(PRINCIPALS, principals, actor=actor, at=at)


@transaction.atomic
def assign(charge: Charge, holders: Sequence[Holder], *, actor: Actor, at: datetime) -> int:
    """Bring the rights over many things in line with who is in charge of them, in a fixed number of queries.

    Sessions of every account whose rights change end; with its last right its passkeys go. Returns how many rights were
    given or taken back; repeating it changes nothing. A thing that goes from one account to another has an audit row of
    its own.
    Raises DUTIES_OF_PHONE where a phone belongs to an account that may not be in charge as well (三员分立).
    """
    refuse_clashing(one.phone for one in holders)
    accounts = _ensure_accounts({one.phone for one in holders if one.phone}, at=at)
    wanted = ((accounts[one.phone], one.over) for one in holders if one.phone)
    granted = _grant(charge, wanted, actor=actor, at=at)
    revoked = _revoke(charge, [p for p in holders if p.former_phone and p.former_phone != p.phone], at=at)
    if not granted and not revoked:
        return 0
    end_sessions(*(user for user, _key in (*granted, *revoked)))
    if revoked:
        forget_passkeys_without_right(*(user for user, _key in revoked), actor=actor, at=at)
    present = {str(one.over): accounts[one.phone] for one in holders if one.phone}
    for former, key in revoked:
        if key in present:
            pair = {"from": str(former), "to": str(present[key])}
            record(charge.changed, actor=actor, at=at, object_id=key, detail=pair)
    detail = {"granted": len(granted), "revoked": len(revoked)}
    only = str(holders[0].over) if len(holders) == 1 else ""
    count = len(granted) + len(revoked)
    record(charge.assigned, actor=actor, at=at, object_id=only, count=count, detail=detail)
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
    granted = _grant(PRINCIPALS, pairs, actor=actor, at=at)
    if granted:
        end_sessions(*(user for user, _key in granted))
        detail = {"granted": len(granted), "revoked": 0}
        record(PRINCIPALS.assigned, actor=actor, at=at, count=len(granted), detail=detail)
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


def _grant(charge: Charge, wanted: Iterable[tuple[UUID, UUID]], *, actor: Actor, at: datetime) -> list[Held]:
    """Give what is missing of the wanted (account, thing); returns it."""
    pairs = {(user_id, str(over)) for user_id, over in wanted}
    held = set(_current(charge, [key for _user, key in pairs]).values_list("user_id", "scope_key"))
    missing = sorted(pairs - held)
    Grant.objects.bulk_create(
        [
            Grant(
                user_id=user_id,
                role=charge.role,
                scope_kind=charge.kind,
                scope_key=key,
                granted_by=actor.id,
                granted_at=at,
            )
            for user_id, key in missing
        ],
        ignore_conflicts=True,
    )
    return missing


def _revoke(charge: Charge, former: Sequence[Holder], *, at: datetime) -> list[Held]:
    """Take back what former holders hold; returns it."""
    wanted = {(ring().search_hash("phone", p.former_phone), str(p.over)) for p in former}
    rows = _current(charge, [key for _hash, key in wanted]).values_list(
        "id", "user_id", "user__phone_hash", "scope_key"
    )
    ending = {id_: (user, key) for id_, user, hashed, key in rows if (bytes(hashed or b""), key) in wanted}
    Grant.objects.filter(id__in=list(ending)).update(revoked_at=at)
    return list(ending.values())


def _current(charge: Charge, keys: list[str]) -> QuerySet[Grant]:
    return Grant.objects.filter(
        role=charge.role, scope_kind=charge.kind, scope_key__in=keys, revoked_at__isnull=True
    )

"""Reads of accounts and rights: the one place where an `Actor` is built."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from outpost.access import rules
from outpost.access.models import ApiToken, Grant, Session, User
from outpost.access.rules import Granted
from outpost.core.actions import OWN_AFFAIRS
from outpost.core.actor import Actor, Reach
from outpost.core.rights import Role, ScopeKind
from outpost.regions.rules import ORGANIZATION


def actor_now(actor_id: str) -> Actor:
    """Who acted under this id (`Actor.id`), with today's rights: of an account those it has now, none once it is
    disabled; the system's all."""
    kind, _colon, key = actor_id.partition(":")
    if kind == "system":
        return Actor.system(key)
    user = User.objects.filter(id=key, is_active=True).first() if kind == "user" else None
    return actor_of(user, is_verified=True) if user is not None else Actor(id=actor_id, label=actor_id)


def actor_of(
    user: User, *, is_verified: bool, address: str = "", held: Iterable[Granted] | None = None
) -> Actor:
    """The actor behind a signed-in user, with today's grants; `held`: these, where they were read already.

    A role that needs a second factor counts only once the session has passed it. Who signs in by phone sees to their
    own affairs besides, with a right or without.
    """
    grants = _held_by([user])[user.id] if held is None else list(held)
    reaches = rules.reaches_of(g for g in grants if is_verified or not needs_second_factor(g.role))
    if user.phone_hash is not None:
        reaches[OWN_AFFAIRS] = Reach.over("self", str(user.id))
    return Actor(
        id=f"user:{user.id}",
        label=user.display_name or user.username,
        reaches=reaches,
        address=address,
        roles=frozenset(grant.role for grant in grants),
    )


def account_of(actor_id: str) -> UUID | None:
    """The account that acted by this id of an actor; None for a machine, the house itself, or nobody."""
    kind, _colon, key = actor_id.partition(":")
    return UUID(key) if kind == "user" else None


def actors_recorded(ids: Collection[UUID]) -> dict[UUID, Actor]:
    """Whose accounts these are, disabled ones too, by the name that pages and the audit show: without rights, for an
    act that was judged when it was done."""
    found = User.objects.filter(id__in=ids).only("id", "display_name", "username")
    return {one.id: Actor(id=f"user:{one.id}", label=one.display_name or one.username) for one in found}


def _held_by(users: Collection[User]) -> dict[UUID, list[Granted]]:
    """The standing grants of each of these accounts, read at once."""
    held: dict[UUID, list[Granted]] = {user.id: [] for user in users}
    standing = Grant.objects.filter(user__in=users, revoked_at__isnull=True)
    for user_id, *granted in standing.values_list("user_id", "role", "scope_kind", "scope_key"):
        held[user_id].append(Granted(*granted))
    return held


def users_who_may(action: str) -> QuerySet[User]:
    """The active accounts that hold a role with this right, over whatever."""
    held = Q(grants__revoked_at__isnull=True, grants__role__in=rules.PERMISSIONS[action])
    return User.objects.filter(held, is_active=True).distinct().order_by("id")


def held_alone() -> QuerySet[Grant]:
    """The rights that their accounts may hold no other right beside (三员分立)."""
    return Grant.objects.filter(role__in=rules.ADMINISTRATION, revoked_at__isnull=True)


def phones_standing_alone() -> frozenset[bytes]:
    """The hashes of the phones whose accounts hold such a right; a handful."""
    found = held_alone().filter(user__phone_hash__isnull=False)
    return frozenset(bytes(hashed) for hashed in found.values_list("user__phone_hash", flat=True) if hashed)


def needs_second_factor(role: str) -> bool:
    """Whether a role counts only after the second factor (an administrator can switch that off)."""
    return settings.OUTPOST_SECOND_FACTOR == "required" and role in rules.SECOND_FACTOR_ROLES


def asks_second_factor(user: User) -> bool:
    """Whether signing in stops for the authenticator: a role needs it, or the owner has one."""
    if settings.OUTPOST_SECOND_FACTOR != "required":
        return False
    roles = Grant.objects.filter(user=user, revoked_at__isnull=True).values_list("role", flat=True)
    return user.sealed_totp is not None or any(map(needs_second_factor, roles))


def secret_hash(secret: str) -> str:
    """How a machine's secret is stored: SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_actor(secret: str, *, address: str, at: datetime) -> Actor | None:
    """The actor behind a bearer token, or None when it is unknown, expired or revoked."""
    token = (
        ApiToken.objects.filter(secret_hash=secret_hash(secret), revoked_at__isnull=True)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at))
        .first()
    )
    if token is None:
        return None
    granted = Granted(token.role, token.scope_kind, token.scope_key)
    return Actor(
        id=f"token:{token.id}",
        label=token.label,
        reaches=rules.reaches_of([granted]),
        address=address,
        roles=frozenset({token.role}),
    )


def is_known_caller(request: HttpRequest, *, at: datetime) -> bool:
    """Whether a request brings a session of somebody who has signed in, or a token that counts. Reads no body."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token_actor(secret.strip(), address="", at=at) is not None
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    signed_in = Session.objects.filter(session_key=key, user_id__isnull=False, expire_date__gt=at)
    return bool(key) and signed_in.exists()


def accounts_over(role: Role, kind: ScopeKind, keys: Iterable[str]) -> dict[str, list[UUID]]:
    """By scope, the active accounts with a role over just that scope; scopes without any are left out."""
    held = Grant.objects.filter(
        role=role, scope_kind=kind, scope_key__in=list(keys), revoked_at__isnull=True, user__is_active=True
    ).order_by("granted_at")
    found: dict[str, list[UUID]] = {}
    for key, user_id in held.values_list("scope_key", "user_id"):
        found.setdefault(key, []).append(user_id)
    return found


def held_over(action: str, kind: ScopeKind, key: str) -> list[tuple[User, datetime | None]]:
    """Who holds, or held, a role with this right over just one scope, the earliest first, and when that ended; of an
    account that is disabled it counts as ended all along."""
    roles = rules.PERMISSIONS[action]
    grants = Grant.objects.filter(role__in=roles, scope_kind=kind, scope_key=key).select_related("user")
    found: dict[UUID, tuple[User, datetime | None]] = {}
    for one in grants.order_by(F("revoked_at").asc(nulls_last=True), "granted_at"):
        found[one.user_id] = one.user, one.revoked_at if one.user.is_active else one.granted_at
    return list(found.values())


def signed_in_principals(organizations: Iterable[UUID] | None = None) -> dict[str, list[UUID]]:
    """By organisation (its id as text), the accounts that answer for it and have signed in ever; None: of all."""
    held = Grant.objects.filter(
        role=Role.PRINCIPAL, scope_kind=ORGANIZATION, revoked_at__isnull=True, user__last_login__isnull=False
    )
    if organizations is not None:
        held = held.filter(scope_key__in=[str(one) for one in organizations])
    found: dict[str, list[UUID]] = {}
    for key, user_id in held.values_list("scope_key", "user_id"):
        found.setdefault(key, []).append(user_id)
    return found


def holders(roles: Iterable[Role]) -> list[tuple[UUID, Actor]]:
    """Every active account with one of these roles, as the actor that it is today."""
    users = User.objects.filter(
        is_active=True, grants__role__in=list(roles), grants__revoked_at__isnull=True
    ).distinct()
    return _as_actors(users)


def actors_who_may(action: str) -> list[tuple[UUID, Actor]]:
    """The same of `users_who_may`."""
    return _as_actors(users_who_may(action))


def _as_actors(users: QuerySet[User]) -> list[tuple[UUID, Actor]]:
    """Accounts with the actors that they are today."""
    found = list(users)
    held = _held_by(found)
    return [(user.id, actor_of(user, is_verified=True, held=held[user.id])) for user in found]

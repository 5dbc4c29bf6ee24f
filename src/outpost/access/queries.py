"""Reads of accounts and rights: the one place where an `Actor` is built."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest

from outpost.access import rules
from outpost.access.actions import MANAGE_ACCESS
from outpost.access.models import ApiToken, Grant, GrantRequest, Passkey, Session, User
from outpost.access.rules import Granted
from outpost.access.scopes import Scope, names_of
from outpost.core.actions import OWN_AFFAIRS
from outpost.core.actor import Actor, Reach
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.core.errors import or_not_found
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


def actor_of(user: User, *, is_verified: bool, address: str = "") -> Actor:
    """The actor behind a signed-in user, with today's grants.

    A role that needs a second factor counts only once the session has passed it. Who signs in by phone sees to their
    own affairs besides, with a right or without.
    """
    held = "SELECT role, scope_kind, scope_key FROM access_grant WHERE user_id = %s AND revoked_at IS NULL"
    grants = [
        Granted(*row) for row in rows_of(held, [user.id])
    ]  # with every request: see `SessionStore.load`
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


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A right as it is shown."""

    id: UUID
    role: str
    over: str
    granted_at: datetime

    @property
    def role_name(self) -> str:
        return Role(self.role).label


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as it is shown. `name` is the user name, or the masked phone of a phone account."""

    id: UUID
    name: str
    display_name: str
    is_phone: bool
    is_active: bool
    has_second_factor: bool
    last_login: datetime | None
    created_at: datetime
    grants: tuple[GrantRow, ...]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One browser that is signed in. `seen_at` is exact to a minute."""

    signed_in_at: datetime
    seen_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as it is shown; its secret is nowhere. `state` is active, expired or revoked."""

    id: UUID
    label: str
    role_name: str
    over: str
    created_at: datetime
    expires_at: datetime | None
    state: str


def accounts(
    *, actor: Actor, name: str = "", phone: str = "", role: str = "", state: str = ""
) -> QuerySet[User]:
    """The accounts that an administrator of rights may manage: all, or none. `phone` is in normal form."""
    found = User.objects.all() if actor.may(MANAGE_ACCESS) else User.objects.none()
    if name:
        found = found.filter(Q(username__icontains=name) | Q(display_name__icontains=name))
    if phone:
        found = found.filter(phone_hash=ring().search_hash("phone", phone))
    if role:
        held = Grant.objects.filter(user=OuterRef("pk"), role=role, revoked_at__isnull=True)
        found = found.filter(Exists(held))
    if state:
        found = found.filter(is_active=state == "active")
    return found


def present_accounts(users: Iterable[User]) -> list[AccountRow]:
    """Rows with their rights by name, in a fixed number of queries."""
    listed = list(users)
    by_user: dict[UUID, list[Grant]] = {user.id: [] for user in listed}
    for grant in Grant.objects.filter(user__in=listed, revoked_at__isnull=True).order_by("granted_at"):
        by_user[grant.user_id].append(grant)
    names = names_of(_scope(grant) for grants in by_user.values() for grant in grants)
    return [_account_row(user, by_user[user.id], names) for user in listed]


def account(user_id: UUID, *, actor: Actor) -> AccountRow:
    """One account. Raises NOT_FOUND."""
    user = or_not_found(accounts(actor=actor).filter(id=user_id).first())
    return present_accounts([user])[0]


def to_contact(user_id: UUID, *, actor: Actor) -> User:
    """The account whose addresses somebody manages. Raises NOT_FOUND."""
    return or_not_found(accounts(actor=actor).filter(id=user_id).first())


def officer(username: str, *, actor: Actor) -> User:
    """The account with this user name. Raises NOT_FOUND."""
    return or_not_found(accounts(actor=actor).filter(username=username.strip().lower()).first())


def _scope(row: Grant | ApiToken | GrantRequest) -> Scope:
    return Scope(row.scope_kind, row.scope_key)


def _account_row(user: User, grants: list[Grant], names: dict[Scope, str]) -> AccountRow:
    return AccountRow(
        id=user.id,
        name=user.display_name if user.phone_hash is not None else user.username,
        display_name="" if user.phone_hash is not None else user.display_name,
        is_phone=user.phone_hash is not None,
        is_active=user.is_active,
        has_second_factor=user.sealed_totp is not None,
        last_login=user.last_login,
        created_at=user.created_at,
        grants=tuple(GrantRow(g.id, g.role, names[_scope(g)], g.granted_at) for g in grants),
    )


@dataclass(frozen=True, slots=True)
class GrantRequestRow:
    """A far-reaching right that waits: for whom, who asked."""

    id: UUID
    account_id: UUID
    account: str
    role_name: str
    over: str
    asked_by: str
    asked_at: datetime


def grant_requests(*, actor: Actor, after: datetime) -> list[GrantRequestRow]:
    """What was asked after an instant and waits for the actor's word, the oldest first."""
    if not actor.may(MANAGE_ACCESS):
        return []
    waiting = GrantRequest.objects.filter(decided_at__isnull=True, asked_at__gt=after).exclude(
        asked_by=actor.id
    )
    rows = list(waiting.select_related("user").order_by("asked_at"))
    names = names_of(_scope(row) for row in rows)
    return [
        GrantRequestRow(
            id=row.id,
            account_id=row.user_id,
            account=row.user.display_name or row.user.username,
            role_name=Role(row.role).label,
            over=names[_scope(row)],
            asked_by=row.asked_label,
            asked_at=row.asked_at,
        )
        for row in rows
    ]


def sessions_of(user: User, *, current_key: str | None, at: datetime) -> list[SessionRow]:
    """The browsers that are signed in to this account, the latest first."""
    idle = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = Session.objects.filter(user_id=user.id, expire_date__gt=at).order_by("-expire_date")
    return [
        SessionRow(row.signed_in_at, row.expire_date - idle, row.session_key == current_key)
        for row in rows
        if row.signed_in_at is not None
    ]


def passkeys_of(user: User) -> QuerySet[Passkey]:
    """The passkeys of this account, the oldest first."""
    return Passkey.objects.filter(user=user).order_by("created_at", "id")


def tokens(*, actor: Actor, at: datetime) -> list[TokenRow]:
    """All tokens, the newest first, for an administrator of rights."""
    if not actor.may(MANAGE_ACCESS):
        return []
    rows = list(ApiToken.objects.order_by("-created_at"))
    names = names_of(_scope(row) for row in rows)
    return [
        TokenRow(
            id=row.id,
            label=row.label,
            role_name=Role(row.role).label,
            over=names[_scope(row)],
            created_at=row.created_at,
            expires_at=row.expires_at,
            state=_state(row, at=at),
        )
        for row in rows
    ]


def _state(token: ApiToken, *, at: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= at else "active"


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
    return [(user.id, actor_of(user, is_verified=True)) for user in users]

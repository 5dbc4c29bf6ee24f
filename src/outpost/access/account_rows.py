"""Accounts, their rights, sessions and tokens as the pages and commands of administrators show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from outpost.access.actions import MANAGE_ACCESS
from outpost.access.models import ApiToken, Grant, GrantRequest, Passkey, Session, User
from outpost.access.scopes import Scope, names_of
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import or_not_found
from outpost.core.rights import Role


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

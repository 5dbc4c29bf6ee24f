"""Machines' rights: the secret is shown once and stored as its hash."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from outpost.access import errors, rules, scopes
from outpost.access.actions import MANAGE_ACCESS
from outpost.access.models import ApiToken
from outpost.access.queries import secret_hash
from outpost.access.scopes import Scope
from outpost.access.services.grants import takes_two
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.rights import Role

PREFIX = "outpost_"  # so that secret scanners know it
SECRET_BYTES = 32
LONGEST_DAYS = 365  # of a token for which nobody said how long: none lives for ever


@transaction.atomic
def create_token(
    label: str, role: str, scope: Scope, *, days: int | None, actor: Actor, at: datetime
) -> tuple[ApiToken, str]:
    """A token for one role over one scope, for so many days (None: for LONGEST_DAYS).

    Returns it with its secret, which is stored nowhere. Administrators' roles are for persons only.
    """
    actor.require(MANAGE_ACCESS)
    known = scopes.check_fit(role, scope)
    if known not in rules.TOKEN_ROLES:
        names = _(", ").join(Role(r).label for r in Role if r in rules.TOKEN_ROLES)
        raise Refusal(errors.TOKEN_ROLE, role=Role(known).label, allowed=names)
    if not scopes.exists(scope):
        raise Refusal(errors.SCOPE_UNKNOWN, scope=str(scope))
    if takes_two(known, scope, actor=actor, at=at):
        raise Refusal(errors.TOKEN_AT_THE_SERVER)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken(
        secret_hash=secret_hash(secret),
        label=label.strip() or f"{known} {scope}",
        role=known,
        scope_kind=scope.kind,
        scope_key=scope.key,
        created_at=at,
        created_by=actor.id,
        expires_at=at + timedelta(days=LONGEST_DAYS if days is None else days),
    )
    token.save(force_insert=True)
    detail = {"role": token.role, "scope": str(scope), "days": days}
    record("access.token_created", actor=actor, at=at, object_id=token.id, detail=detail)
    return token, secret


@transaction.atomic
def revoke_token(token_id: UUID, *, actor: Actor, at: datetime) -> None:
    """End a token with its next call. One revoked before stays as it was."""
    actor.require(MANAGE_ACCESS)
    if not ApiToken.objects.filter(id=token_id).exists():
        raise Refusal(NOT_FOUND)
    if ApiToken.objects.filter(id=token_id, revoked_at__isnull=True).update(revoked_at=at):
        record("access.token_revoked", actor=actor, at=at, object_id=token_id)

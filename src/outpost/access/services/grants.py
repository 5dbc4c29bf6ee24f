"""Rights: given and taken back by a security administrator, never for oneself."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.access import errors, rules, scopes
from outpost.access.models import Grant, User
from outpost.access.scopes import Scope
from outpost.access.services.accounts import account_to_manage, end_sessions
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.rights import Role


@transaction.atomic
def grant_role(user_id: UUID, role: str, scope: Scope, *, actor: Actor, at: datetime) -> Grant:
    """Give a role over a scope. All sessions of the account end, so that a needed second factor is asked for.

    Refuses: to oneself, a scope that does not exist or does not fit the role, operation, rights and audit
    on one account with anything else (三员分立), a right that is held already, and a far-reaching one: that takes two
    (`wide_rights`), or the server's own terminal.
    """
    user = account_to_manage(user_id, actor=actor)
    known = check_grant(user, role, scope)
    if rules.is_wide(known, scope.kind, scope.key) and not actor.is_system:
        raise Refusal(errors.TAKES_TWO)
    return give(user, known, scope, actor=actor, at=at)


def check_grant(user: User, role: str, scope: Scope) -> Role:
    """The role, when the account can have it over this scope; else a refusal that says why not."""
    known = scopes.check_fit(role, scope)
    if not scopes.exists(scope):
        raise Refusal(errors.SCOPE_UNKNOWN, scope=str(scope))
    held = Grant.objects.filter(user=user, revoked_at__isnull=True)
    clash = rules.clashing_role(held.values_list("role", flat=True), known)
    if clash is not None:
        raise Refusal(errors.DUTIES_CLASH, held=Role(clash).label, role=Role(known).label)
    if held.filter(role=known, scope_kind=scope.kind, scope_key=scope.key).exists():
        raise Refusal(errors.ALREADY_GRANTED)
    return known


def give(user: User, role: Role, scope: Scope, *, actor: Actor, at: datetime) -> Grant:
    """Give what was checked, in the caller's transaction."""
    grant = Grant(
        user=user, role=role, scope_kind=scope.kind, scope_key=scope.key, granted_by=actor.id, granted_at=at
    )
    grant.save(force_insert=True)
    end_sessions(user.id)
    detail = {"role": grant.role, "scope": str(scope)}
    record("access.granted", actor=actor, at=at, object_id=user.id, detail=detail)
    return grant


@transaction.atomic
def revoke_grant(user_id: UUID, grant_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take a right of an account back; it is gone with the next request. One taken back before stays as it was."""
    account_to_manage(user_id, actor=actor)
    grant = Grant.objects.filter(id=grant_id, user_id=user_id).first()
    if grant is None:
        raise Refusal(NOT_FOUND)
    if not Grant.objects.filter(id=grant_id, revoked_at__isnull=True).update(revoked_at=at):
        return
    end_sessions(grant.user_id)
    detail = {"role": grant.role, "scope": str(Scope(grant.scope_kind, grant.scope_key))}
    record("access.revoked", actor=actor, at=at, object_id=grant.user_id, detail=detail)

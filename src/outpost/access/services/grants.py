"""Rights: given and taken back by a security administrator, never for oneself."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from outpost.access import errors, rules, scopes
from outpost.access.models import Grant, User
from outpost.access.scopes import Scope
from outpost.access.services.accounts import account_to_manage, end_sessions, forget_passkeys_without_right
from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.errors import Refusal, or_not_found
from outpost.core.ids import new_id
from outpost.core.rights import Role

PATIENCE = timedelta(days=7)  # how long a right waits for its second word


@transaction.atomic
def grant_role(user_id: UUID, role: str, scope: Scope, *, actor: Actor, at: datetime) -> Grant:
    """Give a role over a scope. All sessions of the account end, so that a needed second factor is asked for.

    Refuses: to oneself, a scope that does not exist or does not fit the role, operation, rights and audit
    on one account with anything else (三员分立), a right that is held already, and one that takes two (`wide_rights`)
    or the server's own terminal. An officer's right that nobody else could agree to is told of.
    """
    user = account_to_manage(user_id, actor=actor)
    known = check_grant(user, role, scope)
    if takes_two(known, scope, actor=actor, at=at):
        raise Refusal(errors.TAKES_TWO)
    if rules.is_officers(known, scope.kind, scope.key) and not actor.is_system:
        announce("access.wide_right", request_id=str(new_id()), state="alone")
    return give(user, known, scope, actor=actor, at=at)


def takes_two(role: str, scope: Scope, *, actor: Actor, at: datetime) -> bool:
    """Whether a person may not give this right alone: a far-reaching one never, an officer's only where there is no
    other security administrator, nor was one in the last days (or who is alone would be made by one click)."""
    if actor.is_system:
        return False
    if rules.is_wide(role, scope.kind, scope.key):
        return True
    others = Grant.objects.filter(role=Role.SECURITY).exclude(user_id=actor.id.removeprefix("user:"))
    lately = Q(revoked_at__isnull=True) & (Q(user__is_active=True) | Q(user__disabled_at__gt=at - PATIENCE))
    is_other = others.filter(lately | Q(revoked_at__gt=at - PATIENCE)).exists()
    return is_other and rules.is_officers(role, scope.kind, scope.key)


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
    """Take a right of an account back; it is gone with the next request, with the last one the passkeys. One taken back
    before stays as it was."""
    account_to_manage(user_id, actor=actor)
    grant = or_not_found(Grant.objects.filter(id=grant_id, user_id=user_id).first())
    if not Grant.objects.filter(id=grant_id, revoked_at__isnull=True).update(revoked_at=at):
        return
    end_sessions(grant.user_id)
    forget_passkeys_without_right(grant.user_id, actor=actor, at=at)
    detail = {"role": grant.role, "scope": str(Scope(grant.scope_kind, grant.scope_key))}
    record("access.revoked", actor=actor, at=at, object_id=grant.user_id, detail=detail)

"""Far-reaching rights, and officers': given on the word of two, so that nobody makes a puppet that reads the data.

The second is another security administrator, or the operator at the server's own terminal (`outpost user grant`). The
administrators of rights, the auditors and the command group are told of each step (docs/adr/0018).
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.access import errors, rules
from outpost.access.models import Grant, GrantRequest
from outpost.access.scopes import Scope
from outpost.access.services.accounts import account_to_manage
from outpost.access.services.grants import PATIENCE, check_grant, give
from outpost.audit.events import announce
from outpost.audit.services import record
from outpost.core.actor import Actor
from outpost.core.errors import Refusal, or_not_found
from outpost.core.ids import new_id


@transaction.atomic
def ask_for_grant(user_id: UUID, role: str, scope: Scope, *, actor: Actor, at: datetime) -> GrantRequest:
    """Let a right wait for its second word. Refuses like `grant_role`, and what waits already."""
    user = account_to_manage(user_id, actor=actor)
    known = check_grant(user, role, scope)
    waiting = GrantRequest.objects.filter(user=user, decided_at__isnull=True, asked_at__gt=at - PATIENCE)
    if waiting.filter(role=known, scope_kind=scope.kind, scope_key=scope.key).exists():
        raise Refusal(errors.ALREADY_GRANTED)
    request = GrantRequest(
        id=new_id(),
        user=user,
        role=known,
        scope_kind=scope.kind,
        scope_key=scope.key,
        asked_by=actor.id,
        asked_label=actor.label,
        asked_at=at,
    )
    request.save(force_insert=True)
    announce("access.wide_right", request_id=str(request.id), state="asked")
    _record("access.grant_asked", request, actor=actor, at=at)
    return request


@transaction.atomic
def decide_grant(request_id: UUID, *, is_agreed: bool, actor: Actor, at: datetime) -> Grant | None:
    """Give a right that waits, or decline it. Once.

    Raises Refusal: 403, NOT_FOUND for what does not wait or was asked for by the actor, NOT_TO_YOURSELF, and what
    `grant_role` raises when the right does not fit any more.
    """
    waiting = GrantRequest.objects.select_for_update().filter(
        decided_at__isnull=True, asked_at__gt=at - PATIENCE
    )
    request = or_not_found(waiting.filter(id=request_id).exclude(asked_by=actor.id).first())
    user = account_to_manage(request.user_id, actor=actor)
    request.decided_by, request.decided_at = actor.id, at
    request.save(update_fields=["decided_by", "decided_at"])
    state = "agreed" if is_agreed else "declined"
    announce("access.wide_right", request_id=str(request.id), state=state)
    action = "access.grant_agreed" if is_agreed else "access.grant_declined"
    _record(action, request, actor=actor, at=at)
    if not is_agreed:
        return None
    scope = Scope(request.scope_kind, request.scope_key)
    return give(user, check_grant(user, request.role, scope), scope, actor=actor, at=at)


def refuse_takeover(user_id: UUID, *, actor: Actor) -> None:
    """Raise AT_THE_SERVER when a person would take the second factor from an account with a far-reaching right: with
    a new password they would be that account."""
    grants = Grant.objects.filter(user_id=user_id, revoked_at__isnull=True)
    is_wide = any(rules.is_wide(grant.role, grant.scope_kind, grant.scope_key) for grant in grants)
    if is_wide and not actor.is_system:
        raise Refusal(errors.AT_THE_SERVER)


def _record(action: str, request: GrantRequest, *, actor: Actor, at: datetime) -> None:
    scope = str(Scope(request.scope_kind, request.scope_key))
    detail = {"role": request.role, "scope": scope, "asked_by": request.asked_by}
    record(action, actor=actor, at=at, object_id=request.user_id, detail=detail)

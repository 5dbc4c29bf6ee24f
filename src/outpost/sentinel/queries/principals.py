"""Reads of changes of principals 负责人变更: which wait, who may decide them, which principals others rely on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from outpost.access.queries import actors_who_may, signed_in_principals
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.stated import Stated, unseal
from outpost.people.queries import own_organizations
from outpost.regions.models import Organization, PrincipalChange
from outpost.sentinel.actions import EDIT_ORGANIZATIONS, SEE_ORGANIZATIONS
from outpost.sentinel.models import Enrolment, StaffMember
from outpost.sentinel.queries.categories import beyond_reach


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change that waits, as its readers see it: both people masked."""

    id: UUID
    organization: str
    town: str
    present: Stated
    asked: Stated
    asked_label: str
    asked_at: datetime
    may_decide: bool


def relied_on(organizations: Iterable[UUID] | None = None) -> set[UUID]:
    """Those of these organisations (None: of all) whose principal is not replaced without a second word: they have
    staff, whom a new principal would see in clear, or their principal has signed in."""
    rows = Organization.objects.current()
    keys = None if organizations is None else list(organizations)
    if keys is not None:
        rows = rows.filter(id__in=keys)
    staff = StaffMember.objects.filter(removed_at__isnull=True, enrolment__organization=OuterRef("pk"))
    used = set(rows.filter(Exists(staff)).values_list("id", flat=True))
    return used | {UUID(key) for key in signed_in_principals(keys)}


def to_decide(*, actor: Actor) -> QuerySet[PrincipalChange]:
    """The waiting changes in which the actor's word counts: of one's own organisations, or of those that one reaches
    in all their categories; never one's own request, and never the machine's word."""
    if actor.is_system:
        return PrincipalChange.objects.none()
    mine = own_organizations(actor)
    whose = Q(organization__in=mine)
    if actor.may(EDIT_ORGANIZATIONS):
        beyond = beyond_reach(actor=actor, action=EDIT_ORGANIZATIONS).values("organization")
        whose |= ~Q(organization__in=beyond)
    waiting = PrincipalChange.objects.filter(state=PrincipalChange.WAITING, organization__removed_at=None)
    return waiting.filter(whose).exclude(asked_by=actor.id)


def waiting_changes(*, actor: Actor) -> list[ChangeRow]:
    """The waiting changes of the organisations in reach, the oldest first."""
    seen = Enrolment.objects.visible_to(actor, SEE_ORGANIZATIONS).current().values("organization")
    waiting = PrincipalChange.objects.filter(state=PrincipalChange.WAITING, organization__in=seen)
    mine = set(to_decide(actor=actor).values_list("id", flat=True))
    rows = waiting.select_related("organization__region").order_by("asked_at", "id")
    return [_row(one, may_decide=one.id in mine) for one in rows]


def is_waiting(organization_id: UUID) -> bool:
    """Whether a change of this organisation's principal waits."""
    waiting = PrincipalChange.objects.filter(organization=organization_id, state=PrincipalChange.WAITING)
    return waiting.exists()


def deciders(change: PrincipalChange) -> list[UUID]:
    """The officers who may decide a change."""
    actors = actors_who_may(EDIT_ORGANIZATIONS)
    return [id_ for id_, actor in actors if to_decide(actor=actor).filter(id=change.id).exists()]


def asked_for(change: PrincipalChange) -> Stated:
    """The name and phone that were asked for, in clear."""
    return unseal(ring(), change.sealing_context, change.sealed)


def _row(change: PrincipalChange, *, may_decide: bool) -> ChangeRow:
    organization = change.organization
    return ChangeRow(
        id=change.id,
        organization=organization.name,
        town=organization.region.name,
        present=unseal(ring(), organization.sealing_context, organization.sealed).masked(),
        asked=asked_for(change).masked(),
        asked_label=change.asked_label,
        asked_at=change.asked_at,
        may_decide=may_decide,
    )

"""Exceptions 例外进场: asked for by one, agreed to by another, until a day; and their end."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.scoped import locked as lock_rows
from outpost.core.text import says_something
from outpost.sites import errors
from outpost.sites.actions import ADMIT_PEOPLE, EXCEPT_PEOPLE
from outpost.sites.models import Registration, SiteException
from outpost.sites.services.telling import tell_exception_asked, tell_exception_decided

MOST_DAYS = 14
LONGEST_REASON, SHORTEST_REASON = 200, 4


@transaction.atomic
def ask_exception(
    registration_id: UUID, reason: str, last_day: date, *, actor: Actor, at: datetime
) -> SiteException:
    """Ask that somebody may enter through that day though a condition fails; it counts once another officer agrees.

    Raises Refusal: 403, NOT_FOUND, REASON_MISSING, EXPIRES_WHEN, EXCEPTION_WAITS while there is one.
    """
    actor.require(ADMIT_PEOPLE)
    mine = Registration.objects.visible_to(actor, ADMIT_PEOPLE).current()
    (row,) = lock_rows(mine, [registration_id])
    reason, today = " ".join(reason.split()), local_day(at)
    if not says_something(reason, least=SHORTEST_REASON):
        raise Refusal(errors.REASON_MISSING, column="reason")
    if not today < last_day <= today + timedelta(days=MOST_DAYS):
        raise Refusal(errors.EXPIRES_WHEN, most=MOST_DAYS, column="last_day")
    standing = SiteException.objects.filter(registration=row, ended_at__isnull=True)
    standing.filter(last_day__lt=today).update(ended_at=at)  # it has run out
    if standing.exists():
        raise Refusal(errors.EXCEPTION_WAITS)
    asked = SiteException(registration=row, reason=reason, last_day=last_day, asked_by=actor.id, asked_at=at)
    asked.save(force_insert=True)
    detail = {"last_day": last_day.isoformat()}
    audit.record("sites.exception_asked", actor=actor, at=at, object_id=row.id, purpose=reason, detail=detail)
    tell_exception_asked(asked, at=at)
    return asked


@transaction.atomic
def agree_to_exception(exception_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """The second word; returns the registration. Raises Refusal: 403, NOT_FOUND for one's own, and where none
    waits."""
    actor.require(EXCEPT_PEOPLE)
    mine = Registration.objects.visible_to(actor, EXCEPT_PEOPLE).current()
    row = _standing(exception_id, Q(registration__in=mine))
    if row.agreed_at is not None or row.asked_by == actor.id or row.last_day < local_day(at):
        raise Refusal(NOT_FOUND)
    row.agreed_at, row.agreed_by = at, actor.id
    row.save(update_fields=["agreed_at", "agreed_by"])
    audit.record("sites.exception_agreed", actor=actor, at=at, object_id=row.registration_id)
    tell_exception_decided(row, at=at)
    return row.registration_id


@transaction.atomic
def end_exception(exception_id: UUID, *, actor: Actor, at: datetime) -> SiteException:
    """Decline it, or take it back: an officer at any time, who asked for it while it waits. Who is inside stays inside.
    Raises Refusal: 403, NOT_FOUND."""
    actor.require(ADMIT_PEOPLE)
    people = Registration.objects.current()
    asked = Q(asked_by=actor.id, agreed_at__isnull=True)
    asked &= Q(registration__in=people.visible_to(actor, ADMIT_PEOPLE))
    row = _standing(exception_id, asked | Q(registration__in=people.visible_to(actor, EXCEPT_PEOPLE)))
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    audit.record("sites.exception_ended", actor=actor, at=at, object_id=row.registration_id)
    if row.agreed_at is not None or row.asked_by != actor.id:
        tell_exception_decided(row, at=at)
    return row


def _standing(exception_id: UUID, mine: Q) -> SiteException:
    (row,) = lock_rows(SiteException.objects.filter(mine, ended_at__isnull=True), [exception_id])
    return row

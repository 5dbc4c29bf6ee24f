"""A case is opened on a positive result, on the word of two officers; its window changes the same way; it is closed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from outpost.access.queries import users_who_may
from outpost.audit import services as audit
from outpost.audit.actions import SEE_AUDIT
from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.db import hold_lock
from outpost.core.errors import Faults, Refusal, or_not_found
from outpost.core.text import says_something
from outpost.health.queries.facts import is_positive, latest_positive
from outpost.notifications.recipients import Account
from outpost.notifications.services.sending import send
from outpost.people import queries as people
from outpost.tracing import errors, queries
from outpost.tracing.actions import KEEP_CASES
from outpost.tracing.cases import IDLE, LONGEST_GROUND, MOST_DAYS, Ending, Purpose, Window
from outpost.tracing.models import Case

LOCK = "tracing.case"


@dataclass(frozen=True, slots=True)
class Opening:
    """Of whom (a document's number) a case is to be opened, for which purpose, on which legal ground, over which
    window."""

    document: str
    purpose: str
    ground: str
    window: Window

    def check(self) -> None:
        """Raises Refusal: UNKNOWN_PURPOSE, GROUND_MISSING, SPAN_REVERSED, SPAN_TOO_LONG."""
        if self.purpose not in Purpose.codes():
            known = ", ".join(f"{one.value} ({one.label})" for one in Purpose)
            raise Refusal(errors.UNKNOWN_PURPOSE, known=known, column="purpose")
        if not says_something(self.ground):
            raise Refusal(errors.GROUND_MISSING, column="ground")
        _check_window(self.window)


def open_case(opening: Opening, *, actor: Actor, at: datetime) -> Case:
    """Ask for a case on the last positive result of a person; it is open once a second officer agrees.

    Raises Refusal: 403, what `Opening.check` raises, for a number that is none, NO_POSITIVE, WINDOW_FAR, ALREADY_OPEN.
    That somebody without a positive result was named is in the audit, too: nobody asks for results by trying.
    """
    actor.require(KEEP_CASES)
    opening.check()
    holders = people.holders(opening.document, today=clock.local_day(at))
    positive = next((found for one in holders if (found := latest_positive(one)) is not None), None)
    if positive is None:
        with transaction.atomic():
            audit.record("tracing.case_refused", actor=actor, at=at, object_id=holders[0])
        raise Refusal(errors.NO_POSITIVE, column="document")
    _check_near(opening.window, positive.sampled_at)
    with transaction.atomic():
        hold_lock(LOCK)
        if queries.case_of(holders) is not None:
            raise Refusal(errors.ALREADY_OPEN, column="document")
        case = Case(
            person_id=positive.person_id,
            source=positive.source,
            record_id=positive.record_id,
            sampled_at=positive.sampled_at,
            purpose=opening.purpose,
            ground=opening.ground.strip()[:LONGEST_GROUND],
            opened_at=at,
        )
        _ask(case, opening.window, actor=actor, at=at)
        case.save(force_insert=True)
        _tell("asked", case, at=at)
        _record("tracing.case_opened", case, actor=actor, at=at)
    return case


@transaction.atomic
def widen_case(case_id: UUID, window: Window, *, actor: Actor, at: datetime) -> None:
    """Ask for another window of a case; nothing is read in it until a second officer agrees anew.

    Raises Refusal: 403, NOT_FOUND, CASE_CLOSED, SPAN_REVERSED, SPAN_TOO_LONG, WINDOW_FAR.
    """
    case = _locked(case_id, actor)
    _check_window(window)
    _check_near(window, case.sampled_at)
    _ask(case, window, actor=actor, at=at)
    case.approved_at, case.approved_by, case.approved_label = None, "", ""
    case.save(
        update_fields=[
            *("begins_at", "ends_at", "asked_at", "asked_by", "asked_label", "worked_at"),
            *("approved_at", "approved_by", "approved_label"),
        ]
    )
    _tell("asked", case, at=at)
    _record("tracing.case_widened", case, actor=actor, at=at)


@transaction.atomic
def approve_case(case_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Agree to a case as it was asked for: from now on visits in its window are read.

    Raises Refusal: 403, NOT_FOUND, CASE_CLOSED, NOT_WAITING, SAME_PERSON, NO_POSITIVE where the result was withdrawn.
    """
    case = _locked(case_id, actor)
    if case.approved_at is not None:
        raise Refusal(errors.NOT_WAITING)
    if case.asked_by == actor.id:
        raise Refusal(errors.SAME_PERSON)
    if not is_positive(case.source, case.record_id):
        raise Refusal(errors.NO_POSITIVE)
    case.approved_at, case.approved_by, case.approved_label = at, actor.id, actor.label
    case.worked_at = at
    case.save(update_fields=["approved_at", "approved_by", "approved_label", "worked_at"])
    _tell("agreed", case, at=at)
    _record("tracing.case_approved", case, actor=actor, at=at)


@transaction.atomic
def close_case(case_id: UUID, ending: Ending, *, actor: Actor, at: datetime) -> None:
    """Close a case: nothing is read in it any more. Raises Refusal: 403, NOT_FOUND, CASE_CLOSED."""
    _close(_locked(case_id, actor), ending, actor=actor, at=at)


@transaction.atomic
def close_idle(*, actor: Actor, at: datetime) -> int:
    """Close the cases on which nobody worked for IDLE; returns how many."""
    idle = Case.objects.select_for_update().filter(closed_at__isnull=True, worked_at__lt=at - IDLE)
    found = list(idle.order_by("id"))
    for case in found:
        _close(case, Ending.IDLE, actor=actor, at=at)
    return len(found)


def _locked(case_id: UUID, actor: Actor) -> Case:
    actor.require(KEEP_CASES)
    case = or_not_found(Case.objects.select_for_update().filter(id=case_id).first())
    if case.closed_at is not None:
        raise Refusal(errors.CASE_CLOSED)
    return case


def _close(case: Case, ending: Ending, *, actor: Actor, at: datetime) -> None:
    case.closed_at, case.closed_by, case.closed_label, case.ending = at, actor.id, actor.label, ending.value
    case.save(update_fields=["closed_at", "closed_by", "closed_label", "ending"])
    _record("tracing.case_closed", case, actor=actor, at=at)


def _ask(case: Case, window: Window, *, actor: Actor, at: datetime) -> None:
    case.begins_at, case.ends_at = window.begins_at, window.ends_at
    case.asked_at, case.asked_by, case.asked_label, case.worked_at = at, actor.id, actor.label, at


def _check_window(window: Window) -> None:
    faults = list(window.faults())
    if faults:
        raise Faults(faults)


def _check_near(window: Window, sampled_at: datetime) -> None:
    if not window.is_near(sampled_at):
        sampled = clock.local_day(sampled_at).isoformat()
        raise Refusal(errors.WINDOW_FAR, sampled=sampled, most=MOST_DAYS, column="begins_on")


def _tell(what: str, case: Case, *, at: datetime) -> None:
    """Message who keeps cases, with its page, and the auditors, with the entries of what was done."""
    done = {"asked": "tracing.case_opened", "agreed": "tracing.case_approved"}[what]
    log = f"{reverse('audit:log')}?action={done}"
    for right, url in ((KEEP_CASES, reverse("tracing:case", args=[case.id])), (SEE_AUDIT, log)):
        send(
            f"tracing.case_{what}",
            recipients=[Account(user.id) for user in users_who_may(right)],
            url=url,
            dedupe=f"tracing.case:{case.id}:{what}:{right}:{at.isoformat()}",
            at=at,
        )


def _record(action: str, case: Case, *, actor: Actor, at: datetime) -> None:
    detail = {
        "case": str(case.id),
        "purpose": case.purpose,
        "from": case.begins_at.isoformat(),
        "to": case.ends_at.isoformat(),
        "asked_by": case.asked_by,
        **({"ending": case.ending} if case.ending else {}),
    }
    audit.record(action, actor=actor, at=at, object_id=case.person_id, purpose=case.ground, detail=detail)

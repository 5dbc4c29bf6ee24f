"""What waits for a command officer's word about passes: objections, and dispositions that another brought in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.errors import or_not_found
from outpost.exchange.models import Import
from outpost.health import conditions, passes, rules
from outpost.health.actions import AGREE_DISPOSITIONS, ANSWER_OBJECTIONS
from outpost.health.models import DispositionRecord, Objection
from outpost.health.queries import pass_now
from outpost.health.sealing import answer_context, objection_context
from outpost.people.queries import masked_identities
from outpost.people.seals import Identity

MOST_GROUNDS = 5
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """One objection for whoever answers it: the person masked, what they wrote, what the pass said and says now."""

    id: UUID
    who: str
    text: str
    condition: conditions.Condition
    since: datetime | None
    raised_at: datetime
    due_at: datetime
    is_late: bool
    outcome: rules.Outcome | None
    answer: str
    now: passes.Decision


def objections(*, actor: Actor, at: datetime, answered: bool) -> list[ObjectionRow]:
    """The objections that wait, the most urgent first, or those that were answered, the last first (at most 200)."""
    if not actor.may(ANSWER_OBJECTIONS):
        return []
    order = "-answered_at" if answered else "due_at"
    found = list(Objection.objects.filter(answered_at__isnull=not answered).order_by(order)[:MOST_SHOWN])
    people = [row.person_id for row in found]
    known, now = masked_identities(people), pass_now.passes_of(people, at=at)
    return [_objection(row, known.get(row.person_id), now[row.person_id], at) for row in found]


def objection(objection_id: UUID, *, actor: Actor, at: datetime) -> ObjectionRow:
    """One that waits. Raises Refusal NOT_FOUND."""
    found = (row for row in objections(actor=actor, at=at, answered=False) if row.id == objection_id)
    return or_not_found(next(found, None))


def objections_of(person_id: UUID, *, at: datetime) -> list[ObjectionRow]:
    """What was objected to the pass of this person, the last first, with the answers: for the person's own page.

    The caller has checked that the reader may speak for them.
    """
    now = pass_now.passes_of([person_id], at=at)[person_id]
    found = Objection.objects.filter(person_id=person_id).order_by("-raised_at")[:MOST_SHOWN]
    return [_objection(row, None, now, at) for row in found]


def _objection(row: Objection, who: Identity | None, now: passes.Decision, at: datetime) -> ObjectionRow:
    return ObjectionRow(
        id=row.id,
        who=f"{who.name} {who.number}" if who else "",
        text=ring().open(bytes(row.sealed), objection_context(row.id)).decode(),
        condition=conditions.Condition(row.condition),
        since=row.since,
        raised_at=row.raised_at,
        due_at=row.due_at,
        is_late=row.answered_at is None and row.due_at <= at,
        outcome=rules.Outcome(row.outcome) if row.outcome else None,
        answer=ring().open(bytes(row.sealed_answer), answer_context(row.id)).decode()
        if row.sealed_answer
        else "",
        now=now,
    )


@dataclass(frozen=True, slots=True)
class WaitingDispositions:
    """The dispositions of one file that wait for a second word: how many of each, on which grounds, by whom."""

    import_id: UUID
    brought_by: str
    brought_at: datetime
    people: tuple[tuple[rules.Disposition, int], ...]
    grounds: tuple[str, ...]
    is_own: bool


def waiting_dispositions(*, actor: Actor) -> list[WaitingDispositions]:
    """The files whose dispositions do not count yet, the oldest first."""
    if not actor.may(AGREE_DISPOSITIONS):
        return []
    waiting = DispositionRecord.objects.filter(agreed_at__isnull=True, import_id__isnull=False)
    files = Import.objects.filter(id__in=waiting.values("import_id"), state="applied").order_by("created_at")
    return [_waiting(file, waiting.filter(import_id=file.id), actor) for file in files]


def _waiting(file: Import, rows: QuerySet[DispositionRecord], actor: Actor) -> WaitingDispositions:
    counted = rows.values_list("disposition").annotate(n=Count("*")).order_by("disposition")
    grounds = (
        rows.exclude(ground="").values_list("ground", flat=True).distinct().order_by("ground")[:MOST_GROUNDS]
    )
    return WaitingDispositions(
        import_id=file.id,
        brought_by=file.actor_label,
        brought_at=file.created_at,
        people=tuple((rules.Disposition(code), n) for code, n in counted),
        grounds=tuple(grounds),
        is_own=actor.id == f"user:{file.owner_id}",
    )

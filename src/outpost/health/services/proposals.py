"""Dispositions by hand 处置: proposed by an abnormal report or by an officer, confirmed or dropped by another.

Nobody is isolated, nor let in again, on the word of one (docs/adr/0026-passes.md). Both words need a ground.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from outpost.access.queries import users_who_may
from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import day_span, local_day, zone
from outpost.core.db import hold_lock
from outpost.core.errors import Problem, Refusal, or_not_found
from outpost.core.text import says_something
from outpost.exchange.merge import wait_for_import
from outpost.health import errors, pass_facts
from outpost.health.actions import AGREE_DISPOSITIONS, RECORD_DISPOSITIONS
from outpost.health.daily import Report
from outpost.health.lifting import HOLDING
from outpost.health.models import DispositionRecord, PassFactsRow
from outpost.health.models.proposals import DispositionProposal
from outpost.health.queries import proposals
from outpost.health.rules import HELD_ON, Disposition, Ground, ProposalOutcome
from outpost.notifications.recipients import Account
from outpost.notifications.services.sending import send
from outpost.people.documents import documents_of

PROPOSED, CONFIRMED, DROPPED, OVERTAKEN = (
    "health.disposition_proposed",
    "health.disposition_confirmed",
    "health.disposition_dropped",
    "health.lifting_overtaken",
)
SHORTEST_GROUND, LONGEST_GROUND = 4, 500
LATEST_START = timedelta(days=30)
"""How far ahead a disposition may begin."""
_DECIDED = (
    *("outcome", "answer", "decided_at", "decided_by", "decided_label"),
    *("begins_at", "means", "ground_kind"),
)
_ONE = "SELECT %(person)s::uuid AS person_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is proposed, or decided. `begins_at` None: from the second word on; `means` says where, of who is held.
    `stated_last_on`: the last day as an order states it, kept beside the computed one; `ground_kind`: of whom is held,
    one of `HELD_ON`."""

    disposition: Disposition
    ground: str
    means: str = ""
    begins_at: datetime | None = None
    stated_last_on: date | None = None
    ground_kind: Ground | None = None

    @property
    def is_lift(self) -> bool:
        return self.disposition is Disposition.ADMITTED

    @property
    def kept_kind(self) -> str:
        """The kind of ground as it is kept: of whoever may enter the text alone says it."""
        return (Ground.STATED if self.is_lift or self.ground_kind is None else self.ground_kind).value


def propose_for(reports: Mapping[UUID, Report], source: str, *, actor: Actor, at: datetime) -> int:
    """Propose a disposition of whoever was reported so, abnormally, and is not held yet, in the caller's transaction;
    returns how many that are. Of whom a proposal waits nothing new is proposed."""
    held = proposals.held_of(list(reports), at=at)
    rows = [
        first_word(person_id, Disposition.SUSPECTED, proposals.said_of(one), source, actor=actor, at=at)
        for person_id, one in reports.items()
        if person_id not in held
    ]
    for row in rows:
        row.ground_kind = Ground.SYMPTOMS.value
    if not rows:
        return 0
    new = keep_first_words(rows)
    if new:
        tell_who_decides(PROPOSED, at)
        audit.record(PROPOSED, actor=actor, at=at, count=new)
    return new


@transaction.atomic
def propose_disposition(person_id: UUID, wanted: Wanted, *, actor: Actor, at: datetime) -> None:
    """Propose to hold somebody, or that they may enter again, from the second word on or later. The caller has checked
    that the actor may see this person.

    Raises Refusal: 403, GROUND_MISSING, GROUND_KIND_MISSING, MEANS_MISSING, START_OUT_OF_RANGE, ONE_COMES,
    END_BEFORE_START, END_OF_LIFTING, NOTHING_TO_LIFT, PROPOSAL_WAITS.
    """
    actor.require(RECORD_DISPOSITIONS)
    said = stated_ground(wanted.ground)
    hold_lock(f"health.proposal:{person_id}")
    standing = proposals.standing_of(person_id, at=at)
    _check(wanted, standing, at)
    if wanted.is_lift and not standing.can_be_lifted:
        raise Refusal(errors.NOTHING_TO_LIFT)
    if proposals.waiting_of(person_id) is not None:
        raise Refusal(errors.PROPOSAL_WAITS)
    row = first_word(person_id, wanted.disposition, said, "", actor=actor, at=at)
    row.begins_at, row.means = wanted.begins_at, wanted.means.strip()
    row.stated_last_on, row.ground_kind = wanted.stated_last_on, wanted.kept_kind
    row.save(force_insert=True)
    tell_who_decides(PROPOSED, at)
    audit.record(PROPOSED, actor=actor, at=at, object_id=row.id, count=1)


@transaction.atomic
def confirm_proposal(proposal_id: UUID, wanted: Wanted, *, actor: Actor, at: datetime) -> None:
    """Set what was proposed, or to hold otherwise, from now on or later. Letting in again takes a proposal of just
    that, and is no word to hold anew. A lifting from now on takes back what was still to begin; an order from now on a
    lifting that was: whoever agreed to it knew nothing of this one.

    Raises Refusal: 403, NOT_FOUND, OWN_PROPOSAL, NOT_PROPOSED_TO_LIFT, PROPOSED_TO_LIFT, SOONER_THAN_PROPOSED,
    GROUND_MISSING, GROUND_KIND_MISSING, MEANS_MISSING, START_OUT_OF_RANGE, ONE_COMES, END_BEFORE_START,
    END_OF_LIFTING.
    """
    actor.require(AGREE_DISPOSITIONS)
    wait_for_import("health_disposition")
    row, said = _waiting(proposal_id, actor), stated_ground(wanted.ground)
    _check_first_word(row, wanted, at)
    standing = proposals.standing_of(row.person_id, at=at)
    _check(wanted, standing, at)
    is_overtaken = wanted.is_lift or standing.coming is Disposition.ADMITTED
    taken_back = _take_back(row.person_id, at) if is_overtaken else 0
    begins_at = row.begins_at = wanted.begins_at or at
    row.means, row.ground_kind = wanted.means.strip(), wanted.kept_kind
    DispositionRecord(
        person_id=row.person_id,
        started_at=begins_at,
        disposition=wanted.disposition.value,
        means=row.means,
        ground_kind=row.ground_kind,
        ground=said,
        stated_ends_at=ends_at(wanted.stated_last_on),
        received_at=at,
        agreed_at=at,
        agreed_by=actor.id,
    ).save(force_insert=True)
    pass_facts.read_anew(pass_facts.DISPOSITIONS, _ONE, {"person": row.person_id})
    _decide(row, ProposalOutcome.CONFIRMED, said, actor=actor, at=at)
    detail = {"disposition": wanted.disposition.value, "begins_at": begins_at.isoformat()}
    audit.record(CONFIRMED, actor=actor, at=at, object_id=row.id, detail=detail | {"taken_back": taken_back})


@transaction.atomic
def drop_proposal(proposal_id: UUID, ground: str, *, actor: Actor, at: datetime) -> None:
    """Let everything stay as it is. Raises Refusal: 403, NOT_FOUND, OWN_PROPOSAL, GROUND_MISSING."""
    actor.require(AGREE_DISPOSITIONS)
    row, said = _waiting(proposal_id, actor), stated_ground(ground)
    _decide(row, ProposalOutcome.DROPPED, said, actor=actor, at=at)
    audit.record(DROPPED, actor=actor, at=at, object_id=row.id)


@transaction.atomic
def take_back_overtaken(*, actor: Actor, at: datetime) -> int:
    """Take back liftings that are still to begin of whoever was tested positive, or held anew by a file, since two
    agreed to them: else they would end what nobody weighed. Who decides is told; returns of how many people."""
    wait_for_import("health_disposition")
    of_them, since = Q(person_id=OuterRef("person_id")), OuterRef("agreed_at")
    positive = PassFactsRow.objects.filter(of_them, positive_at__gt=since)
    held = DispositionRecord.objects.filter(of_them, disposition__in=HOLDING, agreed_at__gt=since)
    lifted = DispositionRecord.objects.filter(
        disposition=Disposition.ADMITTED.value, started_at__gt=at, import_id__isnull=True
    )
    overtaken = lifted.filter(Exists(positive) | Exists(held))
    people = sorted(set(overtaken.values_list("person_id", flat=True)))
    for person_id in people:
        _take_back(person_id, at)
        pass_facts.read_anew(pass_facts.DISPOSITIONS, _ONE, {"person": person_id})
    if people:
        tell_who_decides(OVERTAKEN, at)
        audit.record(OVERTAKEN, actor=actor, at=at, count=len(people))
    return len(people)


def first_word(
    person_id: UUID, disposition: Disposition, ground: str, source: str, *, actor: Actor, at: datetime
) -> DispositionProposal:
    """A proposal that waits for a second word, not saved yet."""
    row = DispositionProposal(
        person_id=person_id, disposition=disposition.value, ground=ground, source=source
    )
    row.asked_by, row.asked_label, row.asked_at = actor.id, actor.label, at
    return row


def keep_first_words(rows: Sequence[DispositionProposal]) -> int:
    """Let these wait, but for whom one waits already; returns how many."""
    DispositionProposal.objects.bulk_create(rows, ignore_conflicts=True)
    return DispositionProposal.objects.filter(id__in=[row.id for row in rows]).count()


def _check_first_word(row: DispositionProposal, wanted: Wanted, at: datetime) -> None:
    """A word to let somebody in holds nobody anew, the other way round neither, nor does it let them in sooner."""
    was_lift = row.disposition == Disposition.ADMITTED
    if wanted.is_lift and not was_lift:
        raise Refusal(errors.NOT_PROPOSED_TO_LIFT, column="decision")
    if was_lift and not wanted.is_lift:
        raise Refusal(errors.PROPOSED_TO_LIFT, column="decision")
    if was_lift and row.begins_at is not None and (wanted.begins_at or at) < row.begins_at:
        raise Refusal(errors.SOONER_THAN_PROPOSED, at=_shown(row.begins_at), column="begins_at")


def _shown(at: datetime) -> str:
    return f"{at.astimezone(zone()):%Y-%m-%d %H:%M}"


def _check(wanted: Wanted, standing: proposals.Standing, at: datetime) -> None:
    """One that begins later at a time: two would hide what holds until then."""
    if not wanted.is_lift and wanted.ground_kind not in HELD_ON:
        raise Refusal(errors.GROUND_KIND_MISSING, column="ground_kind")
    if not wanted.is_lift and not wanted.means.strip():
        raise Refusal(errors.MEANS_MISSING, column="means")
    if problem := end_problem(wanted.disposition, wanted.stated_last_on, local_day(wanted.begins_at or at)):
        raise Refusal(problem, column="stated_last_on")
    if wanted.begins_at is None:
        return
    if not at < wanted.begins_at <= at + LATEST_START:
        raise Refusal(errors.START_OUT_OF_RANGE, days=LATEST_START.days, column="begins_at")
    if standing.coming is not None and standing.begins_at is not None:
        begins = _shown(standing.begins_at)
        raise Refusal(errors.ONE_COMES, disposition=standing.coming.label, at=begins, column="begins_at")


def end_problem(disposition: Disposition, last_on: date | None, began_on: date) -> Problem | None:
    """What is wrong with a stated end, wherever it was stated."""
    if last_on is None:
        return None
    if disposition is Disposition.ADMITTED:
        return errors.END_OF_LIFTING
    return errors.END_BEFORE_START if last_on < began_on else None


def ends_at(last_on: date | None) -> datetime | None:
    """A last day as it is kept: the instant after it. Raises Refusal DAY_OUT_OF_RANGE."""
    return None if last_on is None else day_span(last_on, last_on)[1]


def _take_back(person_id: UUID, at: datetime) -> int:
    """Take away what was confirmed of somebody and has not begun; its proposal keeps the story. Returns how much."""
    people = documents_of(person_id)
    coming = DispositionRecord.objects.filter(
        person_id__in=people, started_at__gt=at, agreed_at__isnull=False, import_id__isnull=True
    )
    confirmed = DispositionProposal.objects.filter(
        person_id__in=people, outcome=ProposalOutcome.CONFIRMED.value
    )
    for started_at, disposition in coming.values_list("started_at", "disposition"):
        confirmed.filter(begins_at=started_at).update(
            outcome=ProposalOutcome.WITHDRAWN.value, disposition=disposition
        )
    return coming.delete()[0]


def stated_ground(text: str) -> str:
    """A ground as it is kept. Raises Refusal GROUND_MISSING."""
    stated = text.strip()
    if not says_something(stated, least=SHORTEST_GROUND):
        raise Refusal(errors.GROUND_MISSING, least=SHORTEST_GROUND, column="ground")
    return stated


def _waiting(proposal_id: UUID, actor: Actor) -> DispositionProposal:
    open_ = DispositionProposal.objects.select_for_update().filter(decided_at__isnull=True)
    row = or_not_found(open_.filter(id=proposal_id).first())
    if row.asked_by == actor.id:
        raise Refusal(errors.OWN_PROPOSAL)
    return row


def _decide(
    row: DispositionProposal, outcome: ProposalOutcome, answer: str, *, actor: Actor, at: datetime
) -> None:
    row.outcome, row.answer = outcome.value, answer
    row.decided_at, row.decided_by, row.decided_label = at, actor.id, actor.label
    row.save(update_fields=[*_DECIDED])


def tell_who_decides(what: str, at: datetime, *, page: str = "health:dispositions") -> None:
    """Tell whoever may decide. Nothing of a person stands in it."""
    told = [Account(user.id) for user in users_who_may(AGREE_DISPOSITIONS)]
    send(what, recipients=told, dedupe=f"{what}:{at.isoformat()}", at=at, url=reverse(page))

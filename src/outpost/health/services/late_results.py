"""A positive result that comes in once two officers have let somebody in again, of a sample from before that.

A lifting ends what lies before it, so such a result alone changes no pass, and whoever agreed could not weigh it: it is
put before the officers as a proposal to hold the person anew, on the word of another as ever.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import zone
from outpost.core.db import rows_of
from outpost.health.models import DispositionRecord, PassFactsRow, TestRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.rules import Disposition, Ground, TestResult
from outpost.health.services.proposals import PROPOSED, first_word, keep_first_words, tell_who_decides
from outpost.people.documents import BY_DOCUMENT

SOURCE = "late_result"
"""What a proposal says that came out of here."""
LATEST = timedelta(days=3)
"""How long before a lifting its sample was taken, and after it the result comes in."""


@transaction.atomic
def propose_after_late_positives(*, actor: Actor, at: datetime) -> int:
    """Propose to hold whoever it is, once for each result; returns how many people."""
    rows = [
        first_word(person_id, Disposition.SUSPECTED, _ground(sampled_at), SOURCE, actor=actor, at=at)
        for person_id, sampled_at in _late(at).items()
    ]
    for row in rows:
        row.ground_kind = Ground.POSITIVE.value
    new = keep_first_words(rows)
    if new:
        tell_who_decides(PROPOSED, at)
        audit.record(PROPOSED, actor=actor, at=at, count=new)
    return new


def _late(at: datetime) -> dict[UUID, datetime]:
    """Whom it concerns, with the time of the sample; nobody of whom something waits, or was proposed since."""
    lifted = {one.person_id: one for one in _lifted(at)}
    pairs = rows_of(BY_DOCUMENT, [list(lifted)]) if lifted else []
    whose = {document: person_id for person_id, document in pairs}
    positive = TestRecord.objects.filter(
        person_id__in=whose, result=TestResult.POSITIVE.value, is_withdrawn=False, received_at__gt=at - LATEST
    )
    late: dict[UUID, TestRecord] = {}
    for test in positive.order_by("received_at", "sampled_at"):
        one = lifted[whose[test.person_id]]
        is_before = one.started_at - LATEST < test.sampled_at <= one.started_at
        if is_before and test.received_at > (one.agreed_at or one.started_at):
            late[one.person_id] = test
    for row in DispositionProposal.objects.filter(person_id__in=whose):
        found = late.get(whose[row.person_id])
        if found is not None and (row.decided_at is None or row.asked_at >= found.received_at):
            del late[whose[row.person_id]]
    return {person_id: test.sampled_at for person_id, test in late.items()}


def _lifted(at: datetime) -> Iterator[DispositionRecord]:
    """The liftings of late that hold, of whoever was tested positive before."""
    facts = PassFactsRow.objects.filter(
        person_id=OuterRef("person_id"),
        disposition=Disposition.ADMITTED.value,
        disposed_at=OuterRef("started_at"),
    )
    held = DispositionRecord.objects.filter(
        disposition=Disposition.ADMITTED.value,
        agreed_at__isnull=False,
        started_at__gt=at - LATEST,
        started_at__lte=at,
    )
    rows = held.annotate(positive_at=Subquery(facts.values("positive_at")[:1]))
    yield from rows.filter(positive_at__gt=F("started_at") - LATEST, positive_at__lte=F("started_at"))


def _ground(sampled_at: datetime) -> str:
    """In the words of files, as the grounds of reports."""
    return f"解除后收到阳性结果，采样时间{sampled_at.astimezone(zone()):%Y-%m-%d %H:%M}"

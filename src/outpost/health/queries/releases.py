"""Reads of orders that have ended: who may be let in again together with others, who is left out of that, and why.

Only the order itself, its computed end and what is on record count; each read judges anew.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.db import rows_of
from outpost.health.actions import AGREE_DISPOSITIONS
from outpost.health.conditions import NO_FACTS, PassFacts
from outpost.health.daily import STANDS, Report, standing
from outpost.health.lifting import Left
from outpost.health.models import DailyReport, DispositionRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.queries import lifting_sets
from outpost.health.queries.lifting_sets import OrderRow, Term
from outpost.health.queries.pass_now import pass_facts_of
from outpost.people.documents import BY_DOCUMENT, one_key

SOURCE = "release"
"""What a proposal says that came out of here."""
MOST = 500
"""So many are let in again at a time, the longest over first."""


@dataclass(frozen=True, slots=True)
class Ending:
    """One order whose days are over, or were stated to be: `why` it is left out (None: it is not), and the proposal to
    let in again that waits."""

    order: OrderRow
    why: Left | None
    proposal: DispositionProposal | None

    @property
    def person_id(self) -> UUID:
        return self.order.person_id


@dataclass(frozen=True, slots=True)
class Batch:
    """Those who go together, the longest over first."""

    rows: Sequence[Ending]

    @property
    def earliest(self) -> date | None:
        return self.rows[0].order.done.ends_on if self.rows else None

    @property
    def latest(self) -> date | None:
        return self.rows[-1].order.done.ends_on if self.rows else None

    @property
    def seen(self) -> str:
        """What tells this batch from every other, so that nobody agrees to what they have not looked at."""
        keys = (
            f"{one.order.record.pk}:{one.order.record.disposition}:{one.order.term.version}:"
            f"{one.order.done.ends_on}:{one.proposal and one.proposal.id}"
            for one in self.rows
        )
        return sha256("\n".join(keys).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Releases:
    """What can be proposed now, what another officer proposed, what one's own word waits for, and who is left out."""

    to_propose: Batch
    to_agree: Batch
    own: Batch
    left: Sequence[Ending]

    @property
    def reasons(self) -> list[tuple[Left, int]]:
        """How many are left out for each reason, the most first."""
        return Counter(one.why for one in self.left if one.why is not None).most_common()


def releases(*, actor: Actor, at: datetime) -> Releases:
    """All of it. Raises Refusal 403."""
    actor.require(AGREE_DISPOSITIONS)
    found = _ending(at)
    ready = [one for one in found if one.why is None]
    asked = [one for one in ready if one.proposal is not None]
    return Releases(
        Batch([one for one in ready if one.proposal is None][:MOST]),
        Batch([one for one in asked if one.proposal and one.proposal.asked_by != actor.id][:MOST]),
        Batch([one for one in asked if one.proposal and one.proposal.asked_by == actor.id]),
        [one for one in found if one.why is not None],
    )


def _ending(at: datetime) -> list[Ending]:
    found = list(lifting_sets.running(at).filter(started_at__lte=at))
    terms = lifting_sets.terms_of(found)
    waiting = _waiting([one.person_id for one in found])
    over = [
        one
        for one in found
        if _is_over(one, terms[lifting_sets.key_of(one)], at) or _is_ours(waiting.get(one.person_id))
    ]
    against = lifting_sets.compared_with(at)
    rows = sorted(
        lifting_sets.order_rows(over, at=at, against=against),
        key=lambda row: (row.done.ends_on, row.record.pk),
    )
    people = [one.person_id for one in over]
    facts, ill = pass_facts_of(people), _reported_ill(people, at)
    return _once_a_person(
        [
            _judged(
                row, waiting.get(row.person_id), facts.get(row.person_id, NO_FACTS), row.person_id in ill, at
            )
            for row in rows
        ]
    )


def _once_a_person(rows: Sequence[Ending]) -> list[Ending]:
    """The same order may stand under several documents of a person, and one lifting ends it under all of them;
    whatever speaks against one of them speaks against it."""
    whose, found = one_key([one.person_id for one in rows]), dict[UUID, Ending]()
    for one in rows:
        first = found.setdefault(whose[one.person_id], one)
        if first.why is None and one.why is not None:
            found[whose[one.person_id]] = one
    return list(found.values())


def _is_over(one: DispositionRecord, term: Term, at: datetime) -> bool:
    """By its computed end, or by the stated one: whoever trusts that one finds out here."""
    stated = one.stated_ends_at
    return term.ends_on <= local_day(at) or (stated is not None and stated <= at)


def _is_ours(proposal: DispositionProposal | None) -> bool:
    return proposal is not None and proposal.source == SOURCE


def _judged(
    row: OrderRow, proposal: DispositionProposal | None, facts: PassFacts, is_ill: bool, at: datetime
) -> Ending:
    ours = proposal if _is_ours(proposal) else None
    return Ending(row, next(_reasons(row, proposal, facts, is_ill, at), None), ours)


def _reasons(
    row: OrderRow, proposal: DispositionProposal | None, facts: PassFacts, is_ill: bool, at: datetime
) -> Iterator[Left]:
    began_at, done = row.record.started_at, row.done
    holds = facts.as_of(at)
    if holds.disposed_at != began_at or facts.coming(at) is not None:
        yield Left.OTHER
    if row.term.waiting is not None:
        yield Left.ANEW
    if row.stated is not None and row.stated.differs:
        yield Left.STATED
    if done.ends_on > local_day(at):
        yield Left.EARLY
    if facts.positive_at is not None and facts.positive_at >= began_at:
        yield Left.POSITIVE
    if is_ill or (facts.has_symptoms and facts.declared_at is not None and facts.declared_at >= began_at):
        yield Left.ILL
    if not done.is_all:
        yield Left.TESTS
    if proposal is not None and not _is_ours(proposal):
        yield Left.PROPOSED


def _reported_ill(people: Collection[UUID], at: datetime) -> set[UUID]:
    """Those whose reports of the last days, under any document, say that they are ill, and none that they are well
    again. Nothing is proposed of whoever is held already, so nothing else waits here for them."""
    pairs = rows_of(BY_DOCUMENT, [list(people)])
    rows = DailyReport.objects.filter(
        person_id__in={document for _person, document in pairs},
        day__gte=local_day(at - STANDS),
        reported_at__gt=at - STANDS,
        reported_at__lte=at,
    )
    stated: dict[UUID, list[Report]] = defaultdict(list)
    for row in rows:
        stated[row.person_id].append(row.report)
    found: dict[UUID, list[Report]] = defaultdict(list)
    for person_id, document in pairs:
        found[person_id] += stated[document]
    return {person_id for person_id, reports in found.items() if standing(reports)}


def _waiting(people: Collection[UUID]) -> dict[UUID, DispositionProposal]:
    """The proposal that waits of each, under any document."""
    open_ = {one.person_id: one for one in DispositionProposal.objects.filter(decided_at__isnull=True)}
    if not open_:
        return {}
    pairs = rows_of(BY_DOCUMENT, [list(people)])
    return {person_id: open_[document] for person_id, document in pairs if document in open_}

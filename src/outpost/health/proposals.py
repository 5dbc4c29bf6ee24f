"""Reads of dispositions: what is proposed and waits, what was set of somebody and why, what is missing to lift it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.errors import or_not_found
from outpost.exchange.models import Import
from outpost.health import lifting
from outpost.health.actions import AGREE_DISPOSITIONS
from outpost.health.journeys import negative_days
from outpost.health.models import DispositionRecord
from outpost.health.passes import NO_FACTS, PassFacts
from outpost.health.proposal_tables import DispositionProposal
from outpost.health.queries import pass_facts_of
from outpost.health.rules import Disposition
from outpost.people.documents import documents_of
from outpost.people.queries import masked_identities

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal for whoever decides about it: the person masked, and how far what holds now is."""

    proposal: DispositionProposal
    who: str
    is_own: bool

    @property
    def id(self) -> UUID:
        return self.proposal.id

    @property
    def disposition(self) -> Disposition:
        return Disposition(self.proposal.disposition)


@dataclass(frozen=True, slots=True)
class SetRow:
    """What was set of somebody: who set it, when it began, on which ground. `agreed_at` is null while it waits."""

    record: DispositionRecord
    set_by: str

    @property
    def disposition(self) -> Disposition:
        return Disposition(self.record.disposition)


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds of somebody: the disposition with its beginning, or a positive test; `done`: how far it is."""

    disposition: Disposition | None
    began_at: datetime | None
    is_positive: bool
    done: lifting.Done | None

    @property
    def can_be_lifted(self) -> bool:
        return self.is_positive or self.disposition not in (None, Disposition.ADMITTED)


def waiting(*, actor: Actor) -> list[ProposalRow]:
    """The proposals that wait for a word, the oldest first (at most 200)."""
    if not actor.may(AGREE_DISPOSITIONS):
        return []
    found = list(
        DispositionProposal.objects.filter(decided_at__isnull=True).order_by("asked_at")[:MOST_SHOWN]
    )
    known = masked_identities([one.person_id for one in found])
    return [
        ProposalRow(
            one,
            f"{who.name} {who.number}" if (who := known.get(one.person_id)) else "",
            one.asked_by == actor.id,
        )
        for one in found
    ]


def proposal(proposal_id: UUID, *, actor: Actor) -> ProposalRow:
    """One that waits. Raises Refusal NOT_FOUND."""
    return or_not_found(next((row for row in waiting(actor=actor) if row.id == proposal_id), None))


def standing_of(person_id: UUID, *, at: datetime) -> Standing:
    """What holds of a person now. Whom to show it to is the caller's to decide."""
    facts = _as_of([person_id], at).get(person_id, NO_FACTS)
    is_positive = facts.standing_positive_at is not None
    if facts.disposition is None or facts.disposed_at is None:
        return Standing(None, None, is_positive, None)
    negative = negative_days([person_id], since=facts.disposed_at, at=at).get(person_id, frozenset())
    began_on, today = local_day(facts.disposed_at), local_day(at)
    far = lifting.done(facts.disposition, began_on, negative, today=today)
    return Standing(facts.disposition, facts.disposed_at, is_positive, far)


def held_of(person_ids: Collection[UUID], *, at: datetime) -> set[UUID]:
    """Those of these people whom the command holds already."""
    facts = _as_of(person_ids, at)
    free = (None, Disposition.ADMITTED)
    return {person_id for person_id, one in facts.items() if one.disposition not in free}


def _as_of(person_ids: Collection[UUID], at: datetime) -> dict[UUID, PassFacts]:
    return {person_id: facts.as_of(at) for person_id, facts in pass_facts_of(person_ids).items()}


def history_of(person_id: UUID) -> list[SetRow]:
    """What was set of a person, under all documents, the last first. Whom to show it to is the caller's to decide."""
    people = documents_of(person_id)
    rows = list(DispositionRecord.objects.filter(person_id__in=people).order_by("-started_at")[:MOST_SHOWN])
    files = dict(
        Import.objects.filter(id__in={row.import_id for row in rows}).values_list("id", "actor_label")
    )
    decided = DispositionProposal.objects.filter(person_id__in=people, outcome="confirmed")
    by_word = {
        (person, at): f"{asked} · {agreed}"
        for person, at, asked, agreed in decided.values_list(
            "person_id", "decided_at", "asked_label", "decided_label"
        )
    }
    return [SetRow(row, by_word.get((row.person_id, row.started_at)) or _brought(row, files)) for row in rows]


def _brought(row: DispositionRecord, files: Mapping[UUID, str]) -> str:
    return files.get(row.import_id, "") if row.import_id is not None else ""


def waiting_of(person_id: UUID) -> DispositionProposal | None:
    """What waits of a person."""
    found = DispositionProposal.objects.filter(person_id__in=documents_of(person_id), decided_at__isnull=True)
    return found.first()

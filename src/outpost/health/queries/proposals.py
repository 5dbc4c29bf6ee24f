"""Reads of dispositions: what is proposed and waits, what was set of somebody and why, what is missing to lift it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Subquery
from django.utils.translation import gettext as _

from outpost.access.queries import account_of, actors_recorded
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.errors import or_not_found
from outpost.exchange.models import Import
from outpost.health import lifting
from outpost.health.actions import AGREE_DISPOSITIONS
from outpost.health.conditions import NO_FACTS
from outpost.health.daily import DailySymptom, Report, is_fever
from outpost.health.models import DispositionRecord
from outpost.health.models.proposals import DispositionProposal
from outpost.health.models.rule_sets import OrderTerm
from outpost.health.queries import lifting_sets
from outpost.health.queries.pass_now import pass_facts_of
from outpost.health.rules import Disposition, Ground, ProposalOutcome
from outpost.people.documents import documents_of
from outpost.people.queries import masked_identities

MOST_SHOWN = 200
_SET = (ProposalOutcome.CONFIRMED, ProposalOutcome.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal for whoever decides about it: the person masked, and how far what holds now is; `page`: of the
    person, once a door has looked for it (`person_pages`)."""

    proposal: DispositionProposal
    who: str
    is_own: bool
    stated: lifting.StatedEnd | None = None
    page: str = ""

    @property
    def person_id(self) -> UUID:
        return self.proposal.person_id

    @property
    def id(self) -> UUID:
        return self.proposal.id

    @property
    def disposition(self) -> Disposition:
        return Disposition(self.proposal.disposition)


@dataclass(frozen=True, slots=True)
class SetRow:
    """What was set of somebody: who set it, when it began, on which ground. `agreed_at` is null while it waits.
    `is_withdrawn`: lifted before it began; `terms`: its later versions, the last first."""

    record: DispositionRecord
    set_by: str
    is_withdrawn: bool = False
    terms: Sequence[OrderTerm] = ()
    stated: lifting.StatedEnd | None = None

    @property
    def disposition(self) -> Disposition:
        return Disposition(self.record.disposition)


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds of somebody: the disposition with its beginning, or a positive test; `order`: what it asks for and how
    far it is; `coming` begins at `begins_at`."""

    disposition: Disposition | None
    began_at: datetime | None
    is_positive: bool
    order: lifting_sets.OrderRow | None
    coming: Disposition | None
    begins_at: datetime | None

    @property
    def done(self) -> lifting.Done | None:
        return self.order.done if self.order is not None else None

    @property
    def can_be_lifted(self) -> bool:
        free = (None, Disposition.ADMITTED)
        return self.is_positive or self.disposition not in free or self.coming not in free


def waiting(*, actor: Actor) -> list[ProposalRow]:
    """The proposals that wait for a word, the oldest first (at most 200)."""
    if not actor.may(AGREE_DISPOSITIONS):
        return []
    found = list(
        DispositionProposal.objects.filter(decided_at__isnull=True).order_by("asked_at")[:MOST_SHOWN]
    )
    known = masked_identities([one.person_id for one in found])
    last = next(iter(lifting_sets.versions()), None)
    rules = lifting.BUILT_IN if last is None else lifting.read(last.rules)
    return [
        ProposalRow(
            one,
            f"{who.name} {who.number}" if (who := known.get(one.person_id)) else "",
            one.asked_by == actor.id,
            _stated(one, rules),
        )
        for one in found
    ]


def _stated(one: DispositionProposal, rules: lifting.Rules) -> lifting.StatedEnd | None:
    """The stated end beside the one that it would have by the rules, had it been agreed to when it was proposed."""
    if one.stated_last_on is None:
        return None
    began_on = local_day(one.begins_at or one.asked_at)
    return lifting.stated_end(one.stated_last_on, began_on, rules[Disposition(one.disposition)])


def proposal(proposal_id: UUID, *, actor: Actor) -> ProposalRow:
    """One that waits. Raises Refusal NOT_FOUND."""
    return or_not_found(next((row for row in waiting(actor=actor) if row.id == proposal_id), None))


def standing_of(person_id: UUID, *, at: datetime) -> Standing:
    """What holds of a person now. Whom to show it to is the caller's to decide."""
    known = pass_facts_of([person_id]).get(person_id, NO_FACTS)
    facts, next_ = known.as_of(at), known.coming(at) or NO_FACTS
    is_positive = facts.standing_positive_at is not None
    later = (next_.disposition, next_.disposed_at)
    if facts.disposition is None or facts.disposed_at is None:
        return Standing(None, None, is_positive, None, *later)
    order = _order(person_id, facts.disposition, facts.disposed_at, at)
    return Standing(facts.disposition, facts.disposed_at, is_positive, order, *later)


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """What the command ordered of somebody, for themselves. What officers wrote is not told: it may name others."""

    order: lifting_sets.OrderRow

    @property
    def ground(self) -> str:
        return Ground(self.order.record.ground_kind).label

    @property
    def is_of_two(self) -> bool:
        return not self.order.record.agreed_by.startswith("system:")


def own_order(person_id: UUID, *, at: datetime) -> OwnOrder | None:
    """The order that holds a person now. The caller has checked that the reader may speak for them."""
    order = standing_of(person_id, at=at).order
    return None if order is None else OwnOrder(order)


def _order(
    person_id: UUID, disposition: Disposition, began_at: datetime, at: datetime
) -> lifting_sets.OrderRow | None:
    """The order that holds; None for one that holds nobody."""
    people = documents_of(person_id)
    found = DispositionRecord.objects.filter(
        person_id__in=people, started_at=began_at, disposition=disposition
    )
    record = found.exclude(agreed_at=None).first()
    if disposition is Disposition.ADMITTED or record is None:
        return None
    (row,) = lifting_sets.order_rows([record], at=at, against=lifting_sets.compared_with(at))
    return row


def held_of(person_ids: Collection[UUID], *, at: datetime) -> set[UUID]:
    """Those of these people whom the command holds already."""
    free = (None, Disposition.ADMITTED)
    facts = pass_facts_of(person_ids)
    return {person_id for person_id, one in facts.items() if one.as_of(at).disposition not in free}


def history_of(person_id: UUID) -> list[SetRow]:
    """What was set of a person, under all documents, the last first. Whom to show it to is the caller's to decide."""
    people = documents_of(person_id)
    rows = list(DispositionRecord.objects.filter(person_id__in=people).order_by("-started_at")[:MOST_SHOWN])
    decided = DispositionProposal.objects.filter(person_id__in=people, outcome__in=_SET)
    by_word = {(one.person_id, one.begins_at or one.decided_at): one for one in decided}
    terms = lifting_sets.history_of(map(lifting_sets.key_of, rows))
    holding = [row for row in rows if row.disposition != Disposition.ADMITTED]
    asked = lifting_sets.terms_of(holding)
    ends = {(key := lifting_sets.key_of(row)): lifting_sets.stated_end_of(row, asked[key]) for row in holding}
    brought = _brought([row for row in rows if row.import_id is not None])
    keyed = zip(map(lifting_sets.key_of, rows), rows, strict=True)
    found = [
        SetRow(
            row,
            _words(by_word.get(key)) or brought.get(key, ""),
            terms=terms.get(key, ()),
            stated=ends.get(key),
        )
        for key, row in keyed
    ]
    withdrawn = [
        SetRow(_withdrawn(one, one.begins_at), _words(one), is_withdrawn=True)
        for one in decided
        if one.outcome == ProposalOutcome.WITHDRAWN and one.begins_at is not None
    ]
    return sorted([*found, *withdrawn], key=lambda one: one.record.started_at, reverse=True)


def _words(one: DispositionProposal | None) -> str:
    return _named(one.asked_label, one.decided_label) if one is not None else ""


def _withdrawn(one: DispositionProposal, begins_at: datetime) -> DispositionRecord:
    """The record that was taken away before it began, as it had been."""
    return DispositionRecord(
        person_id=one.person_id,
        started_at=begins_at,
        disposition=one.disposition,
        means=one.means,
        ground_kind=one.ground_kind,
        ground=one.answer,
        agreed_at=one.decided_at,
    )


def _brought(rows: Collection[DispositionRecord]) -> dict[lifting_sets.Key, str]:
    """Who brought each of these in by a file, and who agreed to it."""
    files: dict[UUID | None, str] = dict(
        Import.objects.filter(id__in={row.import_id for row in rows}).values_list("id", "actor_label")
    )
    seconds = {account for row in rows if (account := account_of(row.agreed_by))}
    agreed = {one.id: one.label for one in actors_recorded(seconds).values()}
    return {
        lifting_sets.key_of(row): _named(files.get(row.import_id), agreed.get(row.agreed_by)) for row in rows
    }


def _named(*labels: str | None) -> str:
    return " · ".join(filter(None, labels))


GROUND = "每日健康"
"""With what the ground of a proposal out of a report begins; it goes on in the words of files."""
_MEASURED = re.compile(r"(\d\d\.\d)℃")


def said_of(report: Report) -> str:
    """A report as a ground."""
    measured = "" if report.temperature is None else f"{report.temperature}℃"
    return " ".join(filter(None, (GROUND, measured, "、".join(report.symptoms))))


@dataclass(frozen=True, slots=True)
class Undecided:
    """An abnormal report that proposes a disposition which nobody has decided yet. It shuts nobody out."""

    reported_at: datetime
    ground: str

    @property
    def is_fever(self) -> bool:
        degrees = _MEASURED.search(self.ground)
        return DailySymptom.FEVER in self.ground or (degrees is not None and is_fever(Decimal(degrees[1])))

    def said(self, today: date) -> str:
        """What readers of today's reports may know: what was said on another day, perhaps elsewhere, is not told."""
        on = local_day(self.reported_at)
        if on != today:
            return _("Report of {day} not decided yet").format(day=on.isoformat())
        return (
            _("Fever reported today, not decided yet") if self.is_fever else _("Ill today, not decided yet")
        )


def undecided(person: Any) -> dict[str, Subquery]:
    """Annotations of rows of people, for `undecided_of`: read with them, asked for by no statement of their own."""
    open_ = DispositionProposal.objects.filter(
        person_id=person, decided_at__isnull=True, ground__startswith=GROUND
    )
    return {
        "undecided_at": Subquery(open_.values("asked_at")[:1]),
        "undecided_ground": Subquery(open_.values("ground")[:1]),
    }


def undecided_of(row: Any) -> Undecided | None:
    """Of a row with these annotations; None without them, too."""
    reported_at = getattr(row, "undecided_at", None)
    return Undecided(reported_at, row.undecided_ground) if reported_at is not None else None


def own_undecided(person_id: UUID, *, at: datetime) -> str:
    """For the person themselves: that a report of them waits for a decision; empty where none does."""
    waits = waiting_of(person_id)
    if waits is None or not waits.ground.startswith(GROUND):
        return ""
    return Undecided(waits.asked_at, waits.ground).said(local_day(at))


def waiting_of(person_id: UUID) -> DispositionProposal | None:
    """What waits of a person."""
    found = DispositionProposal.objects.filter(person_id__in=documents_of(person_id), decided_at__isnull=True)
    return found.first()

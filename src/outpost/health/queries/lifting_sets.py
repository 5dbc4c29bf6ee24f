"""Reads of the rules for lifting: which hold, which wait, whom of the running dispositions new ones would end when.

A disposition goes by the rules of the moment in which it was agreed to, until other rules said something of those that
run (`OrderTerm`): rules never move the end of one by themselves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from outpost.core.actor import Actor
from outpost.core.clock import day_span, local_day
from outpost.core.db import rows_of
from outpost.core.errors import or_not_found
from outpost.health import lifting
from outpost.health.actions import AGREE_DISPOSITIONS, EDIT_LIFTING_RULES
from outpost.health.lifting import LiftingRule, Rules, Running
from outpost.health.models import DispositionRecord, PassFactsRow
from outpost.health.models.rule_sets import LiftingRuleSet, OrderTerm
from outpost.health.queries.journeys import negative_days
from outpost.health.queries.rule_sets import PATIENCE
from outpost.health.rules import Disposition
from outpost.people.documents import BY_DOCUMENT, one_key
from outpost.people.queries import masked_identities
from outpost.people.seals import Identity

_EXPOSED = f"""SELECT d.person_id, max(e.begins_at) FROM ({BY_DOCUMENT}) d
  JOIN health_exposure e ON e.person_id = d.document_id
 WHERE e.agreed_at IS NOT NULL AND e.withdrawn_at IS NULL GROUP BY d.person_id"""
Key = tuple[UUID, datetime]
"""A disposition: of whom, since when."""
EVER: Mapping[Key, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Term:
    """What one disposition asks for: its own version, by which version of the rules, counted after which day.
    `waiting`: the term about which an officer has yet to decide; `is_exposed`: because of an exposure that was stated
    later."""

    rule: LiftingRule
    version: int
    rule_version: int
    base_on: date
    waiting: UUID | None = None
    is_exposed: bool = False

    @property
    def ends_on(self) -> date:
        return lifting.release_day(self.base_on, self.rule.days)

    @property
    def last_on(self) -> date:
        """Its last day; of one that asks for no days the day after which they would be counted."""
        return max(self.ends_on - timedelta(days=1), self.base_on)

    def moved_from(self, record: DispositionRecord) -> date | None:
        """The day as it is kept: None where it is the one on which the disposition began."""
        return None if self.base_on == local_day(record.started_at) else self.base_on


@dataclass(frozen=True, slots=True)
class OrderClass:
    """So many running dispositions of one kind that began on one day: when their days are over now, and by new rules
    or, of the same rules, counted after another day."""

    disposition: Disposition
    began_on: date
    base_on: date
    now: LiftingRule
    then: LiftingRule
    base_then: date
    people: int

    @property
    def ends_now(self) -> date:
        return lifting.release_day(self.base_on, self.now.days)

    @property
    def ends_then(self) -> date:
        return lifting.release_day(self.base_then, self.then.days)

    @property
    def differs(self) -> int:
        """Days by which it would end later; less than 0: earlier."""
        return (self.ends_then - self.ends_now).days

    @property
    def earlier(self) -> int:
        return -self.differs

    @property
    def query(self) -> str:
        """Of the address of the list of its people."""
        return urlencode({"disposition": self.disposition.value, "began_on": self.began_on.isoformat()})

    @property
    def is_other(self) -> bool:
        return (self.now, self.base_on) != (self.then, self.base_then)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One running disposition, its person masked; `compared`: by the rules that are compared with;
    `page`: of the person, once a door has looked for it (`person_pages`)."""

    record: DispositionRecord
    who: Identity | None
    term: Term
    done: lifting.Done
    compared: OrderClass
    stated: lifting.StatedEnd | None
    page: str = ""

    @property
    def person_id(self) -> UUID:
        return self.record.person_id

    @property
    def disposition(self) -> Disposition:
        return self.compared.disposition


def versions() -> list[LiftingRuleSet]:
    """All sets that two agreed on, the last first."""
    return list(LiftingRuleSet.objects.filter(version__isnull=False).order_by("-version"))


def rules_at(at: datetime | None, sets: Iterable[LiftingRuleSet]) -> tuple[int, Rules]:
    """The rules that held at an instant, with their version; 0: the built-in ones. `sets`: the last first."""
    held = (one for one in sets if at is not None and one.decided_at is not None and one.decided_at <= at)
    last = next(held, None)
    return (0, lifting.BUILT_IN) if last is None else (last.version or 0, lifting.read(last.rules))


def waiting(*, actor: Actor, at: datetime) -> list[LiftingRuleSet]:
    """The proposals that wait for a second word, the oldest first."""
    if not actor.may(EDIT_LIFTING_RULES):
        return []
    asked = LiftingRuleSet.objects.filter(decided_at__isnull=True, asked_at__gt=at - PATIENCE)
    return list(asked.order_by("asked_at"))


def running(at: datetime) -> "QuerySet[DispositionRecord]":
    """The dispositions that hold somebody at an instant, and those that are known to begin."""
    last = Q(disposed_at=OuterRef("started_at"))
    former = Q(former_disposed_at=OuterRef("started_at"), disposed_at__gt=at)
    facts = PassFactsRow.objects.filter(last | former, person_id=OuterRef("person_id"))
    counted = DispositionRecord.objects.filter(agreed_at__isnull=False, disposition__in=lifting.HOLDING)
    return counted.filter(Exists(facts))


def lifted_since(since: datetime, *, at: datetime) -> dict[UUID, datetime]:
    """Who was held and may enter again by an instant, with the beginning of the lifting that holds then, if it began
    after `since`."""
    lifted, held = Disposition.ADMITTED.value, Q(former_disposition__in=lifting.HOLDING)
    last = Q(disposition=lifted, disposed_at__gt=since, disposed_at__lte=at)
    former = Q(former_disposition=lifted, former_disposed_at__gt=since, former_disposed_at__lte=at)
    found = PassFactsRow.objects.filter(
        (last & (held | Q(positive_at__isnull=False))) | (former & Q(disposed_at__gt=at))
    )
    holding = Case(When(disposed_at__lte=at, then=F("disposed_at")), default=F("former_disposed_at"))
    return dict(found.annotate(began_at=holding).values_list("person_id", "began_at"))


def terms_of(records: Sequence[DispositionRecord], *, before: Mapping[Key, int] = EVER) -> dict[Key, Term]:
    """What each of these asks for; of those named in `before` what it asked for ahead of that version. What was said
    before one was agreed to was about another from the same instant on, taken away since: only its number counts on."""
    sets = versions()
    found = {key_of(one): _as_set(one, sets) for one in records}
    agreed = {key_of(one): one.agreed_at for one in records}
    people = {one.person_id for one in records}
    for term in OrderTerm.objects.filter(person_id__in=people).order_by("version"):
        if (key := (term.person_id, term.started_at)) in found:
            if term.version >= before.get(key, term.version + 1):
                continue
            agreed_at = agreed[key]
            if agreed_at is not None and term.set_at < agreed_at:
                found[key] = replace(found[key], version=term.version)
                continue
            found[key] = Term(
                LiftingRule(term.days, term.tests),
                term.version,
                term.rule_version,
                term.base_on or local_day(term.started_at),
                term.id if term.waits else None,
                term.waits and term.cause == lifting.EXPOSED,
            )
    return found


def exposed_on(person_ids: Iterable[UUID]) -> dict[UUID, date]:
    """The last day on which each was exposed, of exposures that count, under all documents; nobody without."""
    found = rows_of(_EXPOSED, [list(person_ids)])
    return {person_id: local_day(begins_at) for person_id, begins_at in found}


def stated_end_of(record: DispositionRecord, term: Term) -> lifting.StatedEnd | None:
    """What somebody stated of the end of one, beside what is computed."""
    ends_at = record.stated_ends_at
    last_on = None if ends_at is None else local_day(ends_at) - timedelta(days=1)
    return lifting.stated_end(last_on, term.base_on, term.rule)


def key_of(record: DispositionRecord) -> Key:
    """By which terms know it."""
    return record.person_id, record.started_at


def _as_set(record: DispositionRecord, sets: Iterable[LiftingRuleSet]) -> Term:
    version, rules = rules_at(record.agreed_at, sets)
    return Term(rules[Disposition(record.disposition)], 1, version, local_day(record.started_at))


def trial(proposed: Rules, how: Running, *, at: datetime) -> list[OrderClass]:
    """Every class of running dispositions, changed or not: what it asks for now, and once the new rules hold. Of those
    about which an officer is to decide, what the new rules would ask for."""
    records = list(running(at))
    terms = terms_of(records)
    counted = Counter(_class(one, terms[key_of(one)], proposed, how) for one in records)
    found = [OrderClass(*key, people) for key, people in counted.items()]
    return sorted(found, key=lambda one: (list(Disposition).index(one.disposition), one.began_on))


def _class(
    record: DispositionRecord, term: Term, proposed: Rules, how: Running
) -> tuple[Disposition, date, date, LiftingRule, LiftingRule, date]:
    disposition = Disposition(record.disposition)
    asked = proposed[disposition]
    then = asked if how is Running.DECIDE else how.term(term.rule, asked)
    return disposition, local_day(record.started_at), term.base_on, term.rule, then, term.base_on


def moving(proposed: Rules, how: Running, *, at: datetime) -> list[UUID]:
    """Whose order gets another last day by these rules with the second word alone, each once."""
    records = list(running(at))
    terms = terms_of(records)
    rules = {key_of(one): proposed[Disposition(one.disposition)] for one in records}
    then = {key: replace(term, rule=how.term(term.rule, rules[key])) for key, term in terms.items()}
    known, wanted = last_days(terms), last_days(then)
    return [person_id for person_id, last_on in wanted.items() if known[person_id] != last_on]


def last_days(terms: Mapping[Key, Term]) -> dict[UUID, date]:
    """Each person once, under the document of one of these, with the last day of the one that lasts longest."""
    whose = one_key({person_id for person_id, _started_at in terms})
    under = {whose[person_id]: person_id for person_id, _started_at in terms}
    found: dict[UUID, date] = {}
    for (person_id, _started_at), term in terms.items():
        one = under[whose[person_id]]
        found[one] = max(term.last_on, found.get(one, term.last_on))
    return found


def _counted_anew(record: DispositionRecord, term: Term, exposed: date | None) -> OrderClass:
    """One beside the same rules counted after the last exposure."""
    began_on = local_day(record.started_at)
    base_then = max(began_on, exposed or began_on)
    return OrderClass(
        Disposition(record.disposition), began_on, term.base_on, term.rule, term.rule, base_then, 1
    )


def written(classes: Iterable[OrderClass]) -> list[list[str | int]]:
    """A trial as JSON holds it."""
    return [
        [
            one.disposition.value,
            one.began_on.isoformat(),
            one.now.days,
            one.now.tests,
            one.then.days,
            one.then.tests,
            one.people,
        ]
        for one in classes
    ]


def orders(
    *, actor: Actor, at: datetime, disposition: str = "", began_on: date | None = None, due: str = ""
) -> "QuerySet[DispositionRecord]":
    """The running dispositions, of one kind, of one first day; `due`: those whose days are "over" by their own term, or
    about which an officer "waits" to decide, or of which somebody stated an end that "differs" from the computed
    one."""
    actor.require(AGREE_DISPOSITIONS)
    found = running(at)
    if disposition:
        found = found.filter(disposition=disposition)
    if began_on is not None:
        begins_at, ends_at = day_span(began_on, began_on)
        found = found.filter(started_at__gte=begins_at, started_at__lt=ends_at)
    if due == "waits":
        waiting_ = OrderTerm.objects.filter(
            person_id=OuterRef("person_id"), started_at=OuterRef("started_at"), waits=True
        )
        return found.filter(Exists(waiting_))
    if due == "differs":
        return found.filter(pk__in=_differing(found.filter(stated_ends_at__isnull=False)))
    return found.filter(pk__in=_over(found, at)) if due else found


def _over(found: "QuerySet[DispositionRecord]", at: datetime) -> list[Key]:
    """Those of these whose days are over: whom nothing but tests and a word of two keeps any more."""
    terms = terms_of(list(found))
    return [key for key, term in terms.items() if term.ends_on <= local_day(at)]


def _differing(found: "QuerySet[DispositionRecord]") -> list[Key]:
    records = list(found)
    terms = terms_of(records)
    stated = {key_of(one): stated_end_of(one, terms[key_of(one)]) for one in records}
    return [key for key, one in stated.items() if one is not None and one.differs]


def order_rows(
    records: Sequence[DispositionRecord], *, at: datetime, against: tuple[Rules, Running]
) -> list[OrderRow]:
    """Those of a page, masked, beside what other rules would ask of them."""
    people, terms = [one.person_id for one in records], terms_of(records)
    known = masked_identities(people)
    since = min((one.started_at for one in records), default=at)
    negative = negative_days(people, since=since, at=at)
    exposed = exposed_on(person_id for (person_id, _began), term in terms.items() if term.is_exposed)
    rows = []
    for one in records:
        term = terms[key_of(one)]
        days = negative.get(one.person_id, frozenset())
        far = lifting.done(term.rule, term.base_on, days, today=local_day(at))
        anew = _counted_anew(one, term, exposed.get(one.person_id)) if term.is_exposed else None
        compared = anew or OrderClass(*_class(one, term, *against), 1)
        stated = stated_end_of(one, term)
        rows.append(OrderRow(one, known.get(one.person_id), term, far, compared, stated))
    return rows


def compared_with(at: datetime) -> tuple[Rules, Running]:
    """The rules that wait, the oldest first, with what they say of running ones; else those in force, as if each were
    decided anew."""
    asked = LiftingRuleSet.objects.filter(decided_at__isnull=True, asked_at__gt=at - PATIENCE)
    first = asked.order_by("asked_at").first()
    if first is not None:
        return lifting.read(first.rules), Running(first.running)
    return rules_at(at, versions())[1], Running.DECIDE


def order_waiting(term_id: UUID, *, actor: Actor, at: datetime) -> OrderRow:
    """One about which an officer has yet to decide. Raises Refusal: 403, NOT_FOUND, also of one that ended."""
    actor.require(AGREE_DISPOSITIONS)
    term = or_not_found(OrderTerm.objects.filter(id=term_id, waits=True).first())
    found = running(at).filter(person_id=term.person_id, started_at=term.started_at)
    against = (rules_at(at, versions())[1], Running.DECIDE)
    return or_not_found(next(iter(order_rows(list(found), at=at, against=against)), None))


def history_of(keys: Iterable[Key]) -> Mapping[Key, list[OrderTerm]]:
    """The later versions of these dispositions, the last first."""
    wanted = set(keys)
    found: dict[Key, list[OrderTerm]] = {}
    people = {person_id for person_id, _at in wanted}
    for term in OrderTerm.objects.filter(person_id__in=people).order_by("-version"):
        if (key := (term.person_id, term.started_at)) in wanted:
            found.setdefault(key, []).append(term)
    return found

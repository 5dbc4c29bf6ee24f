"""Rules for lifting: proposed by one officer with what happens to dispositions that run, in force on the word of a
second. Each that runs gets a version of its own; none is rewritten (docs/adr/0050-rules-for-lifting.md)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.clock import local_day
from outpost.core.db import hold_lock, rows_of
from outpost.core.errors import Refusal
from outpost.exchange.merge import wait_for_import
from outpost.health import errors, lifting
from outpost.health.actions import AGREE_DISPOSITIONS, EDIT_LIFTING_RULES
from outpost.health.lifting import Rules, Running
from outpost.health.models import DispositionRecord
from outpost.health.models.rule_sets import LiftingRuleSet, OrderTerm
from outpost.health.queries import lifting_sets
from outpost.health.queries.lifting_sets import Term
from outpost.health.rules import Disposition
from outpost.health.services.proposals import stated_ground, tell_who_decides
from outpost.health.services.second_words import RuleSets
from outpost.people.documents import BY_DOCUMENT

SETS = RuleSets("lifting_rules", EDIT_LIFTING_RULES, "health:lifting")
DECIDED, DIFFERS = "health.order_term_decided", "health.order_differs"
LOCK = "health.lifting"
"""No rule and no term moves meanwhile."""


@transaction.atomic
def propose_lifting_rules(
    rules: Rules, running: Running, *, reason: str, actor: Actor, at: datetime
) -> LiftingRuleSet:
    """Try rules over everybody who is held, and let them wait for a second word.

    Raises Refusal: 403, LIFTING_RULES_SAME for those that hold already.
    """
    actor.require(EDIT_LIFTING_RULES)
    if rules == lifting_sets.rules_at(at, lifting_sets.versions())[1]:
        raise Refusal(errors.LIFTING_RULES_SAME)
    classes = lifting_sets.trial(rules, running, at=at)
    row = LiftingRuleSet(
        rules=lifting.written(rules),
        running=running.value,
        reason=reason,
        trial=lifting_sets.written(classes),
    )
    SETS.ask(row, actor=actor, at=at)
    changed = sum(one.people for one in classes if one.is_other)
    SETS.tell("asked", row, changed, {"running": row.running}, actor=actor, at=at)
    return row


@transaction.atomic
def decide_lifting_rules(proposal_id: UUID, *, is_agreed: bool, actor: Actor, at: datetime) -> None:
    """Let a proposal hold of what is set from now on, and say to each that runs what it says of those; or decline it.

    Raises Refusal: 403, NOT_FOUND for what does not wait or was proposed by the actor.
    """
    actor.require(EDIT_LIFTING_RULES)
    hold_lock(LOCK)
    wait_for_import("health_disposition")
    row = SETS.decide(lifting_sets.waiting(actor=actor, at=at), proposal_id, is_agreed, actor, at)
    told = _give_terms(row, actor=actor, at=at) if is_agreed else 0
    what = "agreed" if is_agreed else "declined"
    SETS.tell(what, row, told, {"running": row.running}, actor=actor, at=at)


def _give_terms(row: LiftingRuleSet, *, actor: Actor, at: datetime) -> int:
    """A new version for each disposition that runs; returns of how many."""
    rules, how = lifting.read(row.rules), Running(row.running)
    records = list(lifting_sets.running(at))
    terms = lifting_sets.terms_of(records)
    given = []
    for one in records:
        now = terms[lifting_sets.key_of(one)]
        then = how.term(now.rule, rules[Disposition(one.disposition)])
        given.append(
            OrderTerm(
                person_id=one.person_id,
                started_at=one.started_at,
                version=now.version + 1,
                rule_version=row.version or 0 if how is Running.SHORTEN else now.rule_version,
                days=then.days,
                tests=then.tests,
                base_on=now.moved_from(one),
                cause=how.value,
                waits=how is Running.DECIDE and now.rule != rules[Disposition(one.disposition)],
                tells=replace(now, rule=then).last_on != now.last_on,
                set_by=actor.id,
                set_label=f"{row.asked_label} · {actor.label}",
                set_at=at,
            )
        )
    _close(records)
    OrderTerm.objects.bulk_create(given)
    return len(given)


def ask_after_exposures(people: Collection[UUID], *, actor: Actor, at: datetime) -> int:
    """Let an officer decide about each order of these people whose days would be counted anew from an exposure, in the
    caller's transaction and under its lock `LOCK`; returns of how many. Until then each goes by what it was told."""
    documents = {document for _person, document in rows_of(BY_DOCUMENT, [list(people)])}
    records = list(lifting_sets.running(at).filter(person_id__in=documents))
    terms, exposed = lifting_sets.terms_of(records), lifting_sets.exposed_on(documents)
    differing = [
        one for one in records if _differs(one, terms[lifting_sets.key_of(one)], exposed.get(one.person_id))
    ]
    _close([*differing, *(one for one in records if terms[lifting_sets.key_of(one)].is_exposed)])
    asked = [_exposed_term(one, terms[lifting_sets.key_of(one)], actor=actor, at=at) for one in differing]
    OrderTerm.objects.bulk_create(asked)
    if asked:
        tell_who_decides(DIFFERS, at, page="health:orders")
        audit.record(DIFFERS, actor=actor, at=at, count=len(asked))
    return len(asked)


def _differs(one: DispositionRecord, now: Term, exposed: date | None) -> bool:
    """Whether the last exposure gives another day to count after. One without days ends by its tests alone."""
    began_on = local_day(one.started_at)
    return now.rule.days > 0 and max(began_on, exposed or began_on) != now.base_on


def _exposed_term(one: DispositionRecord, now: Term, *, actor: Actor, at: datetime) -> OrderTerm:
    return OrderTerm(
        person_id=one.person_id,
        started_at=one.started_at,
        version=now.version + 1,
        rule_version=now.rule_version,
        days=now.rule.days,
        tests=now.rule.tests,
        base_on=now.moved_from(one),
        cause=lifting.EXPOSED,
        waits=True,
        set_by=actor.id,
        set_label=actor.label,
        set_at=at,
    )


def _close(records: Collection[DispositionRecord]) -> None:
    """What still waited of these is overtaken; of other orders of the same people it waits on."""
    keys = {lifting_sets.key_of(one) for one in records}
    waiting = OrderTerm.objects.filter(person_id__in={person_id for person_id, _at in keys}, waits=True)
    overtaken = [one.id for one in waiting if (one.person_id, one.started_at) in keys]
    waiting.filter(id__in=overtaken).update(waits=False)


@transaction.atomic
def decide_term(term_id: UUID, *, takes_new: bool, ground: str, actor: Actor, at: datetime) -> None:
    """Say by which rules one goes that runs: those it was set by, or those in force; or whether its days are counted
    anew from a later exposure. Two agreed to any of these; an exposure is withdrawn on the word of one, who shortens no
    order by that alone.

    Raises Refusal: 403, NOT_FOUND, GROUND_MISSING, OWN_PROPOSAL.
    """
    actor.require(AGREE_DISPOSITIONS)
    said = stated_ground(ground)
    hold_lock(LOCK)
    order = lifting_sets.order_waiting(term_id, actor=actor, at=at)
    term, record = order.term, order.record
    is_shorter = takes_new and term.is_exposed and order.compared.differs < 0
    if is_shorter and OrderTerm.objects.filter(id=term_id, set_by=actor.id).exists():
        raise Refusal(errors.OWN_PROPOSAL)
    known = term.last_on
    if takes_new:
        term = replace(term, rule=order.compared.then, base_on=order.compared.base_then)
    version, _rules = lifting_sets.rules_at(at, lifting_sets.versions())
    _close([record])
    OrderTerm(
        person_id=record.person_id,
        started_at=record.started_at,
        version=term.version + 1,
        rule_version=version if takes_new and not term.is_exposed else term.rule_version,
        days=term.rule.days,
        tests=term.rule.tests,
        base_on=term.moved_from(record),
        cause=lifting.EXPOSED if term.is_exposed else Running.DECIDE.value,
        ground=said,
        tells=term.last_on != known,
        set_by=actor.id,
        set_label=actor.label,
        set_at=at,
    ).save(force_insert=True)
    detail = {"takes_new": takes_new, "version": term.version + 1}
    audit.record(DECIDED, actor=actor, at=at, object_id=term_id, detail=detail)

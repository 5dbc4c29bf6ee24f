"""Rules for lifting: proposed by one officer with what happens to dispositions that run, in force on the word of a
second. Each that runs gets a version of its own; none is rewritten (docs/adr/0050-rules-for-lifting.md)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.audit import services as audit
from outpost.core.actor import Actor
from outpost.core.db import hold_lock
from outpost.core.errors import Refusal
from outpost.exchange.merge import wait_for_import
from outpost.health import errors, lifting
from outpost.health.actions import AGREE_DISPOSITIONS, EDIT_LIFTING_RULES
from outpost.health.lifting import Rules, Running
from outpost.health.models.rule_sets import LiftingRuleSet, OrderTerm
from outpost.health.queries import lifting_sets
from outpost.health.rules import Disposition
from outpost.health.services.proposals import stated_ground
from outpost.health.services.second_words import RuleSets

SETS = RuleSets("lifting_rules", EDIT_LIFTING_RULES, "health:lifting")
DECIDED = "health.order_term_decided"


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
    hold_lock("health.lifting")
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
                cause=how.value,
                waits=how is Running.DECIDE and now.rule != rules[Disposition(one.disposition)],
                set_by=actor.id,
                set_label=f"{row.asked_label} · {actor.label}",
                set_at=at,
            )
        )
    _close([one.person_id for one in records])
    OrderTerm.objects.bulk_create(given)
    return len(given)


def _close(people: list[UUID]) -> None:
    """What still waited of these is overtaken."""
    OrderTerm.objects.filter(person_id__in=people, waits=True).update(waits=False)


@transaction.atomic
def decide_term(term_id: UUID, *, takes_new: bool, ground: str, actor: Actor, at: datetime) -> None:
    """Say by which rules one goes that runs: those it was set by, or those in force. Two agreed to either.

    Raises Refusal: 403, NOT_FOUND, GROUND_MISSING.
    """
    actor.require(AGREE_DISPOSITIONS)
    said = stated_ground(ground)
    hold_lock("health.lifting")
    order = lifting_sets.order_waiting(term_id, actor=actor, at=at)
    term, record = order.term, order.record
    version, rules = lifting_sets.rules_at(at, lifting_sets.versions())
    rule = rules[order.disposition] if takes_new else term.rule
    _close([record.person_id])
    OrderTerm(
        person_id=record.person_id,
        started_at=record.started_at,
        version=term.version + 1,
        rule_version=version if takes_new else term.rule_version,
        days=rule.days,
        tests=rule.tests,
        cause=Running.DECIDE.value,
        ground=said,
        set_by=actor.id,
        set_label=actor.label,
        set_at=at,
    ).save(force_insert=True)
    detail = {"takes_new": takes_new, "version": term.version + 1}
    audit.record(DECIDED, actor=actor, at=at, object_id=term_id, detail=detail)
